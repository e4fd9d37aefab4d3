"""The learning curves of all trials, and where pruners cut them."""

import dataclasses

import numpy as np

from recipes.errors import SearchError, describe
from tuners.plots.axes import is_wide, shown_score
from tuners.results import read_search


@dataclasses.dataclass(frozen=True)
class CurvesPicture:
    """What the picture of the learning curves shows.

    Attributes:
        trials: List of the names of the trials that reported the objective.
        epochs: List of arrays: the epochs of each, from 1.
        scores: List of arrays: what is shown of the objective there, means over the executions.
        status: List of texts, as in `TrialResult`.
        label: What `scores` is.
        is_log: Whether it has a logarithmic scale.
        best: Index of the best trial, or None.
    """

    trials: list
    epochs: list
    scores: list
    status: list
    label: str
    is_log: bool
    best: int | None


def curves_picture(source):
    """Computes the picture of the learning curves.

    Args:
        source: As in `tuners.results.read_search`.

    Returns:
        A `CurvesPicture`.

    Raises:
        SearchError: If no trial has reported the objective.
    """
    search = read_search(source)
    trials = [trial for trial in search.trials if trial.curves.get(search.objective)]
    if not trials:
        rule = f"a trial that has reported {search.objective} is needed"
        raise SearchError(describe("plot_curves", rule))
    show, label = shown_score(search)
    curves = [trial.curves[search.objective] for trial in trials]
    scores = [show(np.array([np.mean(values) for values in curve.values()])) for curve in curves]
    names = [trial.trial for trial in trials]
    return CurvesPicture(
        trials=names,
        epochs=[np.array(list(curve)) for curve in curves],
        scores=scores,
        status=[trial.status for trial in trials],
        label=label,
        is_log=is_wide(search, np.concatenate(scores)),
        best=names.index(search.best.trial) if search.best else None,
    )
