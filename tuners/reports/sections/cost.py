"""Time and cost: how long each trial took, and how large its model was."""

import numpy as np

from recipes.words import plural
from tuners.plots.axes import is_wide, shown_score
from tuners.reports.charts import COLOURS, chart, counted, hover, plotly, rounded
from tuners.reports.markup import Section, duration, note
from tuners.state.clock import SearchClock
from tuners.trial_result import FAILED, FINISHED, PRUNED, UNFINISHED

_TITLE = "Time and cost"
_PARAMETERS = "parameters"  # the metric with the number of weights


def section(search):
    """Returns the `Section` of a `Search`."""
    timed = [trial for trial in search.trials if trial.seconds is not None]
    parts = [note(sentence) for sentence in sentences(search, timed)]
    parts += [_bars(timed)] if timed else []
    sized = [(trial, weights_of(trial)) for trial in search.scored if weights_of(trial)]
    parts += [_sizes(search, sized)] if len({size for _, size in sized}) > 1 else []
    return Section(_TITLE, tuple(parts))


def sentences(search, timed):
    """Yields what is said of the time.

    Args:
        search: A `Search`.
        timed: Those of its trials whose time is known.
    """
    if not timed:
        yield "The folder does not tell how long the trials took."
        return
    total = sum(trial.seconds for trial in timed)
    spent = SearchClock(search.folder / "clock.json").spent()
    ran = f"The search has run for {duration(spent)}; " if spent else ""
    yield f"{ran}its trials took {duration(total)}, {duration(total / len(timed))} each."
    lost = sum(trial.seconds for trial in timed if trial.status == FAILED)
    if lost:
        yield f"{lost / total:.0%} of it went to trials that failed."
    saved = saved_epochs(search.trials)
    if saved:
        yield f"Pruning saved up to {plural(saved, 'epoch')}, against the longest trial."


def saved_epochs(trials):
    """Returns how many epochs pruned trials were short of the longest finished one, in all."""
    longest = max((trial.epochs for trial in trials if trial.status == FINISHED), default=0)
    pruned = [trial.epochs for trial in trials if trial.status == PRUNED]
    return sum(max(longest - epochs, 0) for epochs in pruned)


def weights_of(trial):
    """Returns the number of weights of the model of a trial, or None where it is not known."""
    first = next(iter(trial.curves.get(_PARAMETERS, {}).values()), None)
    return first[0] if first else None


def _bars(timed):
    """Returns the seconds of each trial, by its status."""
    traces = []
    for status in (FINISHED, PRUNED, FAILED, UNFINISHED):
        chosen = [trial for trial in timed if trial.status == status]
        if chosen:
            traces.append(
                plotly().Bar(
                    x=[int(trial.trial) for trial in chosen],
                    y=rounded([trial.seconds for trial in chosen]),
                    marker={"color": COLOURS[status]},
                    name=status,
                    customdata=[trial.trial for trial in chosen],
                    hovertext=[hover(trial, trial.seconds, "seconds") for trial in chosen],
                    hoverinfo="text",
                )
            )
    return chart(
        traces,
        "Seconds of each trial",
        x="trial",
        y="seconds",
        height=280,
        barmode="stack",
        showlegend=True,
        xaxis=counted([int(trial.trial) for trial in timed]),
    )


def _sizes(search, sized):
    """Returns the scores over the numbers of weights."""
    show, label = shown_score(search)
    shown = show(np.array([trial.score for trial, _ in sized]))
    points = plotly().Scatter(
        x=rounded([size for _, size in sized]),
        y=rounded(shown),
        mode="markers",
        marker={"color": [COLOURS[trial.status] for trial, _ in sized], "size": 9},
        customdata=[trial.trial for trial, _ in sized],
        hovertext=[
            hover(trial, each, label) for (trial, _), each in zip(sized, shown, strict=True)
        ],
        hoverinfo="text",
    )
    scale = {"type": "log" if is_wide(search, shown) else "linear"}
    return chart(
        [points],
        "Scores over the number of weights",
        x="weights of the model",
        y=label,
        height=280,
        xaxis={"type": "log", "dtick": "D2"},
        yaxis=scale,
    )
