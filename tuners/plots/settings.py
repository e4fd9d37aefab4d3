"""The settings of all trials with a score: where each value lies on the axis of its parameter."""

import dataclasses

import numpy as np

from recipes.errors import SearchError, describe
from tuners.plots.axes import axis_of, is_wide, shown_score
from tuners.results import read_search


@dataclasses.dataclass(frozen=True)
class SettingsPicture:
    """What pictures of settings show.

    Attributes:
        axes: List of d `Axis`, one for each tunable parameter.
        places: Array of shape (n, d): where the values of the trials lie on the axes; NaN where a
            parameter is inactive under its condition.
        trials: List of the n `TrialResult`s that have a score.
        score: What is shown of their scores, of shape (n,).
        label: What `score` is.
        is_log: Whether it has a logarithmic scale.
        small_is_good: Whether small values of it are good.
    """

    axes: list
    places: np.ndarray
    trials: list
    score: np.ndarray
    label: str
    is_log: bool
    small_is_good: bool


def settings_picture(source):
    """Computes where the settings of the trials lie.

    Args:
        source: As in `tuners.results.read_search`.

    Returns:
        A `SettingsPicture`.

    Raises:
        SearchError: If no trial has a score, or nothing is tunable.
    """
    search = read_search(source)
    if not search.scored or not search.parameters:
        rule = "a trial with a score and a tunable parameter are needed"
        raise SearchError(describe("settings_picture", rule))
    axes = [axis_of("settings_picture", search, name) for name in search.parameters]
    show, label = shown_score(search)
    score = np.array([show(trial.score) for trial in search.scored])
    return SettingsPicture(
        axes=axes,
        places=np.array([[_place(axis, trial) for axis in axes] for trial in search.scored]),
        trials=search.scored,
        score=score,
        label=label,
        is_log=is_wide(search, score),
        small_is_good=search.direction == "min" or label != search.objective,
    )


def _place(axis, trial):
    return axis.place(trial.values[axis.name]) if axis.name in trial.values else np.nan
