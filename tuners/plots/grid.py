"""The grid picture (guide row 86): two parameters, the colour is the error, the best is ringed."""

import dataclasses

import numpy as np

from recipes.errors import ArgumentError, SearchError, describe
from tuners.plots.axes import Axis, axis_of, different, is_wide, shown_score
from tuners.results import read_search

_MOST_LINES = 8  # each way, in a grid


@dataclasses.dataclass(frozen=True)
class GridPicture:
    """What the grid picture shows.

    Attributes:
        x_axis: `Axis` of the parameter across.
        y_axis: `Axis` of the parameter up.
        x: Places of the trials on it, of shape (n,).
        y: The same, up.
        error: What is shown of their scores, of shape (n,); NaN for a trial without one.
        pruned: Whether each was pruned, of shape (n,).
        label: What `error` is.
        small_is_good: Whether small values of it are good.
        is_log: Whether its colours have a logarithmic scale.
        best: Index of the best trial.
        is_grid: Whether the trials lie on few lines and no two on one place, so that there is room
            for their numbers.
    """

    x_axis: Axis
    y_axis: Axis
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray
    pruned: np.ndarray
    label: str
    small_is_good: bool
    is_log: bool
    best: int
    is_grid: bool


def grid_picture(source, x=None, y=None):
    """Computes the grid picture.

    Args:
        source: As in `tuners.results.read_search`.
        x: Name of the parameter across; None takes the first one.
        y: Name of the parameter up; None takes the next one.

    Returns:
        A `GridPicture` of the trials that have ended and in which both parameters are active.

    Raises:
        ArgumentError: If a name is unknown, or the search has fewer than two parameters.
        SearchError: If no trial has a score.
    """
    search = read_search(source)
    x_axis, y_axis = two_axes("plot_grid", search, x, y)
    trials = [t for t in search.trials if t.status != "unfinished"]
    trials = [t for t in trials if {x_axis.name, y_axis.name} <= t.values.keys()]
    show, label = shown_score(search)
    scores = np.array([np.nan if t.score is None else t.score for t in trials])
    if not np.isfinite(scores).any():
        raise SearchError(describe("plot_grid", "a trial with a score is needed"))
    x = np.array([x_axis.place(t.values[x_axis.name]) for t in trials])
    y = np.array([y_axis.place(t.values[y_axis.name]) for t in trials])
    return GridPicture(
        x_axis=x_axis,
        y_axis=y_axis,
        x=x,
        y=y,
        error=show(scores),
        pruned=np.array([t.status == "pruned" for t in trials]),
        label=label,
        small_is_good=search.direction == "min" or label != search.objective,
        is_log=is_wide(search, show(scores)),
        best=min(range(len(trials)), key=lambda index: search.rank(trials[index])),
        is_grid=_is_grid(x, y),
    )


def _is_grid(x, y):
    lines = max(len(different(x)), len(different(y)))
    return lines <= _MOST_LINES and len(set(zip(x, y, strict=True))) == len(x)


def two_axes(where, search, x, y):
    """Returns the axes of two parameters of a search, by default the first ones.

    Args:
        where: Name of the function that asks, for messages.
        search: A `Search`.
        x: Name of a parameter, or None.
        y: Name of another one, or None.
    """
    names = list(search.parameters)
    if len(names) < 2 or (x is not None and x == y):
        rule = "two tunable parameters are needed"
        raise ArgumentError(describe(where, rule, parameters=names, x=x, y=y))
    x = x or next(name for name in names if name != y)
    y = y or next(name for name in names if name != x)
    return axis_of(where, search, x), axis_of(where, search, y)
