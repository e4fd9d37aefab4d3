"""A KerasTuner search space seen as a box of columns in [0, 1], in the order of the space.

A parameter that is inactive under its condition has its default's columns, so that it does not
matter there.
"""

import itertools
import math

import numpy as np

from tuners.parameters import is_fixed, make_parameter

_MOST_SETTINGS = 10_000  # up to here all settings of a space are listed


class Space:
    """The tunable parameters of a search space.

    Args:
        hyperparameters: A `keras_tuner.HyperParameters`.
    """

    def __init__(self, hyperparameters):
        self._all = list(hyperparameters.space)
        self.parameters = [make_parameter(hp) for hp in self._all if not is_fixed(hp)]

    @property
    def everything(self):
        """All hyperparameters of `keras_tuner` in order, the fixed ones among them."""
        return list(self._all)

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
            value = hp.value if is_fixed(hp) else next(chosen)
            if _is_active(hp, setting):
                setting[hp.name] = value
        return setting


def _is_active(hp, values):
    return all(condition.is_active(values) for condition in hp.conditions)


def setting_key(values):
    """Returns text that is equal for equal settings."""
    return repr(sorted(values.items()))
