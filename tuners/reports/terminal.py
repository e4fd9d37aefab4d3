"""The results of a search for a terminal."""

from rich import box
from rich.table import Table

from recipes.words import plural
from tuners.gp.regression import ON_NOISE
from tuners.reports.gathered import constraints_note
from tuners.reports.markup import number
from tuners.trial_result import FAILED, FINISHED, PRUNED, UNFINISHED, TrialResult, trial_of

_BAR = 24  # characters of the longest bar


def trial_rows(trials, objective):
    """Gathers the results of trials as rows of a table.

    Args:
        trials: `TrialResult`s, or trials of `keras_tuner`.
        objective: Name of the metric that they are judged by.

    Returns:
        List of dicts: `trial`, each hyperparameter by name, the objective, `val_accuracy` where it
        was measured, and `state`: "finished", "interrupted", or the reason of its end, with the
        constraints that it breaks.
    """
    return [_row(_result(trial), objective) for trial in trials]


def _result(trial):
    return trial if isinstance(trial, TrialResult) else trial_of(trial.get_state())


def _row(trial, objective):
    row = {"trial": trial.trial, **trial.values, objective: trial.score}
    if "val_accuracy" in trial.metrics:
        row["val_accuracy"] = trial.metrics["val_accuracy"]
    return row | {"state": _state(trial)}


def _state(trial):
    if trial.status == UNFINISHED:
        return "interrupted"
    return trial.state if trial.status == FINISHED else f"{trial.state}: {trial.reason}"


def trial_table(rows, best=None):
    """Draws rows as a rich table.

    Args:
        rows: List of dicts with the same keys.
        best: Name of the trial that is marked, or None.

    Returns:
        A `rich.table.Table`.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    if all(row["state"] == "finished" for row in rows):
        columns.remove("state")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        justify = "left" if column == "state" else "right"
        table.add_column(column, justify=justify, overflow="fold")
    for row in rows:
        style = "bold green" if row["trial"] == best else None
        table.add_row(*(_cell(row.get(column)) for column in columns), style=style)
    return table


def draw(search, gathered):
    """Yields what a terminal shows of a search: texts and rich tables.

    Args:
        search: The `Search`.
        gathered: What `gather` returned of it.
    """
    better = "small" if search.direction == "min" else "large"
    yield (
        f"{search.oracle} in {search.folder}, seed {search.seed}: "
        f"{plural(len(search.trials), 'trial')}, judged by {search.objective} ({better} is good)."
    )
    yield _counts(search)
    yield trial_table(trial_rows(search.trials, search.objective), gathered["best"])
    yield from _best_lines(search)
    if gathered["best_note"]:
        yield gathered["best_note"]
    yield from _importance_lines(gathered)
    yield from _failure_lines(search)


def surrogate_line(error):
    """Returns the sentence on how far the surrogate can be relied on (guide row 91).

    Args:
        error: As `BayesianOptimizationOracle.surrogate_error` returns it.
    """
    if error is None:
        return "Surrogate: it has not been asked yet; the first trials fill the space."
    share = f"its error at trials left out is {error:.2f} of that of the mean of the others"
    if error < ON_NOISE:
        return f"Surrogate: {share}, so it knows something."
    return (
        f"Warning: the surrogate knows no more than the mean: {share}. Do not rely on it. From 10 "
        f"trials on, some fill the space while it is {ON_NOISE:g} or more."
    )


# --- steps ----------------------------------------------------------------------------------------


def _counts(search):
    statuses = [trial.status for trial in search.trials]
    counts = [(statuses.count(kind), kind) for kind in (FINISHED, PRUNED, FAILED, UNFINISHED)]
    told = plural(sum(trial.epochs for trial in search.trials), "epoch")
    return f"{', '.join(f'{count} {kind}' for count, kind in counts if count)}; {told}."


def _best_lines(search):
    best = search.best
    if best is None:
        yield "No trial has a score."
        return
    at = f"at epoch {best.best_epoch} of {best.epochs}" if best.epochs > 1 else ""
    yield f"Best: trial {best.trial}, {search.objective} {best.score:.5g} {at}".rstrip()
    yield from _aligned((name, _cell(value)) for name, value in best.values.items())
    if search.constraints:
        yield constraints_note(search)


def _importance_lines(gathered):
    measured, note = gathered["importance"], gathered["importance_note"]
    if measured is None:
        yield f"\nWhat mattered cannot be told: {note}"
        return
    known = max(measured["explained"], 0.0)
    yield (
        f"\nWhat mattered among {measured['trials']} trials, by a random forest that explains "
        f"{known:.0%} of the differences between trials it has not seen:"
    )
    most = max(measured["shares"].values())
    shares = measured["shares"].items()
    yield from _aligned((name, f"{share:>4.0%} {_bar(share, most)}") for name, share in shares)
    if note:
        yield note


def _failure_lines(search):
    """Yields the reasons of the trials that have no score, each reason once."""
    reasons = {}
    for trial in search.trials:
        if trial.status == FAILED:
            reasons.setdefault(trial.reason or "no reason was given", []).append(trial.trial)
    if reasons:
        yield "\nFailed:"
    for reason, names in reasons.items():
        yield f"  trial{'s' * (len(names) > 1)} {', '.join(names)}: {reason}"


def _aligned(pairs):
    pairs = list(pairs)
    width = max((len(name) for name, _ in pairs), default=0)
    return (f"  {name:<{width}}  {text}".rstrip() for name, text in pairs)


def _bar(share, most):
    return "█" * round(_BAR * share / (most or 1.0))


def _cell(value):
    return "-" if value is None else number(value)
