"""The record of a run: what is needed to know it again (guide row 5)."""

import csv
import dataclasses
import io
import json
import platform
from importlib.metadata import version

from recipes.files import write_text

_PACKAGES = ("keras-recipes", "tensorflow", "keras", "keras-tuner", "numpy")


def write_record(folder, *, recipe, seed, history, diagnosis, seconds, parameters):
    """Writes `run.json` and `history.csv` into a folder.

    Args:
        folder: A `Path` that exists.
        recipe: The `Recipe`.
        seed: The seed of the run.
        history: Dict of lists, one value an epoch.
        diagnosis: The `Diagnosis`, or None.
        seconds: Time of the training, in seconds.
        parameters: Number of weights of the model.
    """
    record = {
        "recipe": recipe.to_dict(),
        "seed": seed,
        "history": history,
        "diagnosis": dataclasses.asdict(diagnosis) if diagnosis else None,
        "seconds": round(seconds, 1),
        "parameters": parameters,
        "versions": {package: version(package) for package in _PACKAGES},
        "python": platform.python_version(),
    }
    write_text(folder / "history.csv", _as_csv(history))
    write_text(folder / "run.json", json.dumps(record, indent=2) + "\n")


def read_record(folder):
    """Returns the record in a folder as a dict, or None if there is none."""
    path = folder / "run.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _as_csv(history):
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["epoch", *history])
    for epoch, row in enumerate(zip(*history.values(), strict=True), 1):
        writer.writerow([epoch, *row])
    return table.getvalue()
