"""The curves of a run, read from a history of Keras, a dict, or a CSV file."""

import csv
import dataclasses
import itertools
import math
from pathlib import Path

from recipes.errors import ArgumentError, DataError, describe


@dataclasses.dataclass(frozen=True)
class Curves:
    """The curves that a verdict looks at, one value an epoch.

    Attributes:
        train: Losses on the training data, in the unit of the loss.
        validation: Losses on the validation data.
        accuracy: Accuracies on the validation data; empty where there are none.
        rate: The largest learning rate that was logged, or None.
    """

    train: tuple
    validation: tuple
    accuracy: tuple = ()
    rate: float | None = None


def curves_of(history, where="diagnose"):
    """Returns the curves of a history.

    Args:
        history: Keras' `History`, or a dict of lists, as in `diagnose`.
        where: Name of the function that asks, for the message.

    Raises:
        ArgumentError: If a curve is missing, or the two are empty, of different lengths, or below
            0.
    """
    history = getattr(history, "history", history)
    if not hasattr(history, "keys"):
        rule = "`history` must be Keras' History, or a dict of lists with one value an epoch"
        raise ArgumentError(describe(where, rule, history=type(history).__name__))
    train, validation = (_floats(history, name) for name in loss_names(history))
    if not train or len(train) != len(validation):
        rule = "`history` must hold one `loss` and one `val_loss` an epoch"
        received = {"loss": f"{len(train)} values", "val_loss": f"{len(validation)} values"}
        raise ArgumentError(describe(where, rule, "Train with validation data.", **received))
    negative = next((loss for loss in train + validation if loss < 0), None)
    if negative is not None:
        rule = "losses must be at least 0: their share of the loss of a guess is looked at"
        raise ArgumentError(describe(where, rule, loss=negative))
    rates = [rate for rate in _floats(history, "learning_rate") if math.isfinite(rate)]
    return Curves(train, validation, _accuracies(history), max(rates, default=None))


def loss_names(history):
    """Returns the names of the two losses to compare, on the training and the validation data.

    They are those that `fit` measures without smoothing, penalties and augmentation, if they are
    there; a metric `cross_entropy` alone, beside a smoothed `loss`, has no counterpart.

    Args:
        history: Dict by name.
    """
    if "train_loss" not in history:
        return "loss", "val_loss"
    return "train_loss", "val_cross_entropy" if "val_cross_entropy" in history else "val_loss"


def _floats(history, key):
    return tuple(map(float, history[key])) if key in history else ()


def _accuracies(history):
    """Returns the first accuracy on validation data, whatever its full name is."""
    names = [n for n in history if n.startswith("val_") and n.endswith(("accuracy", "_acc"))]
    return _floats(history, names[0]) if names else ()


def read_history(path):
    """Reads the history of a run from a CSV file.

    Args:
        path: A .csv file with a name above each column, as `fit` and Keras' `CSVLogger` write it,
            or a folder that holds `history.csv`. The column "epoch" is left out.

    Returns:
        Dict of lists, one value an epoch; a column that is empty at first has a shorter list.

    Raises:
        ArgumentError: If there is no such file.
        DataError: If it holds anything but numbers, or rows of different lengths.
    """
    path = Path(path)
    file = path / "history.csv" if path.is_dir() else path
    try:
        with open(file, encoding="utf-8", newline="") as lines:
            names, *rows = [row for row in csv.reader(lines) if row] or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        rule = "the history must be a .csv file that can be read, or the folder of a run"
        why = getattr(error, "strerror", None) or str(error)
        raise ArgumentError(describe("read_history", rule, f"({why})", path=str(path))) from error
    columns = [_column(file, rows, place) for place in range(len(names))]
    return {name: column for name, column in zip(names, columns, strict=True) if name != "epoch"}


def _column(file, rows, place):
    """Returns the numbers of a column, which may have begun after the first epoch."""
    begun = itertools.dropwhile(lambda row: row[place : place + 1] == [""], rows)
    return [_number(file, row, place) for row in begun]


def _number(file, row, place):
    """Returns a cell as a number; NaN and infinity are numbers too."""
    try:
        return float(row[place])
    except (ValueError, IndexError) as error:
        rule = "each row of the history must hold a number for each column"
        raise DataError(
            describe("read_history", rule, file=str(file), row=",".join(row))
        ) from error
