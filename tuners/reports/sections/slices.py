"""Slices: the scores over each hyperparameter alone."""

import numpy as np

from tuners.reports.charts import COLOURS, MARKERS, chart, hover, plotly, rounded, text, ticks_of
from tuners.reports.markup import note
from tuners.reports.settings import section_of_settings
from tuners.trial_result import FINISHED, PRUNED

_TITLE = "Slices"


def section(search):
    """Returns the `Section` of a `Search`, or None where nothing is tunable."""
    return section_of_settings(search, _TITLE, _parts)


def _parts(picture):
    remark = note("Each point is a trial; all other hyperparameters vary, too.")
    return remark, tuple(_slice(picture, index) for index in range(len(picture.axes)))


def _slice(picture, index):
    axis, places = picture.axes[index], picture.places[:, index]
    return chart(
        [_points(picture, places, status) for status in (FINISHED, PRUNED)],
        f"Scores over {axis.name}",
        x=axis.name,
        y=picture.label,
        height=260,
        showlegend=False,
        margin={"l": 52, "r": 12, "t": 12, "b": 44},
        xaxis=_scale(axis),
        yaxis={"type": "log" if picture.is_log else "linear"},
    )


def _points(picture, places, status):
    used = np.isfinite(places)
    chosen = [n for n, trial in enumerate(picture.trials) if trial.status == status and used[n]]
    return plotly().Scatter(
        x=rounded(places[chosen]),
        y=rounded(picture.score[chosen]),
        mode="markers",
        marker={"color": COLOURS[status], "symbol": MARKERS[status], "size": 8, "opacity": 0.8},
        customdata=[picture.trials[n].trial for n in chosen],
        hovertext=[hover(picture.trials[n], picture.score[n], picture.label) for n in chosen],
        hoverinfo="text",
    )


def _scale(axis):
    """Returns the settings of the axis across."""
    ticks = ticks_of(axis)
    names = [text(axis.label(tick)) for tick in ticks]
    scale = {"tickvals": rounded(ticks), "ticktext": names, "showgrid": True}
    if axis.choices is not None:
        return scale | {"range": [-0.5, len(ticks) - 0.5]}
    return scale | {"type": "log" if axis.is_log else "linear"}
