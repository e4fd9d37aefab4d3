"""All trials, the best first; those that break a constraint come after all that break none."""

from tuners.reports.markup import Section, duration, element, note, number
from tuners.reports.markup import table as as_table

_TITLE = "All trials"


def section(search):
    """Returns the `Section` of a `Search`."""
    if not search.trials:
        return Section(_TITLE, (note("No trial has begun."),))
    names = list(dict.fromkeys(name for trial in search.trials for name in trial.values))
    titles = ("trial", search.objective, "state", "epochs", "time", *names)
    rows = [_row(trial, names) for trial in sorted(search.trials, key=search.rank)]
    return Section(_TITLE, (note("A click on a heading sorts by it."), as_table(titles, rows)))


def _row(trial, names):
    cells = [trial.trial, number(trial.score), _state(trial), str(trial.epochs), _time(trial)]
    cells += [number(trial.values.get(name)) for name in names]
    keys = [None, trial.score, None, trial.epochs, trial.seconds]
    keys += [trial.values.get(name) for name in names]
    return element("tr", *map(_cell, cells, keys), id=f"trial-{trial.trial}")


def _cell(content, key):
    """Returns a cell with the number that it is sorted by, if it is one."""
    is_number = isinstance(key, (int, float)) and not isinstance(key, bool)
    return element("td", content, **({"data_key": key, "class_": "number"} if is_number else {}))


def _state(trial):
    kind = "infeasible" if trial.broken else trial.status
    return element("span", trial.state, class_=f"state {kind}", title=trial.reason)


def _time(trial):
    return "–" if trial.seconds is None else duration(trial.seconds)
