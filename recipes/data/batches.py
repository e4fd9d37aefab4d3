"""One view of what a training takes: arrays, a `tf.data.Dataset`, a `PyDataset`, a folder.

Which samples a batch holds follows from the seed, the epoch and the step alone, not from what was
drawn before: a training that goes on at epoch 7 sees what it would have seen.
"""

import functools
import hashlib
import math
from pathlib import Path

import keras
import numpy as np

from recipes.data.dataset import Dataset
from recipes.data.images import load_images
from recipes.data.pipeline import augmented_batches, augmenter, training_batches
from recipes.errors import ArgumentError, DataError, describe

_MOST_PEEKED = 512  # samples


def as_batches(where, name, data):
    """Returns the view of some data.

    Args:
        where: Name of the function that asks, for the message.
        name: Name of its argument.
        data: Pair (x, y) or triple (x, y, sample_weight) of arrays, or of dicts of arrays; a
            `tf.data.Dataset` of batches of them that ends; a `keras.utils.PyDataset`; a folder of
            images, as in `load_images`, or what that returns: of a data set that came in parts the
            part with the name of the argument; or a view.

    Returns:
        An `ArrayBatches`, `DatasetBatches` or `PyDatasetBatches`.

    Raises:
        ArgumentError: If it is none of these.
    """
    if isinstance(data, (ArrayBatches, DatasetBatches, PyDatasetBatches)):
        return data
    if isinstance(data, (str, Path)):
        data = load_images(data)
    if isinstance(data, Dataset):
        own = np.ones(len(data.y), bool) if data.parts is None else data.parts == name
        return ArrayBatches(data.x[own], data.y[own])
    if isinstance(data, keras.utils.PyDataset):
        return PyDatasetBatches(where, name, data)
    if hasattr(data, "element_spec") and hasattr(data, "cardinality"):
        return DatasetBatches(where, name, data)
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        return ArrayBatches(*map(_as_arrays, data))
    kinds = "a tf.data.Dataset of batches, a PyDataset or a folder of images"
    rule = f"`{name}` must be a pair (x, y) of arrays, {kinds}"
    raise ArgumentError(describe(where, rule, **{name: type(data).__name__}))


