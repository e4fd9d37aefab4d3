"""Draws what the surrogate believed before one trial (guide rows 80, 88)."""

import numpy as np

from recipes import drawing
from tuners.plots.drawn import style
from tuners.plots.surrogate import surrogate_picture


def plot_surrogate(source, trial, *, truth=None, output=None):
    """Draws prediction, uncertainty, known trials, next trial and acquisition of a Bayesian search.

    The search must be in one dimension.

    Args:
        source: A tuner, an oracle, or a folder.
        trial: How many trials were known, at least 1; the one after these is marked.
        truth: Function from a value of the parameter to its true score, to be drawn too, or None.
        output: Path of a .png, .svg or .pdf file that is written, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ArgumentError: If the search is not Bayesian or not in one dimension, or has fewer trials.
        SearchError: If none of these trials has a score.

    Example:

        plot_surrogate(tuner, trial=3, output="after_3_trials.png")
    """
    picture = surrogate_picture(source, trial)
    return drawing.save(draw_surrogate(picture, truth=truth), output)


def draw_surrogate(picture, *, truth=None):
    """Draws a `SurrogatePicture`; returns the figure."""
    figure = drawing.figure(7.2, 5.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[2.6, 1])
    style.set_axis(lower, "x", picture.axis)
    for axes in (upper, lower):
        drawing.tidy(axes, grid=None)
        axes.axvline(picture.next_x, color=drawing.RED, linewidth=1.2, linestyle=(0, (4, 3)))
    _draw_belief(upper, picture, truth)
    _draw_acquisition(lower, picture)
    figure.align_ylabels()
    return figure


def _draw_belief(axes, picture, truth):
    band = (picture.x, picture.low, picture.high)
    axes.fill_between(*band, color=drawing.PALE, linewidth=0, label="95 % band")
    if truth is not None:
        true = [truth(value) for value in picture.x]
        axes.plot(picture.x, true, color=drawing.INK, linewidth=1, linestyle=":", label="truth")
    axes.plot(picture.x, picture.median, color=drawing.BLUE, linewidth=2, label="prediction")
    _draw_known(axes, picture)
    median = np.interp(picture.next_x, picture.x, picture.median)
    axes.scatter(
        picture.next_x, median, s=80, marker="D", c=drawing.RED, zorder=5, label=_next(picture)
    )
    count = len(picture.known_x)
    axes.set_title(f"After {count} trial{'s' * (count > 1)}", fontsize=11, color=drawing.INK)
    axes.set_ylabel(picture.label, color=drawing.INK)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _draw_known(axes, picture):
    """Draws the known trials, and hollow what the surrogate took for a score that it drew in."""
    known = (picture.known_x, picture.known_score)
    axes.scatter(*known, s=55, c=drawing.INK, zorder=4, label="known trials")
    drawn_in = ~np.isclose(picture.known_score, picture.believed_score)
    if drawn_in.any():
        ends = (picture.known_score[drawn_in], picture.believed_score[drawn_in])
        axes.vlines(picture.known_x[drawn_in], *ends, color=drawing.INK, linewidth=0.8)
        places = (picture.known_x[drawn_in], ends[1])
        look = {"s": 45, "facecolors": "white", "edgecolors": drawing.INK, "zorder": 4}
        axes.scatter(*places, label="a bad one,\nas it is taken", **look)


def _next(picture):
    return "next trial,\nto fill the space" if picture.is_filling else "next trial"


def _draw_acquisition(axes, picture):
    value = picture.acquisition
    axes.fill_between(picture.x, value, value.min(), color=drawing.GREEN, alpha=0.25, linewidth=0)
    axes.plot(picture.x, value, color=drawing.GREEN, linewidth=1.5)
    highest = np.argmax(value)
    axes.scatter(picture.x[highest], value[highest], s=45, marker="^", c=drawing.GREEN, zorder=4)
    axes.set_ylabel(picture.acquisition_label, fontsize=9, color=drawing.INK)
    axes.margins(y=0.15)
