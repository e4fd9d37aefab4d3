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
            values: Dict of the active values.
        """
        return np.concatenate(
            [
                parameter.encode(values.get(parameter.hp.name, parameter.hp.default))
                for parameter in self.parameters
            ]
        )

    def decode(self, point):
        """Returns the setting nearest to a point of shape (columns,)."""
        ends = np.cumsum([parameter.columns for parameter in self.parameters])[:-1]
        parts = np.split(np.asarray(point, dtype=float), ends)
        return self._setting(p.decode(part) for p, part in zip(self.parameters, parts, strict=True))

    def neighbours(self, values):
        """Yields the settings that differ in the step or choice of one discrete parameter."""
        for parameter in self.parameters:
            name = parameter.hp.name
            for other in parameter.near(values[name]) if name in values else ():
                yield self._setting(
                    other if p is parameter else values.get(p.hp.name, p.hp.default)
                    for p in self.parameters
                )

    def all_settings(self):
        """Returns every setting as a list, or None if there are too many or infinitely many."""
        choices = [parameter.values for parameter in self.parameters]
        if any(values is None for values in choices):
            return None
        if math.prod(map(len, choices)) > _MOST_SETTINGS:
            return None
        settings = map(self._setting, itertools.product(*choices))
        return list({setting_key(setting): setting for setting in settings}.values())

    def _setting(self, chosen):
        """Keeps the values whose conditions hold; a condition is always before its children."""
        chosen = iter(list(chosen))
        container = keras_tuner.HyperParameters()
        for hp in self._all:
            value = hp.value if isinstance(hp, _kinds.Fixed) else next(chosen)
            container.merge([hp])
            if container.is_active(hp):
                container.values[hp.name] = value
        return dict(container.values)


def setting_key(values):
    """Returns text that is equal for equal settings."""
    return repr(sorted(values.items()))


class _Parameter:
    """One tunable hyperparameter: its columns, and its values where they can be counted."""

    def __init__(self, hp):
        self.hp = hp
        self.values = _listed_values(hp)
        self._ordered = not isinstance(hp, _kinds.Choice) or hp.ordered
        self.columns = 1 if self._ordered or len(self.values) <= 2 else len(self.values)

    @property
    def has_own_default(self):
        implied = {_kinds.Choice: lambda hp: hp.values[0], _kinds.Boolean: lambda hp: False}
        minimum = implied.get(type(self.hp), lambda hp: hp.min_value)
        return self.hp.default != minimum(self.hp)

    def from_uniform(self, u):
        if self.values is None:
            return _from_share(self.hp, u)
        return self.values[min(int(u * len(self.values)), len(self.values) - 1)]

    def encode(self, value):
        if self.values is None:
            return np.array([_to_share(self.hp, value)])
        index = self._index(value)
        if self.columns > 1:
            return np.eye(self.columns)[index]
        return np.array([index / max(len(self.values) - 1, 1)])

    def decode(self, part):
        if self.values is None:
            return _from_share(self.hp, float(np.clip(part[0], 0.0, 1.0)))
        if self.columns > 1:
            return self.values[int(np.argmax(part))]
        share = float(np.clip(part[0], 0.0, 1.0))
        return self.values[round(share * (len(self.values) - 1))]

    def near(self, value):
        """Returns the next values of an ordered parameter, all others of an unordered one."""
        if self.values is None:
            return []
        index = self._index(value)
        if self._ordered:
            return self.values[max(index - 1, 0) : index] + self.values[index + 1 : index + 2]
        return self.values[:index] + self.values[index + 1 :]

    def _index(self, value):
        """Returns the place of a value; of the nearest one where it is a number off the grid."""
        if value in self.values:
            return self.values.index(value)
        return int(np.argmin([abs(known - value) for known in self.values]))


def _listed_values(hp):
    """Returns the values of a hyperparameter in order, true end points included, or None."""
    if isinstance(hp, (_kinds.Choice, _kinds.Boolean)):
        return [False, True] if isinstance(hp, _kinds.Boolean) else list(hp.values)
    if hp.step is None:
        return None
    return _numbers(hp)


def _numbers(hp):
    """Returns the numbers that a step leads to; counted with a tolerance, or 0.5 is missed."""
    if hp.sampling == "linear":
        count = math.floor((hp.max_value - hp.min_value) / hp.step + 1e-9) + 1
        numbers = [hp.min_value + index * hp.step for index in range(count)]
    else:
        count = math.floor(math.log(hp.max_value / hp.min_value, hp.step) + 1e-9) + 1
        numbers = [hp.min_value * hp.step**index for index in range(count)]
    if hp.sampling == "reverse_log":
        numbers = [hp.max_value + hp.min_value - number for number in reversed(numbers)]
    whole = isinstance(hp, _kinds.Int)
    return [round(n) if whole else float(min(round(n, 12), hp.max_value)) for n in numbers]


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
    if low == high:
        return 0.5
    if hp.sampling == "linear":
        return (value - low) / (high - low)
    if hp.sampling == "log":
        return math.log(value / low) / math.log(high / low)
    return 1.0 - math.log((high + low - value) / low) / math.log(high / low)
