"""Parallel coordinates: each trial is a line through the axes of all hyperparameters."""

import numpy as np

from tuners.reports.charts import TICKS, chart, colouring, plotly, rounded, text, ticks_of
from tuners.reports.markup import note
from tuners.reports.settings import section_of_settings

_TITLE = "Parallel coordinates"
_BELOW = 0.12  # share of an axis by which a value that is not used stands below it
_WIDTH = 120  # pixels of an axis, at least


def section(search):
    """Returns the `Section` of a `Search`, or None where nothing is tunable."""
    return section_of_settings(search, _TITLE, _parts)


def _parts(picture):
    columns = zip(picture.axes, picture.places.T, strict=True)
    dimensions = [dimension(axis, places) for axis, places in columns]
    lines = plotly().Parcoords(
        dimensions=[*dimensions, _of_score(picture)],
        line=colouring(picture.score, small_is_good=picture.small_is_good),
    )
    margin = {"l": 64, "r": 72, "t": 64, "b": 28}
    label = "Parallel coordinates of the trials with a score"
    drawn = chart([lines], label, height=420, width=_WIDTH * (len(dimensions) + 1), margin=margin)
    hint = "Drag along an axis to keep the trials that pass there; drag a name to move its axis."
    return note(hint), drawn


def dimension(axis, places):
    """Returns the axis of one hyperparameter, as plotly's `parcoords` takes it.

    Args:
        axis: An `Axis`.
        places: Where the trials lie on it, of shape (n,); NaN where the parameter is not used.
            Those stand below the axis.
    """
    scale = np.log10 if axis.is_log else np.asarray
    low, high = float(scale(axis.low)), float(scale(axis.high))
    high = high if high > low else low + 1.0
    ticks = ticks_of(axis)
    at, names = rounded(scale(ticks)), [text(axis.label(tick)) for tick in ticks]
    unused, below = np.isnan(places), low - _BELOW * (high - low)
    if unused.any():
        at, names = [*rounded(below), *at], ["not used", *names]
    return {
        "label": text(axis.name),
        "range": rounded([below if unused.any() else low, high]),
        "values": rounded(np.where(unused, below, scale(np.where(unused, axis.high, places)))),
        "tickvals": at,
        "ticktext": names,
    }


def _of_score(picture):
    """Returns the last axis: what is shown of the scores."""
    if not picture.is_log:
        return {"label": text(picture.label), "values": rounded(picture.score)}
    logs = np.log10(picture.score)
    ticks = np.linspace(logs.min(), logs.max(), TICKS)
    return {
        "label": text(picture.label),
        "values": rounded(logs),
        "tickvals": rounded(ticks),
        "ticktext": [f"{10.0**tick:.2g}" for tick in ticks],
    }
