"""Data sets by name, or from a file of one's own."""

import dataclasses
import hashlib
import zipfile
from pathlib import Path

import numpy as np

from recipes.errors import ArgumentError, DataError, describe, listing


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Images with their classes.

    Args:
        name: What it is called in tables and folders.
        x: Array of shape (samples, height, width, channels).
        y: Integer array of shape (samples,), each in [0, num_classes).
        num_classes: Number of classes.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    num_classes: int

    @property
    def fingerprint(self):
        """Text that is equal for equal images and labels: the start of their SHA-256."""
        digest = hashlib.sha256(np.ascontiguousarray(self.x))
        digest.update(np.ascontiguousarray(self.y))
        return digest.hexdigest()[:16]


def load_dataset(name):
    """Loads a data set.

    Args:
        name: "digits" (1,797 handwritten digits of 8×8 pixels that come with scikit-learn, scaled
            to [0, 1]; nothing is downloaded), or the path of an .npz file with the arrays `x` of
            shape (samples, height, width, channels), taken as they are, and `y` of shape
            (samples,).

    Returns:
        A `Dataset`.

    Raises:
        ArgumentError: If there is no data set of that name.
        DataError: If the file does not hold what it must.
    """
    check_data_name("load_dataset", name)
    return _BUILT_IN[name]() if name in _BUILT_IN else _load_file(Path(name))


def check_data_name(where, name):
    """Returns the name of a data set if it is known or that of an .npz file."""
    if name in _BUILT_IN or str(name).endswith(".npz"):
        return name
    rule = f"`data` must be one of {listing(_BUILT_IN)}, or the path of an .npz file"
    raise ArgumentError(describe(where, rule, data=str(name)))


def _load_digits():
    from sklearn.datasets import load_digits

    digits = load_digits()
    x = (digits.images / 16.0).astype("float32")[..., np.newaxis]  # 16 is white
    return Dataset("digits", x, digits.target.astype("int64"), num_classes=10)


def _load_file(path):
    try:
        with np.load(path, allow_pickle=False) as arrays:
            x, y = arrays["x"], arrays["y"]
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        rule = "the .npz file must be readable and hold the arrays `x` and `y`"
        hint = f"It could not be read ({error})."
        raise DataError(describe("load_dataset", rule, hint, data=str(path))) from error
    if x.ndim == 3:
        x = x[..., np.newaxis]  # grey images without the axis of the channels
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    _check_labels(path, x, y)
    return Dataset(path.stem, x.astype("float32"), y.astype("int64"), int(y.max()) + 1)


def _check_labels(path, x, y):
    """Refuses labels of which the number of classes cannot be told."""
    if (
        len(x) == len(y)
        and x.ndim == 4
        and y.ndim == 1
        and y.dtype.kind in "iu"
        and len(y)
        and y.min() >= 0
    ):
        return
    rule = (
        "`x` must have the shape (samples, height, width[, channels]) and `y` one whole "
        "number >= 0 for each sample"
    )
    received = {"x": f"{x.dtype} {x.shape}", "y": f"{y.dtype} {y.shape}"}
    raise DataError(describe("load_dataset", rule, f"The file is {path}.", **received))


_BUILT_IN = {"digits": _load_digits}
