"""The curves of a run as a picture: compute, then draw (row 84)."""

import dataclasses
import math

import numpy as np

from recipes import drawing
from recipes.diagnosis.history import curves_of
from recipes.errors import ArgumentError, describe

_WIDE = 30.0  # largest loss over the smallest, from which the scale is logarithmic


@dataclasses.dataclass(frozen=True)
class HistoryPicture:
    """What the picture of a run shows.

    Attributes:
        epoch: Epochs, from 1, of shape (n,).
        losses: Dict from "training" and "validation" to losses of shape (n,).
        accuracies: The same of the accuracies; empty where there are none.
        is_log: Whether the losses have a logarithmic scale.
        best: Index of the epoch with the lowest validation loss.
        since: Epoch from which the verdict holds, or None.
        title: The verdict, or the best epoch.
    """

    epoch: np.ndarray
    losses: dict
    accuracies: dict
    is_log: bool
    best: int
    since: int | None
    title: str


def history_picture(history, diagnosis=None):
    """Computes the picture of a run.

    Args:
        history: As in `diagnose`.
        diagnosis: The `Diagnosis` of the run, or None.

    Returns:
        A `HistoryPicture`.

    Raises:
        ArgumentError: If there are no curves of the losses.
    """
    curves = curves_of(history, where="plot_history")
    losses = {"training": np.array(curves.train), "validation": np.array(curves.validation)}
    values = np.concatenate(list(losses.values()))
    if not np.isfinite(values).any():
        raise ArgumentError(describe("plot_history", "a loss that is finite is needed"))
    finite = np.nan_to_num(losses["validation"], nan=np.inf)
    best = int(finite.argmin())
    return HistoryPicture(
        epoch=np.arange(1, len(curves.train) + 1),
        losses=losses,
        accuracies=_accuracies(getattr(history, "history", history)),
        is_log=_is_wide(values[np.isfinite(values)]),
        best=best,
        since=diagnosis.since if diagnosis else None,
        title=_title(diagnosis, best, float(finite[best])),
    )


def _accuracies(history):
    """Returns the accuracies on both parts of the data, if there are any."""
    names = [name for name in history if name.endswith("accuracy")]
    validation = next((name for name in names if name.startswith("val_")), None)
    if validation is None or validation.removeprefix("val_") not in history:
        return {}
    pair = {"training": validation.removeprefix("val_"), "validation": validation}
    return {part: np.array(history[name], dtype=float) for part, name in pair.items()}


def _is_wide(values):
    return bool(values.min() > 0 and values.max() > _WIDE * values.min())


def _title(diagnosis, best, loss):
    lowest = f"lowest validation loss {loss:.3g}, after epoch {best + 1}"
    if diagnosis is None or not math.isfinite(loss):
        return lowest.capitalize() if diagnosis is None else diagnosis.verdict.capitalize()
    return f"{diagnosis.verdict.capitalize()} since epoch {diagnosis.since}; {lowest}"


def plot_history(history, *, diagnosis=None, output=None):
    """Draws the losses of a run, and its accuracies where there are any (guide row 84).

    Args:
        history: As in `diagnose`.
        diagnosis: The `Diagnosis` of the run, which gives the title, or None.
        output: Path of a .png, .svg or .pdf file that is written, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ArgumentError: If there are no curves of the losses, or the path ends otherwise.
        FolderError: If the file cannot be written.
        RecipesError: If matplotlib is not installed.

    Example:

        plot_history(run.history, diagnosis=run.diagnosis, output="run.png")
    """
    return drawing.save(draw_history(history_picture(history, diagnosis)), output)


def draw_history(picture):
    """Draws a `HistoryPicture`; returns the figure."""
    parts = [("loss", picture.losses), ("accuracy", picture.accuracies)]
    parts = [(name, curves) for name, curves in parts if curves]
    figure = drawing.figure(4.2 + 4.0 * (len(parts) - 1) + 1.4, 4.2)
    for place, (name, curves) in enumerate(parts, 1):
        axes = figure.add_subplot(1, len(parts), place)
        _draw_part(axes, picture, name, curves)
    figure.axes[-1].legend(frameon=False, fontsize=9, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.suptitle(picture.title, fontsize=11)
    return figure


def _draw_part(axes, picture, name, curves):
    """Draws the training and the validation curve of one measure, and marks two epochs."""
    drawing.tidy(axes, grid="y")
    if name == "loss" and picture.is_log:
        axes.set_yscale("log")
    colours = {"training": drawing.BLUE, "validation": drawing.ORANGE}
    for part, values in curves.items():
        axes.plot(picture.epoch, values, color=colours[part], linewidth=2, label=part)
    best = (picture.epoch[picture.best], curves["validation"][picture.best])
    axes.scatter(*best, s=60, facecolors="none", edgecolors=drawing.RED, linewidths=2, zorder=4)
    if picture.since is not None and picture.since > 1:
        axes.axvline(picture.since, color=drawing.GREY, linewidth=1, linestyle=":")
    axes.set_xlabel("epoch", color=drawing.INK)
    axes.set_ylabel(name, color=drawing.INK)
    axes.xaxis.get_major_locator().set_params(integer=True)
