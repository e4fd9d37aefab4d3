"""What a data set is: samples, their classes, and the parts in which it came."""

import dataclasses
import hashlib

import numpy as np

from recipes.data.splits import PARTS, split_data, split_given
from recipes.errors import DataError, describe


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Images, or rows of a table, with their classes.

    Args:
        name: What it is called in tables and folders.
        x: Array of shape (samples, height, width, channels) or (samples, features).
        y: Integer array of shape (samples,), each in [0, num_classes).
        num_classes: Number of classes.
        class_names: Tuple of the names of the classes in the order of their numbers; None takes the
            numbers themselves.
        parts: Array of shape (samples,) that says of each sample whether it came as "train",
            "validation" or "test"; None if they came together.

    Raises:
        DataError: If the lengths do not agree.

    Example:

        data = Dataset("mine", x, y, num_classes=10)
        split = data.split(test=0.1)
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    num_classes: int
    class_names: tuple | None = None
    parts: np.ndarray | None = None

    def __post_init__(self):
        if self.class_names is None:
            object.__setattr__(self, "class_names", tuple(map(str, range(self.num_classes))))
        if len(self.class_names) != self.num_classes:
            rule = f"`class_names` must name {self.num_classes} classes"
            raise DataError(describe("Dataset", rule, class_names=self.class_names))
        parts = self.y if self.parts is None else self.parts
        if not len(self.x) == len(self.y) == len(parts):
            rule = "x, y and parts must be of the same length"
            received = {"x": len(self.x), "y": len(self.y), "parts": len(parts)}
            raise DataError(describe("Dataset", rule, **received))
        if self.parts is not None and not set(np.unique(self.parts)) <= set(PARTS):
            rule = f"each of `parts` must be one of {', '.join(PARTS)}"
            received = sorted(map(str, np.unique(self.parts)))
            raise DataError(describe("Dataset", rule, parts=received))

    @property
    def has_images(self):
        """Whether the samples are images, not rows of a table."""
        return self.x.ndim == 4

    @property
    def fingerprint(self):
        """Text that is equal for equal samples and labels: the start of their SHA-256."""
        digest = hashlib.sha256(np.ascontiguousarray(self.x))
        digest.update(np.ascontiguousarray(self.y))
        return digest.hexdigest()[:16]

    def split(self, *, validation=0.16, test=0.2, seed=0):
        """Returns a `Split`: the parts as they came, and those that are missing cut off at random.

        Args:
            validation: Share of all samples that choose the settings, in (0, 0.9], if no such part
                came with the data.
            test: Share of all samples that are kept for the end, in (0, 0.9], likewise.
            seed: A whole number of at least 0.
        """
        shares = {"validation": validation, "test": test, "seed": seed}
        if self.parts is None:
            return split_data(self.x, self.y, **shares)
        return split_given(self.x, self.y, self.parts, **shares)
