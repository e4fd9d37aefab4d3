"""How a search went: the score of each trial and the best so far."""

import dataclasses
import itertools

import numpy as np

from recipes.errors import SearchError, describe
from tuners.plots.axes import is_wide, shown_score
from tuners.results import read_search


@dataclasses.dataclass(frozen=True)
class HistoryPicture:
    """What the history picture shows.

    Attributes:
        number: Numbers of the trials, from 1, in the order in which they began, of shape (n,).
        score: What is shown of their scores, of shape (n,); NaN for a trial without one.
        best_so_far: That of the best trial up to each, of shape (n,); NaN before the first one.
            What meets the constraints is better than what does not.
        status: List of n texts: "finished", "pruned", "failed" or "unfinished".
        label: What `score` is.
        is_log: Whether it has a logarithmic scale.
        best: Index of the best trial.
    """

    number: np.ndarray
    score: np.ndarray
    best_so_far: np.ndarray
    status: list
    label: str
    is_log: bool
    best: int


def history_picture(source):
    """Computes the history picture.

    Args:
        source: As in `tuners.results.read_search`.

    Returns:
        A `HistoryPicture`.

    Raises:
        SearchError: If no trial has a score.
    """
    search = read_search(source)
    scores = np.array([np.nan if t.score is None else t.score for t in search.trials])
    if not np.isfinite(scores).any():
        raise SearchError(describe("plot_history", "a trial with a score is needed"))
    show, label = shown_score(search)

    def rank(place):
        return search.rank(search.trials[place])

    best = list(itertools.accumulate(range(len(scores)), lambda *two: min(two, key=rank)))
    return HistoryPicture(
        number=np.arange(1, len(scores) + 1),
        score=show(scores),
        best_so_far=show(scores[best]),
        status=[trial.status for trial in search.trials],
        label=label,
        is_log=is_wide(search, show(scores)),
        best=best[-1],
    )
