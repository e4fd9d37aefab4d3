"""`recipes diagnose`: what the curves of a run say, from the shell."""

import dataclasses
import json
import math

import typer

from recipes.console import OK, PROBLEM
from recipes.diagnosis.curves import diagnose as judge
from recipes.diagnosis.history import read_history
from recipes.diagnosis.verdict import Diagnosis
from recipes.training.records.record import read_record


def diagnose(
    history: str = typer.Argument(
        metavar="CURVES",
        help="A .csv file with the columns loss and val_loss, or the folder of a run.",
    ),
    classes: int = typer.Option(
        None, help="Number of classes of a cross-entropy; leave out for a regression."
    ),
    target: float = typer.Option(None, help="Validation accuracy that is wanted, such as 0.95."),
    goal: float = typer.Option(
        None, help="Loss that counts as learned.  [default: 0.13 of --reference]"
    ),
    absolute: bool = typer.Option(
        False, "--absolute", help="Take the guide's own figures: 0.3 is large, 0.01 very small."
    ),
    reference: float = typer.Option(None, help="Loss of a guess.  [default: ln(classes)]"),
    rate: float = typer.Option(None, help="Learning rate of the run, to name the next one."),
    epochs: int = typer.Option(None, help="Epochs that the run was to have."),
    plot: str = typer.Option(
        None, metavar="FILE", help="Draw the curves into this .png, .svg or .pdf file."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print the verdict as JSON."),
):
    """Say what the curves of a run mean, since when, and what to try.

    Of the folder of a finished run it is the verdict that `recipes fit` gave, unless an option asks
    for another one.

    Exit codes: 0 done or on its way, 1 a problem was found, 2 wrong use.

    Example:

        recipes diagnose runs/first
        recipes diagnose history.csv --classes 10 --rate 0.1 --plot curves.png
    """
    curves = read_history(history)
    options = {
        "num_classes": classes,
        "target": target,
        "goal": goal,
        "reference": reference,
        "learning_rate": rate,
        "epochs": epochs,
    }
    options = {name: value for name, value in options.items() if value is not None}
    record = read_record(history) or {}
    given = None if options or absolute else _given(record)
    known = {} if classes else _known(record)
    found = given or judge(curves, absolute=absolute, **known | options)
    if plot is not None:
        from recipes.diagnosis.plot import plot_history

        plot_history(curves, diagnosis=found, output=plot)
    print(json.dumps(_plain(found), indent=2) if as_json else found)
    raise typer.Exit(PROBLEM if found.is_problem else OK)


def _given(record):
    """Returns the `Diagnosis` in the record of a finished run; None where there is none."""
    stored = record.get("diagnosis")  # it is written at the end
    if not stored:
        return None
    names = {field.name for field in dataclasses.fields(Diagnosis)}
    values = {name: value for name, value in stored.items() if name in names}
    return Diagnosis(**values | {"remedies": tuple(values["remedies"])})


def _known(record):
    """Returns what the record of a run says of its curves, as options of `diagnose`."""
    known = {
        "reference": record.get("guess_loss"),
        "learning_rate": record.get("recipe", {}).get("learning_rate"),
    }
    return {name: value for name, value in known.items() if value is not None}


def _plain(found):
    """Returns a diagnosis as JSON can hold it: what is not finite is null."""
    values = dataclasses.asdict(found)
    losses = ("train_loss", "validation_loss")
    return values | {name: values[name] if math.isfinite(values[name]) else None for name in losses}
