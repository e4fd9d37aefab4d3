"""One hyperparameter as columns in [0, 1].

A number is one column on its own scale, an ordered choice one column, and a choice without an
order one column for each of its values.
"""

import collections.abc
import math

import keras_tuner
import numpy as np
from scipy import special

from tuners.parameters.ranges import count, from_share, from_uniform, number_at, on_step, to_share

_kinds = keras_tuner.engine.hyperparameters
_MOST_NUMBERS = 1_000  # up to here the numbers of a range are listed
_SPREAD = 0.2  # of where the best number may be around a default, as a share of its range
_FAVOUR = math.log(5)  # how much a default is preferred to another choice


def make_parameter(hp):
    """Returns a tunable hyperparameter as columns.

    What is returned has these attributes and methods:

        hp                 the hyperparameter of `keras_tuner`
        values             list of its values in order, None where they are too many to be listed
        columns            number of its columns
        has_own_default    whether its default differs from the one that KerasTuner implies
        precision          of each column, if the default is believed in: see `Space.precision`
        from_uniform(u)    the value at a uniform number in [0, 1)
        lean(u, share)     as `from_uniform`, but for a share of the numbers near the default
        encode(value)      the columns of a value, as an array of shape (columns,)
        decode(part)       the value nearest to columns
        snap(parts)        the columns of the values nearest to many, of shape (points, columns)
        near(value)        list of the values one step away, or of all other choices
        grid(points)       sequence of the values of a grid, both ends among them
        read(text)         the value that a person means, or None if there is none

    Args:
        hp: A hyperparameter of `keras_tuner` that is not fixed.
    """
    return _Choices(hp) if isinstance(hp, (_kinds.Choice, _kinds.Boolean)) else _Numbers(hp)


class _Choices:
    """A choice, or a boolean: one column if it has an order or two values, else one for each.

    A default that is believed in is e^(`_FAVOUR`) times as probable as another choice.
    """

    def __init__(self, hp):
        is_boolean = isinstance(hp, _kinds.Boolean)
        self.hp = hp
        self.values = [False, True] if is_boolean else list(hp.values)
        self._ordered = is_boolean or hp.ordered
        self.columns = 1 if self._ordered or len(self.values) <= 2 else len(self.values)
        self.precision = _FAVOUR if self.columns > 1 else 2 * _FAVOUR
        if len(self.values) > 2 and self.columns == 1:
            self.precision = 1 / _SPREAD**2

    @property
    def has_own_default(self):
        return self.hp.default != self.values[0]

    def from_uniform(self, u):
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def lean(self, u, share):
        if u < share:
            return self.hp.default
        return self.from_uniform((u - share) / (1 - share))

    def encode(self, value):
        if self.columns > 1:
            return np.array([float(choice == value) for choice in self.values])
        if value not in self.values:
            return np.array([0.5])  # a choice of an older space
        return np.array([self.values.index(value) / max(len(self.values) - 1, 1)])

    def decode(self, part):
        if self.columns > 1:
            return self.values[int(np.argmax(part))]
        return self.values[round(float(np.clip(part[0], 0, 1)) * (len(self.values) - 1))]

    def snap(self, parts):
        if self.columns > 1:
            return np.eye(self.columns)[np.argmax(parts, axis=1)]
        last = max(len(self.values) - 1, 1)
        return np.round(np.clip(parts, 0.0, 1.0) * last) / last

    def near(self, value):
        if self._ordered and value in self.values:
            return _neighbours(self.values, self.values.index(value))
        return [choice for choice in self.values if choice != value]

    def grid(self, points):
        return self.values

    def read(self, text):
        return next((value for value in self.values if str(value) == text.strip()), None)


class _Numbers:
    """An int or a float: one column on its own scale, with or without steps."""

    columns = 1
    precision = 1 / _SPREAD**2

    def __init__(self, hp):
        countable = hp.step is not None or isinstance(hp, _kinds.Int)
        self.hp = hp
        self.values = None
        if countable and count(hp) <= _MOST_NUMBERS:
            self.values = [number_at(hp, place) for place in range(count(hp))]
            self._places = np.array([to_share(hp, value) for value in self.values])
            self._between = (self._places[1:] + self._places[:-1]) / 2

    @property
    def has_own_default(self):
        return self.hp.default != self.hp.min_value

    def from_uniform(self, u):
        if self.hp.step is None:
            return from_uniform(self.hp, u)
        return number_at(self.hp, min(int(u * count(self.hp)), count(self.hp) - 1))

    def lean(self, u, share):
        if u >= share:
            return self.from_uniform((u - share) / (1 - share))
        middle = to_share(self.hp, self.hp.default)
        low, high = special.ndtr((np.array([0.0, 1.0]) - middle) / _SPREAD)
        near = middle + _SPREAD * special.ndtri(low + u / share * (high - low))
        return self.decode([near])

    def encode(self, value):
        return np.array([to_share(self.hp, value)])

    def decode(self, part):
        share = float(np.clip(part[0], 0.0, 1.0))
        if self.values is None:
            return on_step(self.hp, from_share(self.hp, share))
        return self.values[self._nearest(share)]

    def snap(self, parts):
        shares = np.clip(parts, 0.0, 1.0)
        if self.values is not None:
            return self._places[np.searchsorted(self._between, shares)]
        if self.hp.step is None and isinstance(self.hp, _kinds.Float):
            return shares
        return np.array([self.encode(self.decode(share)) for share in shares])

    def near(self, value):
        if self.values is None:
            return []
        return _neighbours(self.values, self._nearest(to_share(self.hp, value)))

    def grid(self, points):
        if self.hp.step is not None:
            return _Steps(self.hp) if self.values is None else self.values
        if self.values is not None and len(self.values) <= points:
            return self.values
        spread = (from_share(self.hp, place / (points - 1)) for place in range(points))
        return list(dict.fromkeys(map(self._rounded, spread)))

    def read(self, text):
        try:
            number = int(text) if isinstance(self.hp, _kinds.Int) else float(text)
        except ValueError:
            return None
        inside = self.hp.min_value <= number <= self.hp.max_value
        return number if inside and on_step(self.hp, number) == number else None

    def _rounded(self, number):
        """Returns 0.001 in place of 0.0010000000000000002, and no number beyond an end."""
        if isinstance(number, int):
            return number
        return min(max(float(f"{number:.12g}"), self.hp.min_value), self.hp.max_value)

    def _nearest(self, share):
        return int(np.argmin(np.abs(self._places - share)))


class _Steps(collections.abc.Sequence):
    """The numbers of a long range with steps: counted, and made when they are asked for."""

    def __init__(self, hp):
        self._hp = hp

    def __len__(self):
        return count(self._hp)

    def __getitem__(self, place):
        return number_at(self._hp, place)

    def __contains__(self, number):
        return on_step(self._hp, number) == number


def _neighbours(values, index):
    return values[max(index - 1, 0) : index] + values[index + 1 : index + 2]
