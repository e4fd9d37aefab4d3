"""Draws the learning curves of all trials."""

from recipes import drawing
from tuners.plots.curves import curves_picture
from tuners.plots.drawn import style

_COLOURS = {"finished": drawing.BLUE, "pruned": drawing.ORANGE, "failed": drawing.GREY}


def plot_curves(source, *, output=None):
    """Draws the objective of each trial by epoch, and where pruners ended it.

    Args:
        source: A tuner, an oracle, a folder, or a `Search`.
        output: Path of a .png, .svg or .pdf file that is written, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        SearchError: If no trial has reported the objective.

    Example:

        kt.plots.plot_curves("runs/resnet-digits", output="curves.png")
    """
    return drawing.save(draw_curves(curves_picture(source)), output)


def draw_curves(picture):
    """Draws a `CurvesPicture`; returns the figure."""
    figure = drawing.figure(7.2, 4.4)
    axes = figure.add_subplot()
    drawing.tidy(axes, grid="y")
    style.set_score_scale(axes, "y", picture.is_log)
    seen = set()
    for index, status in enumerate(picture.status):
        label = status if index != picture.best and status not in seen else None
        seen |= {status} if label else set()
        _draw_curve(axes, picture, index, label)
    axes.set_xlabel("epoch", color=drawing.INK)
    axes.set_ylabel(picture.label, color=drawing.INK)
    axes.set_title(f"Learning curves of {len(picture.trials)} trials", fontsize=11)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


def _draw_curve(axes, picture, index, label):
    """Draws one curve: the best on top of all, a pruned one with a mark at its end."""
    epochs, scores, status = picture.epochs[index], picture.scores[index], picture.status[index]
    is_best = index == picture.best
    colour = drawing.RED if is_best else _COLOURS.get(status, drawing.GREY)
    look = {"linewidth": 2.5, "zorder": 5} if is_best else {"linewidth": 1.1, "alpha": 0.75}
    label = f"best: trial {picture.trials[index]}" if is_best else label
    axes.plot(epochs, scores, color=colour, label=label, **look)
    if status == "pruned" or len(epochs) == 1:
        axes.scatter(epochs[-1], scores[-1], s=26, c=colour, marker="v", zorder=4)
