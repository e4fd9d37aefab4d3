"""Draws how a search went."""

import numpy as np

from recipes import drawing
from tuners.plots.drawn import style
from tuners.plots.history import history_picture


def plot_history(source, *, output=None):
    """Draws the score of each trial, and the best so far.

    Args:
        source: A tuner, an oracle, a folder, or a `Search`.
        output: Path of a .png, .svg or .pdf file that is written, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        SearchError: If no trial has a score.

    Example:

        kt.plots.plot_history(tuner, output="history.png")
    """
    return drawing.save(draw_history(history_picture(source)), output)


def draw_history(picture):
    """Draws a `HistoryPicture`; returns the figure."""
    figure = drawing.figure(7.2, 4.4)
    axes = figure.add_subplot()
    drawing.tidy(axes, grid="y")
    style.set_score_scale(axes, "y", picture.is_log)
    axes.step(
        picture.number,
        picture.best_so_far,
        where="post",
        color=drawing.BLUE,
        linewidth=2,
        label="best so far",
    )
    _draw_trials(axes, picture)
    best = (picture.number[picture.best], picture.score[picture.best])
    axes.scatter(*best, s=170, facecolors="none", edgecolors=drawing.RED, linewidths=2, zorder=4)
    axes.set_title(f"Best: {best[1]:.4g}, in trial {best[0]} of {len(picture.number)}", fontsize=11)
    axes.set_xlabel("trial", color=drawing.INK)
    axes.set_ylabel(picture.label, color=drawing.INK)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _draw_trials(axes, picture):
    """Draws finished and pruned trials at their scores, failed ones at the lower edge."""
    status = np.array(picture.status)
    for kind, colour, marker in (("finished", drawing.INK, "o"), ("pruned", drawing.ORANGE, "v")):
        chosen = (status == kind) & np.isfinite(picture.score)
        if chosen.any():
            pairs = (picture.number[chosen], picture.score[chosen])
            axes.scatter(*pairs, s=36, c=colour, marker=marker, zorder=3, label=kind)
    failed = picture.number[status == "failed"]
    if len(failed):
        axes.margins(y=0.12)
        look = {"s": 45, "c": drawing.GREY, "marker": "x", "transform": axes.get_xaxis_transform()}
        axes.scatter(failed, np.full(len(failed), 0.03), label="failed", **look)
