"""Runs beside each other, the best first (guide row 5)."""

import dataclasses
from pathlib import Path

from recipes.errors import ArgumentError, describe
from recipes.training.records.record import RECORD, read_record
from recipes.training.records.run_folder import RUNNING

_NOT_COMPARED = ("train", "validation", "model", "recipe", "reasons")  # fingerprints and sentences


@dataclasses.dataclass(frozen=True)
class RunSummary:
    """What is known of a run without its model.

    Args:
        folder: Its folder.
        status: "finished" or "running": running, or broken off.
        data: Fingerprint of its training and validation data.
        epochs: How many epochs it had.
        score: `val_accuracy` at the end, or None.
        loss: `val_loss` at the end (`val_cross_entropy` where there is one), or None.
        verdict: The verdict on its curves, or None.
        seconds: Time of the training, in seconds, or None.
        parameters: Number of weights.
        settings: Recipe and other settings by name.
    """

    folder: str
    status: str
    data: str
    epochs: int
    score: float | None
    loss: float | None
    verdict: str | None
    seconds: float | None
    parameters: int | None
    settings: dict

    def to_dict(self):
        """Returns the values by name, as JSON can hold them."""
        return dataclasses.asdict(self)


def list_runs(*folders):
    """Returns the runs in some folders, those on the same data together and the best first.

    The best has the highest validation accuracy at its end, or where there is none the lowest
    validation loss; unfinished runs stand behind.

    Args:
        *folders: Folders of runs, or folders that they are in, at any depth.

    Returns:
        List of `RunSummary`s.

    Raises:
        ArgumentError: If there is no such folder.
        FolderError: If a record cannot be read.

    Example:

        best = list_runs("runs")[0]
        print(best.folder, best.score, best.verdict)
    """
    found = {}
    for folder in map(Path, folders):
        if not folder.is_dir():
            rule = "`folders` must be folders that are there"
            raise ArgumentError(describe("list_runs", rule, folder=str(folder)))
        found |= {path.parent: None for path in sorted(folder.rglob(RECORD))}
    summaries = [summarise(folder, read_record(folder)) for folder in found]
    return sorted(summaries, key=_rank)


def differences(runs):
    """Returns the names of the settings that differ between some runs."""
    names = dict.fromkeys(name for run in runs for name in run.settings)
    return [name for name in names if len({str(run.settings.get(name)) for run in runs}) > 1]


def summarise(folder, record):
    """Returns the `RunSummary` of a record."""
    history = record.get("history", {})
    prints = record.get("settings", {})
    settings = {
        name: value
        for name, value in (record.get("recipe", {}) | prints).items()
        if name not in _NOT_COMPARED
    }
    return RunSummary(
        folder=str(folder),
        status=record.get("status", "finished"),
        data="/".join(str(prints.get(name)) for name in ("train", "validation")),
        epochs=max(map(len, history.values()), default=0),
        score=_last(history, "val_accuracy"),
        loss=_last(history, "val_cross_entropy", "val_loss"),
        verdict=(record.get("diagnosis") or {}).get("verdict"),
        seconds=record.get("seconds"),
        parameters=record.get("parameters"),
        settings=settings | {k: v for k, v in record.get("size", {}).items() if v is not None},
    )


def _last(history, *names):
    found = next((history[name] for name in names if history.get(name)), None)
    return found[-1] if found else None


def _rank(run):
    finished = run.status != RUNNING
    score = -run.score if run.score is not None else 1.0
    loss = run.loss if run.loss is not None and run.loss == run.loss else float("inf")
    return (run.data, not finished, score, loss, run.folder)
