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


class Parameter:
    """One tunable hyperparameter.

    Args:
        hp: A hyperparameter of `keras_tuner`.

    Attributes:
        hp: The same.
        values: List of its values in order, None where they are too many or not countable.
        columns: Number of its columns.
    """

    def __init__(self, hp):
        self.hp = hp
        self.values = _listed_values(hp)
        self._number = not isinstance(hp, (_kinds.Choice, _kinds.Boolean))
        self._ordered = not isinstance(hp, _kinds.Choice) or hp.ordered
        self.columns = 1 if self._ordered or len(self.values) <= 2 else len(self.values)
        if self.columns == 1 and self.values is not None:
            self._places = np.array([self.encode(value)[0] for value in self.values])

    @property
    def has_own_default(self):
        """Whether its default differs from the minimum or first choice that KerasTuner implies."""
        implied = {_kinds.Choice: lambda hp: hp.values[0], _kinds.Boolean: lambda hp: False}
        minimum = implied.get(type(self.hp), lambda hp: hp.min_value)
        return self.hp.default != minimum(self.hp)

    def from_uniform(self, u):
        """Returns the value at a uniform number in [0, 1)."""
        if self._number and self.hp.step is None:
            return _from_uniform(self.hp, u)
        if self.values is None:
            return _number(self.hp, min(int(u * _count(self.hp)), _count(self.hp) - 1))
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def encode(self, value):
        """Returns the columns of a value; of one that is no choice (any more), a neutral place."""
        if self._number:
            return np.array([_to_share(self.hp, value)])
        if self.columns > 1:
            return np.array([float(choice == value) for choice in self.values])
        if value not in self.values:
            return np.array([0.5])
        return np.array([self.values.index(value) / max(len(self.values) - 1, 1)])

    def decode(self, part):
        """Returns the value nearest to its columns."""
        if self.columns > 1:
            return self.values[int(np.argmax(part))]
        share = float(np.clip(part[0], 0.0, 1.0))
        if self.values is None:
            return _on_step(self.hp, _from_share(self.hp, share))
        return self.values[self._nearest(share)]

    def near(self, value):
        """Returns the next values of an ordered parameter, all others of an unordered one."""
        if self.values is None:
            return []
        if not self._ordered:
            return [choice for choice in self.values if choice != value]
        index = self._nearest(self.encode(value)[0])
        return self.values[max(index - 1, 0) : index] + self.values[index + 1 : index + 2]

    def _nearest(self, share):
        return int(np.argmin(np.abs(self._places - share)))


def _listed_values(hp):
    """Returns the values of a hyperparameter in order, true end points included, or None."""
    if isinstance(hp, (_kinds.Choice, _kinds.Boolean)):
        return [False, True] if isinstance(hp, _kinds.Boolean) else list(hp.values)
    if hp.step is None and isinstance(hp, _kinds.Float):
        return None
    return _numbers(hp) if _count(hp) <= _MOST_NUMBERS else None


def _count(hp):
    """Returns how many numbers a step leads to; with a tolerance, or the 0.5 of 5 · 0.1 is lost."""
    if hp.sampling == "linear" or hp.step is None:
        return math.floor((hp.max_value - hp.min_value) / (hp.step or 1) + 1e-9) + 1
    return math.floor(math.log(hp.max_value / hp.min_value, hp.step) + 1e-9) + 1


def _numbers(hp):
    return [_number(hp, place) for place in range(_count(hp))]


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
