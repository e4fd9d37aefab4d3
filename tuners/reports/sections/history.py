"""How the search went: the score of each trial, and the best so far."""

import numpy as np

from tuners.plots.history import history_picture
from tuners.reports.charts import BEST, COLOURS, MARKERS, chart, counted, hover, plotly, rounded
from tuners.reports.markup import Section
from tuners.reports.settings import without_score
from tuners.trial_result import FAILED, FINISHED, PRUNED

_TITLE = "History"


def section(search):
    """Returns the `Section` of a `Search`."""
    if not search.scored:
        return without_score(_TITLE)
    picture = history_picture(search)
    names = [int(trial.trial) for trial in search.trials]
    traces = [
        _best_so_far(names, picture),
        *_trials(search, picture),
        _failed(search),
        _best(names, picture),
    ]
    drawn = chart(
        [trace for trace in traces if trace],
        "Score of each trial and the best so far",
        x="trial",
        y=picture.label,
        xaxis=counted(names),
        yaxis={"type": "log" if picture.is_log else "linear"},
        yaxis2={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True},
    )
    return Section(_TITLE, (drawn,))


def _best_so_far(names, picture):
    return plotly().Scatter(
        x=names,
        y=rounded(picture.best_so_far),
        mode="lines",
        line={"shape": "hv", "color": COLOURS[FINISHED], "width": 2},
        name="best so far",
        hoverinfo="skip",
    )


def _trials(search, picture):
    """Yields the finished and the pruned trials at their scores."""
    for status in (FINISHED, PRUNED):
        chosen = np.flatnonzero((np.array(picture.status) == status) & np.isfinite(picture.score))
        if len(chosen):
            yield plotly().Scatter(
                x=[int(search.trials[n].trial) for n in chosen],
                y=rounded(picture.score[chosen]),
                mode="markers",
                marker={"color": COLOURS[status], "symbol": MARKERS[status], "size": 9},
                name=status,
                customdata=[search.trials[n].trial for n in chosen],
                hovertext=[
                    hover(search.trials[n], picture.score[n], picture.label) for n in chosen
                ],
                hoverinfo="text",
            )


def _failed(search):
    """Returns the failed trials, which have no score, along the lower edge."""
    numbers = [int(trial.trial) for trial in search.trials if trial.status == FAILED]
    if not numbers:
        return None
    return plotly().Scatter(
        x=numbers,
        y=[0.02] * len(numbers),
        yaxis="y2",
        mode="markers",
        marker={"color": COLOURS[FAILED], "symbol": MARKERS[FAILED], "size": 8},
        name=FAILED,
        hovertemplate="trial %{x} failed<extra></extra>",
    )


def _best(names, picture):
    return plotly().Scatter(
        x=[names[picture.best]],
        y=rounded(picture.score[picture.best]),
        mode="markers",
        marker={"color": "rgba(0,0,0,0)", "size": 17, "line": {"color": BEST, "width": 2.5}},
        name="best",
        hoverinfo="skip",
    )
