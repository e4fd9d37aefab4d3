"""One hyperparameter as columns in [0, 1]; the only file that knows KerasTuner's kinds of them.

A number is one column on its own scale, an ordered choice one column, and a choice without an
order one column for each of its values.
"""

import collections.abc
import math

import keras_tuner
import numpy as np
from scipy import special

_kinds = keras_tuner.engine.hyperparameters
_MOST_NUMBERS = 1_000  # up to here the numbers of a range are listed
_SPREAD = 0.2  # of where the best number may be around a default, as a share of its range
_FAVOUR = math.log(5)  # how much a default is preferred to another choice


def is_fixed(hp):
    """Whether a hyperparameter has one value alone."""
    return isinstance(hp, _kinds.Fixed)


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
        if countable and _count(hp) <= _MOST_NUMBERS:
            self.values = [_number(hp, place) for place in range(_count(hp))]
            self._places = np.array([_to_share(hp, value) for value in self.values])
            self._between = (self._places[1:] + self._places[:-1]) / 2

    @property
    def has_own_default(self):
        return self.hp.default != self.hp.min_value

    def from_uniform(self, u):
        if self.hp.step is None:
            return _from_uniform(self.hp, u)
        return _number(self.hp, min(int(u * _count(self.hp)), _count(self.hp) - 1))

    def lean(self, u, share):
        if u >= share:
            return self.from_uniform((u - share) / (1 - share))
        middle = _to_share(self.hp, self.hp.default)
        low, high = special.ndtr((np.array([0.0, 1.0]) - middle) / _SPREAD)
        near = middle + _SPREAD * special.ndtri(low + u / share * (high - low))
        return self.decode([near])

    def encode(self, value):
        return np.array([_to_share(self.hp, value)])

    def decode(self, part):
        share = float(np.clip(part[0], 0.0, 1.0))
        if self.values is None:
            return _on_step(self.hp, _from_share(self.hp, share))
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
        return _neighbours(self.values, self._nearest(_to_share(self.hp, value)))

    def grid(self, points):
        if self.hp.step is not None:
            return _Steps(self.hp) if self.values is None else self.values
        if self.values is not None and len(self.values) <= points:
            return self.values
        spread = (_from_share(self.hp, place / (points - 1)) for place in range(points))
        return list(dict.fromkeys(map(self._rounded, spread)))

    def read(self, text):
        try:
            number = int(text) if isinstance(self.hp, _kinds.Int) else float(text)
        except ValueError:
            return None
        inside = self.hp.min_value <= number <= self.hp.max_value
        return number if inside and _on_step(self.hp, number) == number else None

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
        return _count(self._hp)

    def __getitem__(self, place):
        return _number(self._hp, place)

    def __contains__(self, number):
        return _on_step(self._hp, number) == number


def _neighbours(values, index):
    return values[max(index - 1, 0) : index] + values[index + 1 : index + 2]


def _count(hp):
    """Returns how many numbers a step leads to; with a tolerance, or the 0.5 of 5 · 0.1 is lost."""
    if hp.sampling == "linear" or hp.step is None:
        return math.floor((hp.max_value - hp.min_value) / (hp.step or 1) + 1e-9) + 1
    return math.floor(math.log(hp.max_value / hp.min_value, hp.step) + 1e-9) + 1


def _number(hp, place):
    """Returns the number at a place of a range with steps, the smallest being at 0."""
    if hp.sampling == "linear" or hp.step is None:
        number = hp.min_value + place * (hp.step or 1)
    elif hp.sampling == "log":
        number = hp.min_value * hp.step**place
    else:
        last = _count(hp) - 1
        number = hp.max_value + hp.min_value - hp.min_value * hp.step ** (last - place)
    if isinstance(hp, _kinds.Int):
        return round(number)
    number = float(f"{number:.12g}")  # 0.3, not 0.30000000000000004
    return min(max(number, hp.min_value), hp.max_value)


def _from_uniform(hp, u):
    """Returns a number of a range without steps; whole ones have shares as wide as they are."""
    if isinstance(hp, _kinds.Float):
        return _from_share(hp, u)
    low, end = hp.min_value, hp.max_value + 1
    if hp.sampling == "reverse_log":
        number = end + low - low * (end / low) ** (1.0 - u)
    else:
        number = low + u * (end - low) if hp.sampling == "linear" else low * (end / low) ** u
    return min(max(int(number), low), hp.max_value)


def _from_share(hp, share):
    """Returns the number at a share of the way from minimum to maximum, on the hp's scale."""
    low, high = hp.min_value, hp.max_value
    if hp.sampling == "linear" or low == high:
        number = low + share * (high - low)
    elif hp.sampling == "log":
        number = low * (high / low) ** share
    else:
        number = high + low - low * (high / low) ** (1.0 - share)
    number = min(max(number, low), high)
    return round(number) if isinstance(hp, _kinds.Int) else float(number)


def _on_step(hp, number):
    """Returns the number of a long range with steps that is nearest to a number."""
    if hp.step is None:
        return number
    if hp.sampling == "linear":
        place = (number - hp.min_value) / hp.step
    elif hp.sampling == "log":
        place = math.log(number / hp.min_value, hp.step)
    else:
        mirrored = (hp.max_value + hp.min_value - number) / hp.min_value
        place = _count(hp) - 1 - math.log(mirrored, hp.step)
    return _number(hp, min(max(round(place), 0), _count(hp) - 1))


def _to_share(hp, value):
    """Returns where a number lies between minimum and maximum; the inverse of `_from_share`."""
    low, high = hp.min_value, hp.max_value
    if low == high or not isinstance(value, (int, float)):
        return 0.5  # a value of an older space may be of another kind
    value = min(max(value, low), high)
    if hp.sampling == "linear":
        return (value - low) / (high - low)
    if hp.sampling == "log":
        return math.log(value / low) / math.log(high / low)
    return 1.0 - math.log((high + low - value) / low) / math.log(high / low)


def plain_value(hp, value):
    """Returns a value of a hyperparameter as the plain Python type that it has in a setting.

    Args:
        hp: A hyperparameter of `keras_tuner`.
        value: A value, perhaps a NumPy scalar, or a whole number as a float.

    Returns:
        The value, or None if it is out of range or not one of the choices.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(hp, (_kinds.Int, _kinds.Float)):
        return _plain_number(hp, value)
    if isinstance(hp, _kinds.Boolean):
        return value if isinstance(value, bool) else None
    choices = [hp.value] if is_fixed(hp) else hp.values
    return next((choice for choice in choices if choice == value), None)


def range_text(hp):
    """Returns the values of a hyperparameter as text: "0.001..0.1 (log)", "relu, tanh"."""
    if is_fixed(hp):
        return f"fixed {hp.value}"
    if isinstance(hp, _kinds.Boolean):
        return "False, True"
    if isinstance(hp, _kinds.Choice):
        return ", ".join(map(str, hp.values))
    details = [hp.sampling] if hp.sampling != "linear" else []
    details += [f"step {hp.step:g}"] if hp.step not in (None, 1) else []
    kind = "whole " if isinstance(hp, _kinds.Int) else ""
    scale = f" ({', '.join(details)})" if details else ""
    return f"{kind}{hp.min_value:g}..{hp.max_value:g}{scale}"


def _plain_number(hp, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not hp.min_value <= value <= hp.max_value:
        return None
    if isinstance(hp, _kinds.Float):
        return float(value)
    return int(value) if value == int(value) else None
