"""The axis of one hyperparameter, and where its values lie on it."""

import dataclasses

import numpy as np

from recipes.errors import check_one_of

_MOST_TICKS = 8  # up to here each value that was tried has its own tick
_WIDE = 20.0  # scores whose largest is this many times the smallest are shown on a log scale


@dataclasses.dataclass(frozen=True)
class Axis:
    """The axis of a hyperparameter.

    Attributes:
        name: Name of the hyperparameter.
        low: Smallest value; for choices the place of the first one, 0.
        high: Largest value, or the place of the last choice.
        is_log: Whether the scale is logarithmic.
        choices: Tuple of the values of a choice, or None for a number.
    """

    name: str
    low: float
    high: float
    is_log: bool
    choices: tuple | None = None

    def place(self, value):
        """Returns where a value lies on the axis, NaN if it does not."""
        if self.choices is None:
            return np.nan if value is None else float(value)
        return float(self.choices.index(value)) if value in self.choices else np.nan

    def ticks(self, places):
        """Returns the places to be labelled, or None for those that a drawing chooses itself.

        Args:
            places: Where the trials lie.
        """
        if self.choices is not None:
            return np.arange(len(self.choices), dtype=float)
        tried = different(places)
        return tried if len(tried) <= _MOST_TICKS else None

    def label(self, place):
        """Returns the text of a tick."""
        return str(self.choices[round(place)]) if self.choices is not None else f"{place:.4g}"


def axis_of(where, search, name):
    """Returns the axis of a tunable hyperparameter of a search.

    Args:
        where: Name of the function that asks, for messages.
        search: A `Search`.
        name: Name of the hyperparameter.

    Raises:
        ArgumentError: If the search has no tunable hyperparameter of this name.
    """
    check_one_of(where, "parameter", name, list(search.parameters))
    hp = search.parameters[name]
    if "min_value" in hp:
        return Axis(name, hp["min_value"], hp["max_value"], hp["sampling"] == "log")
    choices = tuple(hp.get("values", (False, True)))
    return Axis(name, 0.0, len(choices) - 1.0, False, choices)


def shown_score(search):
    """Returns what a picture shows of a score: a function, and its label.

    An accuracy is shown as the error 1 − accuracy.
    """
    if search.direction == "max" and search.objective.endswith("accuracy"):
        return lambda score: 1.0 - score, f"error (1 − {search.objective})"
    return lambda score: score, search.objective


def is_wide(search, values):
    """Whether the scores of a search are best shown on a log scale.

    Args:
        search: A `Search`.
        values: What is shown of its scores.

    Returns:
        True if small ones are good, all are positive, and the largest is over 20 times the least.
    """
    finite = values[np.isfinite(values)]
    small_is_good = search.direction == "min" or shown_score(search)[1] != search.objective
    is_positive = len(finite) > 0 and finite.min() > 0
    return bool(small_is_good and is_positive and finite.max() > _WIDE * finite.min())


def different(places):
    """Returns the different places that trials lie at, sorted; float noise makes no difference."""
    return np.unique([float(f"{place:.9g}") for place in places if np.isfinite(place)])
