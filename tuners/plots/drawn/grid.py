"""Draws the grid picture (guide row 86)."""

import numpy as np

from recipes import drawing
from tuners.plots.drawn import style
from tuners.plots.grid import grid_picture


def plot_grid(source, *, x=None, y=None, output=None):
    """Draws two parameters of a search; the colour is the error, and the best trial is ringed.

    Args:
        source: A tuner, an oracle, a folder, or a `Search`.
        x: Name of the parameter across; None takes the first one.
        y: Name of the parameter up; None takes the next one.
        output: Path of a .png, .svg or .pdf file that is written, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ArgumentError: If a name is unknown, or the search has fewer than two parameters.
        SearchError: If no trial has a score.

    Example:

        plot_grid(tuner, x="dropout", y="learning_rate", output="grid.png")
    """
    return drawing.save(draw_grid(grid_picture(source, x, y)), output)


def draw_grid(picture):
    """Draws a `GridPicture`; returns the figure."""
    figure = drawing.figure(7.2, 5.0)
    axes = figure.add_subplot()
    drawing.tidy(axes)
    style.set_axis(axes, "x", picture.x_axis, picture.x)
    style.set_axis(axes, "y", picture.y_axis, picture.y)
    shown = _draw_trials(axes, picture)
    _draw_others(axes, picture)
    bar = figure.colorbar(shown, ax=axes, pad=0.02)
    bar.set_label(picture.label, color=drawing.INK)
    bar.outline.set_visible(False)
    if picture.is_log:
        style.set_score_scale(bar.ax, "y", True)
    axes.set_title(_title(picture), fontsize=11, color=drawing.INK)
    return figure


def _draw_trials(axes, picture):
    """Draws the trials with a score, pruned ones as triangles; returns what has the colours."""
    scored = np.isfinite(picture.error)
    colours, norm = style.colours(picture)
    size = 1000 if picture.is_grid else 110
    for chosen, marker in ((scored & ~picture.pruned, "o"), (scored & picture.pruned, "v")):
        look = {"cmap": colours, "norm": norm, "marker": marker, "s": size, "zorder": 3}
        places, errors = (picture.x[chosen], picture.y[chosen]), picture.error[chosen]
        shown = axes.scatter(*places, c=errors, edgecolors="white", linewidths=0.6, **look)
    best, ring = (picture.x[picture.best], picture.y[picture.best]), max(1.55 * size, 280)
    ringed = {"facecolors": "none", "edgecolors": drawing.RED, "linewidths": 2.5, "zorder": 4}
    axes.scatter(*best, s=ring, **ringed)
    if picture.is_grid:
        for index in np.flatnonzero(scored):
            _write_number(axes, picture, index, norm)
    return shown


def _write_number(axes, picture, index, norm):
    """Writes an error into its circle, light on dark and dark on light."""
    share = float(norm(picture.error[index]))
    is_light = share > 0.55 if picture.small_is_good else share < 0.45
    axes.annotate(
        f"{picture.error[index]:.3g}",
        (picture.x[index], picture.y[index]),
        ha="center",
        va="center",
        fontsize=7.5,
        color=drawing.INK if is_light else "white",
        zorder=4,
    )


def _draw_others(axes, picture):
    """Marks the trials without a score, and says what the marks mean."""
    failed = ~np.isfinite(picture.error)
    if failed.any():
        places = (picture.x[failed], picture.y[failed])
        axes.scatter(*places, marker="x", s=60, c=drawing.GREY, label="failed")
    if picture.pruned.any():
        axes.scatter([], [], marker="v", s=60, c=drawing.GREY, label="pruned")
    if failed.any() or picture.pruned.any():
        axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(0, -0.12), ncols=2)


def _title(picture):
    pairs = ((picture.x_axis, picture.x), (picture.y_axis, picture.y))
    best = (f"{axis.name} {axis.label(places[picture.best])}" for axis, places in pairs)
    return f"{len(picture.x)} trials; the best, ringed: {', '.join(best)}"
