"""A KerasTuner search space seen as a box of columns in [0, 1], in the order of the space.

A parameter that is inactive under its condition has its default's columns, so that it does not
matter there.
"""

import itertools
import math

import numpy as np

from tuners.parameters.columns import make_parameter
from tuners.parameters.values import is_fixed

_MOST_SETTINGS = 10_000  # up to here all settings of a space are listed


class Space:
    """The tunable parameters of a search space.

    Args:
        hyperparameters: A `keras_tuner.HyperParameters`.
        marked: Names of parameters whose default is believed to be good, beside those that have a
            default of their own; None if no default is.
    """

    def __init__(self, hyperparameters, marked=()):
        self._all = list(hyperparameters.space)
        self.parameters = [make_parameter(hp) for hp in self._all if not is_fixed(hp)]
        self._believed = [self._is_believed(parameter, marked) for parameter in self.parameters]
        self._widths = [parameter.columns for parameter in self.parameters]
        ends = np.cumsum([0, *self._widths])
        self._columns = [slice(*pair) for pair in itertools.pairwise(ends)]

    @property
    def everything(self):
        """All hyperparameters of `keras_tuner` in order, the fixed ones among them."""
        return list(self._all)

    @property
    def groups(self):
        """The parameter of each column, as an integer array of shape (columns,)."""
        return np.repeat(np.arange(len(self.parameters)), self._widths)

    def defaults(self):
        """Returns the default setting as a dict of the active values."""
        return self._setting(parameter.hp.default for parameter in self.parameters)

    def has_own_defaults(self):
        """Whether a default is believed: marked, or not the minimum or first choice that
        KerasTuner implies."""
        return any(self._believed)

    def precision(self):
        """Returns how much is believed of the defaults, an array of shape (columns,).

        It is 1 / variance of a normal density around them; 0 where nothing is believed.
        """
        pairs = zip(self.parameters, self._believed, strict=True)
        each = [parameter.precision * believed for parameter, believed in pairs]
        return np.repeat(np.array(each, dtype=float), self._widths)

    def from_uniform(self, point, *, lean=0.0):
        """Returns the setting at a point of uniform numbers.

        Args:
            point: Array of shape (parameters,), each in [0, 1).
            lean: Share of the values of believed parameters that come from near their defaults.

        Returns:
            Dict of the active values.
        """
        pairs = zip(self.parameters, self._believed, point, strict=True)
        return self._setting(
            parameter.lean(float(u), lean) if believed else parameter.from_uniform(float(u))
            for parameter, believed, u in pairs
        )

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

    def snap(self, points):
        """Returns the columns of the settings nearest to points; as `decode`, then `encode`.

        Args:
            points: Array of shape (points, columns).
        """
        parts, active = {}, {}
        for parameter, columns in zip(self.parameters, self._columns, strict=True):
            part = parameter.snap(points[:, columns])
            holds = np.ones(len(points), bool)
            for condition in parameter.hp.conditions:
                holds &= self._holds(condition, parts, active)
            part[~holds] = parameter.encode(parameter.hp.default)
            parts[parameter], active[parameter] = part, holds
        return np.concatenate(list(parts.values()), axis=1)

    def _holds(self, condition, parts, active):
        """Returns where a condition holds, as a boolean array of shape (points,)."""
        holds = np.zeros(len(next(iter(parts.values()))), bool)
        for parent, part in parts.items():
            if parent.hp.name == condition.name:
                known = [np.isclose(part, parent.encode(v)).all(axis=1) for v in condition.values]
                holds |= active[parent] & np.any(known, axis=0)
        return holds

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

    @staticmethod
    def _is_believed(parameter, marked):
        if marked is None:
            return False
        return parameter.has_own_default or parameter.hp.name in marked

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
            value = hp.value if is_fixed(hp) else next(chosen)
            if _is_active(hp, setting):
                setting[hp.name] = value
        return setting


def _is_active(hp, values):
    return all(condition.is_active(values) for condition in hp.conditions)


def setting_key(values):
    """Returns text that is equal for equal settings."""
    return repr(sorted(values.items()))
