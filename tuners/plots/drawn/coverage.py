"""Draws what trials cover (guide row 87)."""

import numpy as np

from recipes import drawing
from tuners.plots.coverage import coverage_picture
from tuners.plots.drawn import style


def plot_coverage(source, *, x=None, y=None, output=None):
    """Draws the trials over two parameters, and projected to each: how many values were tried.

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

        kt.plots.plot_coverage(tuner, x="dropout", y="learning_rate", output="coverage.svg")
    """
    figure = drawing.figure(6.4, 5.8)
    draw_coverage(coverage_picture(source, x, y), figure)
    return drawing.save(figure, output)


def draw_coverage(picture, figure, *, title=None, truth=(None, None)):
    """Draws a `CoveragePicture`: the trials, their scores over each axis, and the importances.

    Args:
        picture: A `CoveragePicture`.
        figure: An empty matplotlib figure or subfigure.
        title: What stands above it, or None.
        truth: Pair of functions from a place on each axis to what the score owes to it, drawn over
            that axis; None draws nothing.
    """
    panels = figure.subplot_mosaic(
        [["top", "corner"], ["main", "right"]],
        width_ratios=[3, 1.25],
        height_ratios=[1.1, 3],
    )
    _draw_main(panels["main"], picture)
    _draw_truth(panels["top"], picture.x_axis, truth[0], across=True)
    _draw_truth(panels["right"], picture.y_axis, truth[1], across=False)
    _draw_projection(panels["top"], panels["main"], picture, "x")
    _draw_projection(panels["right"], panels["main"], picture, "y")
    _draw_importances(panels["corner"], picture)
    if title:
        figure.suptitle(title, fontsize=12, color=drawing.INK)


def _draw_main(axes, picture):
    drawing.tidy(axes, grid=None)
    style.set_axis(axes, "x", picture.x_axis)
    style.set_axis(axes, "y", picture.y_axis)
    for place in picture.x_values:
        axes.axvline(place, color=drawing.PALE, linewidth=0.8, zorder=1)
    for place in picture.y_values:
        axes.axhline(place, color=drawing.PALE, linewidth=0.8, zorder=1)
    axes.scatter(picture.x, picture.y, s=60, c=drawing.BLUE, edgecolors="white", zorder=3)
    best = (picture.x[picture.best], picture.y[picture.best])
    axes.scatter(*best, s=170, facecolors="none", edgecolors=drawing.RED, linewidths=2, zorder=4)


def _draw_truth(axes, axis, function, *, across):
    if function is not None:
        places = np.linspace(axis.low, axis.high, 201)
        pair = (places, [function(place) for place in places])
        axes.plot(*(pair if across else pair[::-1]), color=drawing.GREEN, linewidth=1.2, zorder=2)


def _draw_projection(axes, main, picture, which):
    """Draws the scores over one of the two axes: above the trials, or to their right."""
    drawing.tidy(axes, grid=None)
    across = which == "x"
    places, values = (picture.x, picture.x_values) if across else (picture.y, picture.y_values)
    pairs = (places, picture.score) if across else (picture.score, places)
    for place in values:
        line = axes.axvline if across else axes.axhline
        line(place, color=drawing.PALE, linewidth=0.8, zorder=1)
    axes.scatter(*pairs, s=26, c=drawing.BLUE, edgecolors="white", linewidths=0.5, zorder=3)
    best = picture.best
    pair = (places[best], picture.score[best]) if across else (picture.score[best], places[best])
    axes.scatter(*pair, s=80, facecolors="none", edgecolors=drawing.RED, linewidths=1.5, zorder=4)
    style.set_score_scale(axes, "y" if across else "x", picture.is_log)
    axes.margins(0.12)
    (axes.sharex if across else axes.sharey)(main)
    axes.tick_params(labelbottom=not across, labelleft=across)
    (axes.set_ylabel if across else axes.set_xlabel)(picture.label, fontsize=9, color=drawing.INK)
    name = picture.x_axis.name if across else picture.y_axis.name
    axes.set_title(f"{len(values)} values of {name}", fontsize=9, color=drawing.INK)


def _draw_importances(axes, picture):
    """Draws the shares of the two parameters as bars."""
    axes.spines[["top", "right", "bottom", "left"]].set_visible(False)
    axes.tick_params(length=0, labelsize=9, colors=drawing.INK)
    if picture.importances is None:
        axes.set_axis_off()
        return
    names = [picture.x_axis.name, picture.y_axis.name]
    bars = axes.barh(names, picture.importances, color=[drawing.GREEN, drawing.ORANGE], height=0.55)
    axes.bar_label(bars, [f"{share:.0%}" for share in picture.importances], padding=3, fontsize=9)
    axes.set_xlim(0, 1.45)
    axes.set_xticks([])
    axes.invert_yaxis()
    axes.set_title("importance", fontsize=9, color=drawing.INK)
