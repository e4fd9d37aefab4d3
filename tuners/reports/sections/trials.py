"""All trials, the best first."""

from tuners.reports.markup import Section, duration, element, note, number
from tuners.reports.markup import table as as_table

_TITLE = "All trials"


def section(search):
    """Returns the `Section` of a `Search`."""
    if not search.trials:
        return Section(_TITLE, (note("No trial has begun."),))
    names = list(dict.fromkeys(name for trial in search.trials for name in trial.values))
    titles = ("trial", search.objective, "state", "epochs", "time", *names)
    rows = [_row(trial, names) for trial in sorted(search.trials, key=lambda t: _rank(search, t))]
    return Section(_TITLE, (note("A click on a heading sorts by it."), as_table(titles, rows)))


def _rank(search, trial):
    """Returns what the better of two trials has less of; trials without a score come last."""
    return (trial.score is None, search.sign * (trial.score or 0.0))


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
    return element("span", trial.status, class_=f"state {trial.status}", title=trial.reason)


def _time(trial):
    return "–" if trial.seconds is None else duration(trial.seconds)
