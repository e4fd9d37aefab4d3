"""A network of 50 weights and two classes of points, for tests of what surrounds a training."""

import keras
import numpy as np


def points(count=96, seed=0):
    """Pair (x, y): points of 4 numbers, and whether their first two sum to more than 1."""
    x = np.random.default_rng(seed).random((count, 4), dtype="float32")
    return x, (x[:, 0] + x[:, 1] > 1).astype(int)


def network(seed=0, *, dropout=0.2, units=6):
    """An uncompiled network with dropout; its weights and masks follow from the seed."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(units, activation="relu"),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )


def equal(model, other):
    """Whether two models have the same weights, bit by bit."""
    pairs = zip(model.get_weights(), other.get_weights(), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


class StopAt(keras.callbacks.Callback):
    """Raises before a step, counted from 0."""

    def __init__(self, step, error=KeyboardInterrupt):
        super().__init__()
        self._step, self._error = step, error

    def on_train_batch_begin(self, batch, logs=None):
        """Raises."""
        if int(self.model.optimizer.iterations) == self._step:
            raise self._error


class Clock:
    """A clock that the tests move, so that no busy machine disturbs them."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Takes(keras.callbacks.Callback):
    """Lets each step take some seconds, and each validation some more."""

    def __init__(self, clock, step, validation=0.0):
        super().__init__()
        self._clock, self._step, self._validation = clock, step, validation

    def on_train_batch_end(self, batch, logs=None):
        """Moves the clock."""
        self._clock.now += self._step

    def on_test_end(self, logs=None):
        """Moves the clock."""
        self._clock.now += self._validation
