"""`recipes check`: the graph check from the shell."""

import json

import typer

from recipes.cli.arguments import ARGUMENTS
from recipes.cli.batch import ROWS, load_batch
from recipes.cli.models import MODEL, TRUST, build, load, running_code_of
from recipes.console import NOT_CHECKED, OK, PROBLEM, load_tensorflow
from recipes.errors import ArgumentError, FolderError
from recipes.files import writable_folder
from recipes.graph.findings import UNCHECKED


def check(
    builder: str = MODEL,
    arg: list[str] = ARGUMENTS,
    data: str = typer.Option(
        None,
        metavar="FILE",
        help=f"An .npz file whose first {ROWS} rows are tried: the array x, or one for each input "
        "by its name; and y, the targets.",
    ),
    level: str = typer.Option(
        "full", metavar="LEVEL", help="How deep: static, trace or full; each has what is before it."
    ),
    allow: list[str] = typer.Option(
        None,
        metavar="CODE[:LAYER]",
        help="A finding that is meant, such as FROZEN; may be given again.",
    ),
    logdir: str = typer.Option(
        None, metavar="FOLDER", help="Write the graph for TensorBoard here."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
    strict: bool = typer.Option(False, "--strict", help="Count warnings as errors."),
    trust: bool = TRUST,
):
    """Name the layers of a model that cannot learn.

    Exit codes: 0 all can learn, 1 an error was found, 2 wrong use, 3 not all could be checked.

    Example:

        recipes check my_models:build
        recipes check my_models:build --arg depth=20 --data batch.npz
        recipes check model.keras --level trace --logdir logs
    """
    _check_folder(logdir)
    load_tensorflow()
    from recipes.graph.check import check_graph

    model = load("check", builder, arg, trust=trust, compile=True)
    batch = data and load_batch("check", data, lambda: build("check", builder, model))
    with running_code_of(builder):
        report = check_graph(model, data=batch, level=level, allow=allow or (), logdir=logdir)
    print(json.dumps(report.to_dict(), indent=2) if as_json else report)
    if logdir and not as_json:
        print(f"Look at it: tensorboard --logdir {logdir}")
    raise typer.Exit(_exit_code(report, strict))


def _check_folder(logdir):
    """Refuses a folder that cannot be written to before anything is checked."""
    try:
        if logdir is not None:
            writable_folder("check", logdir)
    except FolderError as error:
        raise ArgumentError(str(error)) from error


def _exit_code(report, strict):
    """Returns 1 for what counts as an error, 3 if not all could be checked, or else 0."""
    counted = ("error", "warning") if strict else ("error",)
    if any(f.severity in counted and f.code not in UNCHECKED for f in report.findings):
        return PROBLEM
    return OK if report.complete else NOT_CHECKED