class ArrayBatches:
    """Arrays, which are shuffled and cut into batches here.

    Args:
        x: Array of shape (samples, …), or a dict or tuple of them.
        y: The same.
        sample_weight: Array of shape (samples,), or None.

    Attributes:
        arrays: Pair (x, y).
        samples: Number of samples; of a stream as many as full batches would hold.
        batch_size: Samples of a batch, where the data come in batches; else None.
        in_processes: Whether other processes make the batches: then they cannot be augmented.
        endless: Whether the stream goes through all epochs, so that its steps must be counted.
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


class DatasetBatches:
    """A `tf.data.Dataset` of batches (x, y); its order is its own."""

    endless = True
    arrays = None
    in_processes = False

    def __init__(self, where, name, data):
        count = int(data.cardinality())
        if count == -1:  # infinite
            rule = f"`{name}` must end: an epoch is one pass over it"
            raise ArgumentError(describe(where, rule, "Leave out .repeat().", **{name: "endless"}))
        if len(np.atleast_1d(np.array(data.element_spec, dtype=object))) not in (2, 3):
            rule = f"`{name}` must give pairs (x, y)"
            raise ArgumentError(describe(where, rule, **{name: str(data.element_spec)}))
        self._data, self._count = data, count

    @property
    def samples(self):
        """Number of samples, as many as full batches would hold; all of few are counted."""
        return _number(self._first[0], self.batch_size * self.steps(1))

    @property
    def batch_size(self):
        """Samples of the first batch."""
        return self._first[1]

    def steps(self, batch_size):
        """Returns the number of batches in an epoch; counts them if the data set cannot say it."""
        if self._count < 0:
            self._count = sum(1 for _ in self._data)
        return max(self._count, 1)

    def peek(self, count):
        """Returns pair (x, y) of the first samples, at most 512; the data are read once for it."""
        return keras.tree.map_structure(lambda part: part[:count], self._first[0])

    def sample(self, count, seed):
        """Returns pair (x, y) of the first samples: a data set can be read in its order alone."""
        return self.peek(count)

    def shown(self):
        """Returns what `preflight` looks at."""
        return self.peek(_MOST_PEEKED)

    def fingerprint(self):
        """Returns text that is equal for data of the same form, read in its order or not."""
        form = f"{self._data.element_spec} {self._count}"
        return hashlib.sha256(form.encode()).hexdigest()[:16]

    def stream(self, *, batch_size, first_epoch=0, seed=0, augment=None):
        """Returns the data set over and over, as far on as it would be after the epochs before.

        A data set shuffles anew each time that it is read, from a seed if it was given one: each
        epoch before is begun and left. Keras reads a data set that ends twice an epoch.
        """
        for _ in range(first_epoch):
            next(iter(self._data))
        batches, first = self._data.repeat(), first_epoch * self.steps(1)
        if augment is None:
            return batches
        return augmented_batches(batches, augment, self.peek(1), seed=seed, first_step=first)

    def for_validation(self):
        """Returns what `model.fit` takes as `validation_data`."""
        return self._data

    @functools.cached_property
    def _first(self):
        """The first samples, and how many the first batch has."""
        return _gather(iter(self._data), _MOST_PEEKED)


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
        return _number(self.peek(_MOST_PEEKED), self.batch_size * self.steps(1))

    @functools.cached_property
    def batch_size(self):
        """Samples of the first batch."""
        return _length(self._data[0])

    def steps(self, batch_size):
        """Returns the number of batches in an epoch."""
        return max(self._data.num_batches, 1)

    def peek(self, count):
        """Returns pair (x, y) of the first samples."""
        return _gather((self._data[k] for k in range(self._data.num_batches)), count)[0]

    def sample(self, count, seed):
        """Returns pair (x, y) of samples from batches that are drawn by a seed."""
        order = np.random.default_rng(seed).permutation(self._data.num_batches)
        return _gather((self._data[int(k)] for k in order), count)[0]

    def shown(self):
        """Returns what `preflight` looks at."""
        return self._data

    def fingerprint(self):
        """Returns text that is equal where the first batch and the number of batches are."""
        first = ArrayBatches(*map(_as_arrays, self._data[0][:2])).fingerprint()
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


class _Ordered(keras.utils.PyDataset):
    """The batches of another `PyDataset`, in an order that seed and epoch fix, and changed."""

    def __init__(self, data, seed, epoch, change):
        super().__init__(
            workers=data.workers,
            use_multiprocessing=data.use_multiprocessing,
            max_queue_size=data.max_queue_size,
        )
        self._data, self._seed, self._epoch, self._change = data, seed, epoch, change
        self._shuffle()

    @property
    def num_batches(self):
        return self._data.num_batches

    def __getitem__(self, index):
        batch = self._data[int(self._order[index])]
        if self._change is None:
            return batch
        changed = self._change(self._epoch * self.num_batches + index, *batch[:2])
        return (*keras.tree.map_structure(np.asarray, changed), *batch[2:])

    def on_epoch_begin(self):
        self._data.on_epoch_begin()

    def on_epoch_end(self):
        self._epoch += 1
        self._shuffle()
        self._data.on_epoch_end()

    def _shuffle(self):
        generator = np.random.default_rng([self._seed, self._epoch])
        self._order = generator.permutation(self.num_batches)


def _as_arrays(data):
    if isinstance(data, dict):
        return {name: np.asarray(part) for name, part in data.items()}
    return tuple(map(np.asarray, data)) if isinstance(data, tuple) else np.asarray(data)


def _gather(batches, count):
    """Returns pair (x, y) of the first samples, `count` at most, and the length of a batch."""
    found, held = [], 0
    for batch in batches:
        found.append(keras.tree.map_structure(np.asarray, tuple(batch[:2])))
        held += _length(found[-1])
        if held >= count:
            break
    if not found:
        raise DataError(describe("fit", "the data must hold a batch", "It has none."))
    first = keras.tree.map_structure(lambda *parts: np.concatenate(parts)[:count], *found)
    return first, _length(found[0])


def _length(batch):
    """Returns how many samples a batch has."""
    return len(keras.tree.flatten(batch)[0])


def _number(peeked, most):
    """Returns the number of samples, of which the first were read, or all if they are few."""
    read = _length(peeked)
    return read if read < _MOST_PEEKED else most
