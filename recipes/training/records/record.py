"""The record of a run: what is needed to know it again, and to run it again (guide row 5)."""

import csv
import io
import json
import math
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from recipes.errors import FolderError, describe
from recipes.files import write_text

RECORD = "run.json"
_PACKAGES = ("keras-recipes", "tensorflow", "keras", "keras-tuner", "numpy")


def write_record(folder, record):
    """Writes `run.json` into a folder: the old record or the new one, whenever the machine stops.

    Args:
        folder: A `Path` that exists.
        record: A dict that JSON can hold.
    """
    write_text(folder / RECORD, json.dumps(record, indent=2) + "\n")


def read_record(folder):
    """Returns the record of a run.

    Args:
        folder: Folder of a run.

    Returns:
        A dict; `fit(recipe=record)` trains on other data with its recipe. None if there is none.

    Raises:
        FolderError: If it cannot be read.

    Example:

        record = read_record("runs/first")
        run = fit(model, (x, y), recipe=record)
    """
    path = Path(folder) / RECORD
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        rule = f"the record of a run must be readable JSON ({error})"
        raise FolderError(describe("read_record", rule, file=str(path))) from error


def write_curves(folder, history):
    """Writes `history.csv`: a line for each epoch, counted from 1.

    Args:
        folder: A `Path` that exists.
        history: Dict of lists, one value an epoch; a list that began later stands at the end.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["epoch", *history])
    epochs = max(map(len, history.values()), default=0)
    columns = [[""] * (epochs - len(values)) + values for values in history.values()]
    for epoch, row in enumerate(zip(*columns, strict=True), 1):
        writer.writerow([epoch, *row])
    write_text(folder / "history.csv", table.getvalue())


def environment():
    """Returns the versions of what a result depends on."""
    return {
        "versions": {package: _version(package) for package in _PACKAGES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def as_numbers(history):
    """Returns curves of plain floats; JSON writes NaN as Python reads it."""
    return {
        name: [float(v) if v is not None else math.nan for v in values]
        for name, values in history.items()
    }


def _version(package):
    try:
        return version(package)
    except PackageNotFoundError:  # the folder is used without an installation
        return None
