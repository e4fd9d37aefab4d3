"""One hyperparameter as columns in [0, 1]; the only file that knows KerasTuner's kinds of them.

A number is one column on its own scale, an ordered choice one column, and a choice without an
order one column for each of its values.
"""

import math

import keras_tuner
import numpy as np

_kinds = keras_tuner.engine.hyperparameters
_MOST_NUMBERS = 1_000  # up to here the numbers of a range are listed


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
        from_uniform(u)    the value at a uniform number in [0, 1)
        encode(value)      the columns of a value, as an array of shape (columns,)
        decode(part)       the value nearest to columns
        near(value)        list of the values one step away, or of all other choices

    Args:
        hp: A hyperparameter of `keras_tuner` that is not fixed.
    """
    return _Choices(hp) if isinstance(hp, (_kinds.Choice, _kinds.Boolean)) else _Numbers(hp)


class _Choices:
    """A choice, or a boolean: one column if it has an order or two values, else one for each."""

    def __init__(self, hp):
        is_boolean = isinstance(hp, _kinds.Boolean)
        self.hp = hp
        self.values = [False, True] if is_boolean else list(hp.values)
        self._ordered = is_boolean or hp.ordered
        self.columns = 1 if self._ordered or len(self.values) <= 2 else len(self.values)

    @property
    def has_own_default(self):
        return self.hp.default != self.values[0]

    def from_uniform(self, u):
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

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

    def near(self, value):
        if self._ordered and value in self.values:
            return _neighbours(self.values, self.values.index(value))
        return [choice for choice in self.values if choice != value]


class _Numbers:
    """An int or a float: one column on its own scale, with or without steps."""

    columns = 1

    def __init__(self, hp):
        countable = hp.step is not None or isinstance(hp, _kinds.Int)
        self.hp = hp
        self.values = None
        if countable and _count(hp) <= _MOST_NUMBERS:
            self.values = [_number(hp, place) for place in range(_count(hp))]
            self._places = np.array([_to_share(hp, value) for value in self.values])

    @property
    def has_own_default(self):
        return self.hp.default != self.hp.min_value

    def from_uniform(self, u):
        if self.hp.step is None:
            return _from_uniform(self.hp, u)
        return _number(self.hp, min(int(u * _count(self.hp)), _count(self.hp) - 1))

    def encode(self, value):
        return np.array([_to_share(self.hp, value)])

    def decode(self, part):
        share = float(np.clip(part[0], 0.0, 1.0))
        if self.values is None:
            return _on_step(self.hp, _from_share(self.hp, share))
        return self.values[self._nearest(share)]

    def near(self, value):
        if self.values is None:
            return []
        return _neighbours(self.values, self._nearest(_to_share(self.hp, value)))

    def _nearest(self, share):
        return int(np.argmin(np.abs(self._places - share)))


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
