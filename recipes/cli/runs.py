"""`recipes runs` and `recipes rerun`: what was trained, and the same once more."""

import json

import typer
from rich.console import Console
from rich.table import Table

from recipes.console import OK, PROBLEM, load_tensorflow


def runs(
    folders: list[str] = typer.Argument(
        metavar="FOLDER...", help="Folders of runs, or folders that they are in."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the runs as JSON."),
):
    """List and compare runs, the best first.

    Runs on the same data stand together; a line is free where other data begin. The last column
    has the settings that differ.

    Exit codes: 0 there are runs, 1 there is none, or a record cannot be read, 2 wrong use.

    Example:

        recipes runs runs
        recipes runs runs/first runs/second --json
    """
    load_tensorflow()
    from recipes.training.records.runs import differences, list_runs

    found = list_runs(*folders)
    if as_json:
        print(json.dumps([run.to_dict() for run in found], indent=2))
    elif found:
        Console(width=None).print(_table(found, differences(found)))
    else:
        print("There is no run.")
    raise typer.Exit(OK if found else PROBLEM)


def rerun(
    folder: str = typer.Argument(
        metavar="FOLDER", help="Folder of a finished run of `recipes fit`."
    ),
    into: str = typer.Option(
        None, metavar="FOLDER", help="Folder of the new run.  [default: none is kept]"
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the comparison as JSON."),
):
    """Train a run once more from its record, and compare the weights.

    Exit codes: 0 they are equal bit by bit, 1 they differ, 2 wrong use.

    Example:

        recipes rerun runs/first
        recipes rerun runs/first --into runs/again
    """
    load_tensorflow()
    from recipes.training.rerun import rerun as repeat

    result = repeat(folder, into=into, verbose=0 if as_json else "auto")
    if as_json:
        comparison = {
            "equal": result.equal,
            "largest_difference": result.largest_difference,
            "changes": result.changes,
        }
        print(json.dumps(comparison, indent=2))
    else:
        print(result)
    raise typer.Exit(OK if result.equal else PROBLEM)


def _table(found, names):
    """Returns the runs as a table, with a free line where other data begin."""
    names = [name for name in names if name != "epochs"]  # those that were trained are there
    table = Table(box=None)
    table.add_column("run", overflow="fold")
    for title in ("accuracy", "loss", "verdict", "epochs", "time", "weights"):
        table.add_column(title, no_wrap=title != "verdict")
    table.add_column("settings that differ" if names else "", overflow="fold")
    for before, run in zip([found[0], *found], found, strict=False):
        if run.data != before.data:
            table.add_row()
        verdict = run.verdict or "" if run.status == "finished" else "not finished"
        figures = [_figure(run.score), _figure(run.loss), verdict, str(run.epochs)]
        costs = [f"{run.seconds:.0f} s" if run.seconds else "", f"{run.parameters or 0:,}"]
        settings = ", ".join(f"{name} {run.settings.get(name, '')}" for name in names)
        table.add_row(run.folder, *figures, *costs, settings)
    return table


def _figure(value):
    return "" if value is None else f"{value:.4f}"
