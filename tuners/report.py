"""The results of a search as a table: gathered first, drawn then."""

from rich import box
from rich.table import Table

from tuners.oracles.base import last_line


def trial_rows(trials, objective):
    """Gathers the results of trials.

    Args:
        trials: `keras_tuner` trials.
        objective: Name of the metric that they are judged by.

    Returns:
        List of dicts: `trial`, each hyperparameter by name, the objective, `val_accuracy` where it
        was measured, and `state`: "finished", "running" or the reason of the failure.
    """
    return [_row(trial, objective) for trial in trials]


def _row(trial, objective):
    row = {"trial": trial.trial_id, **trial.hyperparameters.values, objective: trial.score}
    if trial.metrics.exists("val_accuracy"):
        row["val_accuracy"] = trial.metrics.get_best_value("val_accuracy")
    known = {"COMPLETED": "finished", "RUNNING": "interrupted"}
    row["state"] = known.get(trial.status) or f"failed: {last_line(trial.message)}"
    return row


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


def _cell(value):
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
