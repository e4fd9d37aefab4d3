"""The learning curves of all trials, and where pruners cut them."""

from recipes.words import plural
from tuners.plots.curves import curves_picture
from tuners.reports.charts import BEST, COLOURS, MARKERS, chart, counted, plotly, rounded, text
from tuners.reports.markup import Section, note
from tuners.trial_result import PRUNED

_TITLE = "Learning curves"


def section(search):
    """Returns the `Section` of a `Search`."""
    if not any(trial.curves.get(search.objective) for trial in search.trials):
        return Section(_TITLE, (note(f"No trial has reported {search.objective} yet."),))
    picture = curves_picture(search)
    order = sorted(range(len(picture.trials)), key=lambda index: index == picture.best)
    drawn = chart(
        [_curve(picture, index, _named(picture, order, index)) for index in order],
        "Learning curves of the trials",
        x="epoch",
        y=picture.label,
        height=380,
        xaxis=counted([epoch for epochs in picture.epochs for epoch in epochs]),
        yaxis={"type": "log" if picture.is_log else "linear"},
    )
    return Section(_TITLE, (_sentence(picture), drawn))


def _sentence(picture):
    pruned = picture.status.count(PRUNED)
    cut = f" {plural(pruned, 'curve')} end where a pruner stopped the trial." if pruned else ""
    return note(f"{plural(len(picture.trials), 'trial')}, the best one on top.{cut}")


def _named(picture, order, index):
    """Whether a curve stands for its status in the legend: the first of each does."""
    same = [i for i in order if picture.status[i] == picture.status[index] and i != picture.best]
    return index == picture.best or index == same[0]


def _curve(picture, index, named):
    status, is_best = picture.status[index], index == picture.best
    colour = BEST if is_best else COLOURS[status]
    last = len(picture.epochs[index]) - 1
    sizes = [7 if n == last and (status == PRUNED or not last) else 0 for n in range(last + 1)]
    return plotly().Scatter(
        x=picture.epochs[index].tolist(),
        y=rounded(picture.scores[index]),
        mode="lines+markers",
        line={"color": colour, "width": 3 if is_best else 1.3},
        marker={"color": colour, "symbol": MARKERS[status], "size": sizes, "opacity": 1},
        opacity=1 if is_best else 0.75,
        name=f"best: trial {text(picture.trials[index])}" if is_best else status,
        legendgroup="best" if is_best else status,
        showlegend=named,
        customdata=[picture.trials[index]] * (last + 1),
        hovertemplate=f"trial {text(picture.trials[index])}<br>epoch %{{x}}: %{{y:.4g}}"
        "<extra></extra>",
    )
