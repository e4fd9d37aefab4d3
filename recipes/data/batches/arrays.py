"""Arrays, as a view."""

import hashlib
import math

import keras
import numpy as np

from recipes.data.batches.parts import class_numbers
from recipes.data.pipeline import training_batches


class ArrayBatches:
    """Arrays, which are shuffled and cut into batches here.

    Args:
        x: Array of shape (samples, …), or a dict or tuple of them.
        y: The same.
        sample_weight: Array of shape (samples,), or None.
    """

    endless = False
    batch_size = None
    in_processes = False

    def __init__(self, x, y, sample_weight=None):
        self.arrays = (x, y)
        self._parts = (x, y) if sample_weight is None else (x, y, sample_weight)
        first = np.atleast_1d(keras.tree.flatten(x)[0])
        self.samples = len(first)

    def steps(self, batch_size):
        """Returns the number of batches in an epoch."""
        return max(math.ceil(self.samples / batch_size), 1)

    def peek(self, count):
        """Returns pair (x, y) of the first samples."""
        return keras.tree.map_structure(lambda part: part[:count], self.arrays)

    def sample(self, count, seed):
        """Returns pair (x, y) of samples drawn by a seed, at most `count`."""
        count = min(self.samples, count)
        chosen = np.random.default_rng(seed).choice(self.samples, count, replace=False)
        return keras.tree.map_structure(lambda part: part[chosen], self.arrays)

    def targets(self):
        """Returns the targets of all samples; None where there are several outputs."""
        y = self.arrays[1]
        return None if keras.tree.is_nested(y) else y

    def weighted(self, table):
        """Returns a view in which samples weigh what a table says, times what they weighed."""
        weights = table[class_numbers(self.arrays[1])]
        return ArrayBatches(*self.arrays, math.prod((weights, *self._parts[2:])))

    def shown(self):
        """Returns what `preflight` looks at."""
        return self._parts

    def fingerprint(self):
        """Returns text that is equal for equal samples in one order: the start of their SHA-256."""
        digest = hashlib.sha256()
        for part in keras.tree.flatten(self._parts):
            digest.update(f"{part.dtype} {part.shape}".encode())
            plain = part.astype("U") if part.dtype == object else part
            digest.update(np.ascontiguousarray(plain))
        return digest.hexdigest()[:16]

    def stream(self, *, batch_size, first_epoch=0, seed=0, augment=None):
        """Returns what `model.fit` takes.

        Args:
            batch_size: Samples a batch; the last one of an epoch may be smaller.
            first_epoch: The first that is wanted, from 0.
            seed: A whole number of at least 0.
            augment: A Keras layer that changes training images, or None.

        Returns:
            A `tf.data.Dataset`, as `training_batches` makes it.
        """
        return training_batches(
            *self._parts,
            batch_size=batch_size,
            augmentation=augment,
            seed=seed,
            initial_epoch=first_epoch,
        )

    def for_validation(self):
        """Returns what `model.fit` takes as `validation_data`."""
        return self._parts
