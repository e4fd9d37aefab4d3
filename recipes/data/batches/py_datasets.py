"""A `keras.utils.PyDataset`, as a view."""

import functools
import hashlib
import math

import keras
import numpy as np

from recipes.data.batches.arrays import ArrayBatches
from recipes.data.batches.parts import (
    MOST_PEEKED,
    all_targets,
    as_arrays,
    class_numbers,
    gather,
    length,
    number_of_samples,
)
from recipes.data.batches.wrapped import WrappedBatches
from recipes.data.pipeline import augmenter
from recipes.errors import ArgumentError, describe


class PyDatasetBatches:
    """A `keras.utils.PyDataset`; its batches come in an order that the seed fixes."""

    endless = False
    arrays = None

    def __init__(self, where, name, data):
        if data.num_batches is None:
            rule = f"`{name}` must end: its num_batches must be a number"
            raise ArgumentError(describe(where, rule, **{name: type(data).__name__}))
        self._data = data

    @property
    def in_processes(self):
        """Whether other processes make the batches."""
        return self._data.use_multiprocessing

    @property
    def samples(self):
        """Number of samples, as many as full batches would hold; all of few are counted."""
        return number_of_samples(self.peek(MOST_PEEKED), self.batch_size * self.steps(1))

    @functools.cached_property
    def batch_size(self):
        """Samples of the first batch."""
        return length(self._data[0])

    def steps(self, batch_size):
        """Returns the number of batches in an epoch."""
        return max(self._data.num_batches, 1)

    def peek(self, count):
        """Returns pair (x, y) of the first samples."""
        return gather(self._batches(), count)[0]

    def sample(self, count, seed):
        """Returns pair (x, y) of samples from batches that are drawn by a seed."""
        order = np.random.default_rng(seed).permutation(self._data.num_batches)
        return gather((self._data[int(k)] for k in order), count)[0]

    def targets(self):
        """Returns the targets of all samples; None where there are several outputs."""
        return all_targets(self._batches())

    def weighted(self, table):
        """Returns a view in which samples weigh what a table says, times what they weighed."""
        return PyDatasetBatches("fit", "train", _Weighted(self._data, table))

    def shown(self):
        """Returns what `preflight` looks at."""
        return self._data

    def fingerprint(self):
        """Returns text that is equal where the first batch and the number of batches are."""
        first = ArrayBatches(*map(as_arrays, self._data[0][:2])).fingerprint()
        return hashlib.sha256(f"{first} {self._data.num_batches}".encode()).hexdigest()[:16]

    def stream(self, *, batch_size, first_epoch=0, seed=0, augment=None):
        """Returns a `PyDataset` with the same batches, in another order in each epoch."""
        for _ in range(first_epoch):
            self._data.on_epoch_end()
        change = None if augment is None else augmenter(augment, *self.peek(1), seed=seed)
        return _Ordered(self._data, seed, first_epoch, change)

    def for_validation(self):
        """Returns what `model.fit` takes as `validation_data`."""
        return self._data

    def _batches(self):
        return (self._data[place] for place in range(self._data.num_batches))


class _Ordered(WrappedBatches):
    """The batches in an order that seed and epoch fix, and their images changed."""

    def __init__(self, data, seed, epoch, change):
        super().__init__(data)
        self._seed, self._epoch, self._change = seed, epoch, change
        self._shuffle()

    def __getitem__(self, index):
        batch = self.data[int(self._order[index])]
        if self._change is None:
            return batch
        changed = self._change(self._epoch * self.num_batches + index, *batch[:2])
        return (*keras.tree.map_structure(np.asarray, changed), *batch[2:])

    def on_epoch_end(self):
        self._epoch += 1
        self._shuffle()
        super().on_epoch_end()

    def _shuffle(self):
        generator = np.random.default_rng([self._seed, self._epoch])
        self._order = generator.permutation(self.num_batches)


class _Weighted(WrappedBatches):
    """The batches with a weight for each sample by its class."""

    def __init__(self, data, table):
        super().__init__(data)
        self._table = table

    def __getitem__(self, index):
        x, y, *given = self.data[index]
        return x, y, math.prod((self._table[class_numbers(y)], *given))
