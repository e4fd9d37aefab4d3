"""Several objectives: the trials that no other one dominates (the Pareto front).

A trial that breaks a constraint has no place in it.
"""

import itertools

import numpy as np

from recipes.words import plural
from tuners.objectives import non_dominated_ranks
from tuners.reports.charts import BEST, COLOURS, chart, hover, plotly, rounded
from tuners.reports.markup import Section, note, number, table
from tuners.trial_result import FINISHED

_TITLE = "Pareto front"


def section(search):
    """Returns the `Section` of a `Search`, or None where it has one objective."""
    names = list(search.directions)
    if len(names) < 2:
        return None
    feasible = [trial for trial in search.scored if not trial.broken]
    measured = [(trial, values_of(trial, names)) for trial in feasible]
    measured = [(trial, values) for trial, values in measured if np.isfinite(values).all()]
    if not measured:
        lack = "No trial has all objectives"
        lack += " and meets the constraints" if search.constraints else ""
        return Section(_TITLE, (note(f"{lack} yet."),))
    trials, points = [trial for trial, _ in measured], np.array([v for _, v in measured])
    on_front = front_of(points, search.directions)
    pairs = list(itertools.combinations(range(len(names)), 2))
    drawn = tuple(_pair(trials, points, on_front, names, pair) for pair in pairs)
    told = "No other trial is better in one objective and as good in the others than these: "
    told += f"{plural(int(on_front.sum()), 'trial')} of {len(trials)}."
    told += " Trials that break a constraint are left out." if search.constraints else ""
    rows = (
        [t.trial, *map(number, values)]
        for t, values in zip(trials, points.tolist(), strict=True)
        if on_front[trials.index(t)]
    )
    return Section(
        _TITLE, (note(told), drawn if len(drawn) > 1 else drawn[0], table(("trial", *names), rows))
    )


def values_of(trial, names):
    """Returns the objectives of a trial at its best epoch, of shape (m,); NaN if not measured."""
    return np.array([trial.metrics.get(name, np.nan) for name in names], dtype=float)


def front_of(points, directions):
    """Returns which points are on the Pareto front, as an array of bool of shape (n,).

    Args:
        points: Array of shape (n, m).
        directions: Dict of the directions of the m objectives, "min" or "max".
    """
    signs = np.array([-1.0 if way == "max" else 1.0 for way in directions.values()])
    return non_dominated_ranks(points * signs) == 0


def _pair(trials, points, on_front, names, pair):
    x, y = points[:, pair[0]], points[:, pair[1]]
    kinds = (("dominated", ~on_front, COLOURS[FINISHED], 0.5), ("front", on_front, BEST, 1.0))
    traces = []
    for name, chosen, colour, opacity in kinds:
        numbers = np.flatnonzero(chosen)
        traces.append(
            plotly().Scatter(
                x=rounded(x[numbers]),
                y=rounded(y[numbers]),
                mode="markers",
                marker={"color": colour, "size": 9, "opacity": opacity},
                name=name,
                customdata=[trials[n].trial for n in numbers],
                hovertext=[hover(trials[n], y[n], names[pair[1]]) for n in numbers],
                hoverinfo="text",
            )
        )
    label = f"Trials by {names[pair[0]]} and {names[pair[1]]}"
    return chart(traces, label, x=names[pair[0]], y=names[pair[1]])
