"""What trials cover (guide row 87): their projections to two axes, and what each axis matters."""

import dataclasses

import numpy as np

from recipes.errors import SearchError
from tuners.importance import importance
from tuners.plots.axes import Axis, different
from tuners.plots.grid import grid_picture


@dataclasses.dataclass(frozen=True)
class CoveragePicture:
    """What the coverage picture shows.

    Attributes:
        x_axis: `Axis` of the parameter across.
        y_axis: `Axis` of the parameter up.
        x: Places of the trials on it, of shape (n,).
        y: The same, up.
        score: What is shown of their scores, of shape (n,); NaN for a trial without one.
        label: What `score` is.
        is_log: Whether it has a logarithmic scale.
        best: Index of the best trial.
        x_values: The different values across that were tried, sorted.
        y_values: The same, up.
        importances: Pair of the shares of the two parameters, or None with too few trials.
    """

    x_axis: Axis
    y_axis: Axis
    x: np.ndarray
    y: np.ndarray
    score: np.ndarray
    label: str
    is_log: bool
    best: int
    x_values: np.ndarray
    y_values: np.ndarray
    importances: tuple | None


def coverage_picture(source, x=None, y=None):
    """Computes the coverage picture.

    Args:
        source: As in `tuners.results.read_search`.
        x: Name of the parameter across; None takes the first one.
        y: Name of the parameter up; None takes the next one.

    Returns:
        A `CoveragePicture`.

    Raises:
        ArgumentError: If a name is unknown, or the search has fewer than two parameters.
        SearchError: If no trial has a score.
    """
    grid = grid_picture(source, x, y)
    return CoveragePicture(
        x_axis=grid.x_axis,
        y_axis=grid.y_axis,
        x=grid.x,
        y=grid.y,
        score=grid.error,
        label=grid.label,
        is_log=grid.is_log,
        best=grid.best,
        x_values=different(grid.x),
        y_values=different(grid.y),
        importances=_importances(source, grid.x_axis.name, grid.y_axis.name),
    )


def _importances(source, x, y):
    try:
        shares = importance(source).shares
    except SearchError:  # too few trials, or all alike: the picture says nothing of it
        return None
    return shares.get(x, 0.0), shares.get(y, 0.0)
