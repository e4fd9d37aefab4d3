"""A KerasTuner search space seen as a box; the only file that knows the kinds of hyperparameters.

A parameter is one column in [0, 1], or one column for each choice where the choices have no order.
The order of the columns is that of the space. A parameter that is inactive under its condition has
its default's columns, so that it does not matter there.
"""

import itertools
import math

import keras_tuner
import numpy as np

_kinds = keras_tuner.engine.hyperparameters
_MOST_SETTINGS = 10_000  # up to here all settings of a space are listed
_MOST_NUMBERS = 1_000  # up to here the numbers of a range are; beyond, it is taken as continuous


class Space:
    """The tunable parameters of a search space.

    Args:
        hyperparameters: A `keras_tuner.HyperParameters`.
    """

    def __init__(self, hyperparameters):
        self._all = list(hyperparameters.space)
        self.parameters = [_Parameter(hp) for hp in self._all if not isinstance(hp, _kinds.Fixed)]

    @property
    def groups(self):
        """The parameter of each column, as an integer array of shape (columns,)."""
        widths = [parameter.columns for parameter in self.parameters]
        return np.repeat(np.arange(len(widths)), widths)

    def defaults(self):
        """Returns the default setting as a dict of the active values."""
        return self._setting(parameter.hp.default for parameter in self.parameters)

    def has_own_defaults(self):
        """Whether a default differs from the minimum or first choice that KerasTuner implies."""
        return any(parameter.has_own_default for parameter in self.parameters)

    def from_uniform(self, point):
        """Returns the setting at a point of uniform numbers.

        Args:
            point: Array of shape (parameters,), each in [0, 1).

        Returns:
            Dict of the active values.
        """
        pairs = zip(self.parameters, point, strict=True)
        return self._setting(parameter.from_uniform(float(u)) for parameter, u in pairs)

    def encode(self, values):
        """Returns a setting as an array of shape (columns,), each in [0, 1].

        Args:
            values: Dict of values; what is inactive or missing counts as its default.
        """
        columns = [p.encode(value) for p, value in self._valued(values)]
        return np.concatenate(columns) if columns else np.zeros(0)

    def setting_of(self, values):
        """Returns the setting of this space that a dict of values stands for.

        Args:
            values: Dict of values, perhaps of an older or larger space.
        """
        return self._setting(value for _, value in self._valued(values))

    def decode(self, point):
        """Returns the setting nearest to a point of shape (columns,)."""
        coordinates = iter(np.asarray(point, dtype=float))
        parts = (list(itertools.islice(coordinates, p.columns)) for p in self.parameters)
        pairs = zip(self.parameters, parts, strict=True)
        return self._setting(parameter.decode(part) for parameter, part in pairs)

    def neighbours(self, values):
        """Yields the settings that differ in the step or choice of one discrete parameter."""
        chosen = [value for _, value in self._valued(values)]
        for place, parameter in enumerate(self.parameters):
            if _is_active(parameter.hp, values):
                for other in parameter.near(chosen[place]):
                    yield self._setting([*chosen[:place], other, *chosen[place + 1 :]])

    def all_settings(self):
        """Returns every setting as a list, or None if there are too many or infinitely many."""
        choices = [parameter.values for parameter in self.parameters]
        if any(values is None for values in choices):
            return None
        if math.prod(map(len, choices)) > _MOST_SETTINGS:
            return None
        settings = map(self._setting, itertools.product(*choices))
        return list({setting_key(setting): setting for setting in settings}.values())

    def _valued(self, values):
        """Yields each parameter with its value, or with its default where it is not active.

        Two parameters may have one name under two conditions; at most one of them is active.
        """
        for parameter in self.parameters:
            hp = parameter.hp
            yield (
                parameter,
                values.get(hp.name, hp.default) if _is_active(hp, values) else hp.default,
            )

    def _setting(self, chosen):
        """Keeps the values whose conditions hold; a condition is always before its children."""
        chosen, setting = iter(list(chosen)), {}
        for hp in self._all:
            value = hp.value if isinstance(hp, _kinds.Fixed) else next(chosen)
            if _is_active(hp, setting):
                setting[hp.name] = value
        return setting


def _is_active(hp, values):
    return all(condition.is_active(values) for condition in hp.conditions)


def setting_key(values):
    """Returns text that is equal for equal settings."""
    return repr(sorted(values.items()))


class _Parameter:
    """One tunable hyperparameter: its columns, and its values where they can be counted."""

    def __init__(self, hp):
        self.hp = hp
        self.values = _listed_values(hp)
        self._number = not isinstance(hp, (_kinds.Choice, _kinds.Boolean))
        self._ordered = not isinstance(hp, _kinds.Choice) or hp.ordered
        self.columns = 1 if self._ordered or len(self.values) <= 2 else len(self.values)

    @property
    def has_own_default(self):
        implied = {_kinds.Choice: lambda hp: hp.values[0], _kinds.Boolean: lambda hp: False}
        minimum = implied.get(type(self.hp), lambda hp: hp.min_value)
        return self.hp.default != minimum(self.hp)

    def from_uniform(self, u):
        if self._number and self.hp.step is None:
            return _from_uniform(self.hp, u)
        if self.values is None:
            return _from_share(self.hp, u)
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
        if self.columns > 1:
            return self.values[int(np.argmax(part))]
        share = float(np.clip(part[0], 0.0, 1.0))
        if self.values is None:
            return _from_share(self.hp, share)
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
        places = [self.encode(value)[0] for value in self.values]
        return int(np.argmin(np.abs(np.array(places) - share)))


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
    places = range(_count(hp))
    if hp.sampling == "linear" or hp.step is None:
        numbers = [hp.min_value + place * (hp.step or 1) for place in places]
    else:
        numbers = [hp.min_value * hp.step**place for place in places]
        if hp.sampling == "reverse_log":
            numbers = [hp.max_value + hp.min_value - number for number in reversed(numbers)]
    if isinstance(hp, _kinds.Int):
        return [round(number) for number in numbers]
    digits = [float(f"{number:.12g}") for number in numbers]  # 0.3, not 0.30000000000000004
    return [min(max(number, hp.min_value), hp.max_value) for number in digits]


def _from_uniform(hp, u):
    """Returns a number of a range without steps; whole ones have shares as wide as they are."""
    if isinstance(hp, _kinds.Float):
        return _from_share(hp, u)
    low, end = hp.min_value, hp.max_value + 1
    if hp.sampling == "reverse_log":
        return min(math.ceil(hp.max_value + low - low * (end / low) ** (1.0 - u)), hp.max_value)
    number = low + u * (end - low) if hp.sampling == "linear" else low * (end / low) ** u
    return min(int(number), hp.max_value)


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
