"""The grid of a search space: counted and numbered, never listed (guide row 76)."""

import functools
import math

from tuners.parameters.values import is_fixed


class Grid:
    """All settings of a space in their order, the last parameter the fastest.

    A parameter whose condition does not hold multiplies nothing. A setting is found by its place as
    a number with digits of different bases, so that a grid of any size costs nothing.

    Args:
        space: A `Space`.
        points: How many values, of its own scale and both ends among them, a number without steps
            has.
    """

    def __init__(self, space, points):
        tunable = iter(space.parameters)
        self._hps = space.everything
        self._values = [
            [hp.value] if is_fixed(hp) else next(tunable).grid(points) for hp in self._hps
        ]
        self._parents = [_names_of_conditions(self._hps[at:]) for at in range(len(self._hps))]
        self._parents.append(frozenset())
        self._count_known = functools.cache(self._count_after)

    @property
    def size(self):
        """How many settings there are."""
        return self._count(0, {})

    @property
    def lengths(self):
        """List of the numbers of values, one for each parameter that has more than one."""
        return [len(values) for values in self._values if len(values) > 1]

    @property
    def is_product(self):
        """Whether the size is the product of the lengths."""
        return self.size == math.prod(self.lengths)

    def setting(self, place):
        """Returns the setting at a place.

        Args:
            place: A whole number in [0, size).

        Returns:
            Dict of the active values.
        """
        setting = {}
        for index, hp in enumerate(self._hps):
            if _is_active(hp, setting):
                setting[hp.name], place = self._digit(index, setting, place)
        return setting

    def __contains__(self, setting):
        """Whether each active value is one of the grid."""
        return all(
            setting[hp.name] in values
            for hp, values in zip(self._hps, self._values, strict=True)
            if _is_active(hp, setting)
        )

    # --- steps ------------------------------------------------------------------------------------

    def _digit(self, index, setting, place):
        """Returns the value of a parameter at a place, and the place among what follows it."""
        name, values = self._hps[index].name, self._values[index]
        if name not in self._parents[index + 1]:
            digit, rest = divmod(place, self._count(index + 1, setting))
            return values[digit], rest
        for value in values:
            below = self._count(index + 1, {**setting, name: value})
            if place < below:
                return value, place
            place -= below
        raise IndexError(place)

    def _count(self, index, setting):
        """How many settings begin with the values so far; those that no condition asks for do not
        matter."""
        known = {key: setting[key] for key in self._parents[index] if key in setting}
        return self._count_known(index, tuple(sorted(known.items())))

    def _count_after(self, index, items):
        if index == len(self._hps):
            return 1
        setting, hp, values = dict(items), self._hps[index], self._values[index]
        if not _is_active(hp, setting):
            return self._count(index + 1, setting)
        if hp.name not in self._parents[index + 1]:
            return len(values) * self._count(index + 1, setting)
        return sum(self._count(index + 1, {**setting, hp.name: value}) for value in values)


def _is_active(hp, setting):
    return all(condition.is_active(setting) for condition in hp.conditions)


def _names_of_conditions(hps):
    return frozenset(condition.name for hp in hps for condition in hp.conditions)
