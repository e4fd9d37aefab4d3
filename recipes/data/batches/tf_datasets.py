"""A `tf.data.Dataset`, as a view."""

import functools
import hashlib
import math

import keras
import numpy as np

from recipes.data.batches.parts import MOST_PEEKED, all_targets, gather, number_of_samples
from recipes.data.pipeline import augmented_batches
from recipes.errors import ArgumentError, describe


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
        return number_of_samples(self._first[0], self.batch_size * self.steps(1))

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

    def targets(self):
        """Returns the targets of all samples; None where there are several outputs."""
        return all_targets(self._data)

    def weighted(self, table):
        """Returns a view in which samples weigh what a table says, times what they weighed."""
        import tensorflow as tf

        weight_of = tf.constant(table)

        @tf.autograph.experimental.do_not_convert
        def weigh(x, y, *given):
            one_hot = y.shape.rank == 2 and y.shape[1] != 1
            classes = tf.argmax(y, axis=1) if one_hot else tf.cast(tf.reshape(y, [-1]), "int64")
            return x, y, math.prod((tf.gather(weight_of, classes), *given))

        return DatasetBatches("fit", "train", self._data.map(weigh))

    def shown(self):
        """Returns what `preflight` looks at."""
        return self.peek(MOST_PEEKED)

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
        return gather(iter(self._data), MOST_PEEKED)
