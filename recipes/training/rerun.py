"""A run once more: from the weights that it began with, on the same data (guide rows 2, 5)."""

import contextlib
import dataclasses

import keras
import numpy as np

from recipes.data.batches import as_batches
from recipes.errors import ArgumentError, describe
from recipes.training.recipe import Recipe
from recipes.training.records.record import environment, read_record
from recipes.training.records.run_folder import FINISHED, RunFolder
from recipes.training.records.state import write_state
from recipes.training.run import Run
from recipes.training.session.job import Job
from recipes.training.session.session import Session
from recipes.training.session.source import source_of


@dataclasses.dataclass(frozen=True)
class Rerun:
    """A run that was repeated.

    Attributes:
        run: The new `Run`.
        equal: Whether its weights are those of the first run, bit by bit.
        largest_difference: The largest difference between two weights; 0 where they are equal.
        changes: What has changed since: versions of libraries, as texts.
    """

    run: Run
    equal: bool
    largest_difference: float
    changes: tuple

    def __str__(self):
        if self.equal:
            return "The weights are equal to those of the first run, bit by bit."
        changes = f" Since then: {', '.join(self.changes)}." if self.changes else ""
        return f"The weights differ by up to {self.largest_difference:.3g}.{changes}"


def rerun(
    folder, train=None, *, validation=None, model=None, into=None, callbacks=(), verbose="auto"
):
    """Repeats a finished run, and compares the weights.

    With a budget the rates and the number of steps are those of the first run, not those that the
    time would allow now.

    Args:
        folder: Folder of a finished run.
        train: The training data of the run; None loads those that the record names.
        validation: The validation data of the run, if it had any.
        model: A model of the same network, for one that Keras cannot make from its config; None
            makes it anew. Its weights become those that the run began with.
        into: Folder of the new run, or None.
        callbacks: Those of the run.
        verbose: As in `fit`.

    Returns:
        A `Rerun`.

    Raises:
        ArgumentError: If the folder holds no finished run, or data or network are not those of it.

    Example:

        again = rerun("runs/first", (x, y), validation=(x_val, y_val))
        print(again)  # The weights are equal to those of the first run, bit by bit.
    """
    record = read_record(folder)
    if record is None or record.get("status") != FINISHED:
        rule = "`folder` must hold a finished run"
        raise ArgumentError(describe("rerun", rule, folder=str(folder)))
    if train is None:
        split = source_of(record).load()[1]
        train, validation = split.train, split.validation
    first = RunFolder(folder)
    model = _initial_model(first, model)
    job = _job(record, first.load_rates(), callbacks, verbose)
    train = as_batches("rerun", "train", train)
    validation = None if validation is None else as_batches("rerun", "validation", validation)
    _check_data(record, train=train, validation=validation)
    with RunFolder(into) if into is not None else contextlib.nullcontext() as kept:
        run = Session(job, train, validation, kept).run(model)
    difference = _difference(run.model, first)
    return Rerun(run, difference == 0, difference, tuple(_changes(record)))


def _initial_model(first, model):
    """Returns the model as it was before the first step."""
    stored = first.load_network()
    if model is None and stored is None:
        rule = "the network of the run could not be stored"
        raise ArgumentError(describe("rerun", rule, "Give model=…, one of the same network."))
    if model is None:
        model, compiled = stored
        if compiled is not None:
            model.compile_from_config(compiled)
    if write_state(model, first.load_initial(), optimizer=False):
        return model
    rule = "`model` must be of the network of the run"
    raise ArgumentError(describe("rerun", rule, model=model.name))


def _job(record, rates, callbacks, verbose):
    settings = record["settings"]
    return Job(
        recipe=Recipe.from_dict(record["recipe"]),
        rates=rates,
        preflight=False,
        verbose=verbose,
        callbacks=tuple(callbacks),
        source=record.get("source"),
        force=True,
        class_weight=_class_weight(settings["class_weight"]),
        **{name: settings[name] for name in ("initial_epoch", "seed", "deterministic")},
    )


def _class_weight(stored):
    if not isinstance(stored, dict):
        return stored
    return {int(name): weight for name, weight in stored.items()}


def _check_data(record, **views):
    """Refuses data that are not those of the run."""
    for name, view in views.items():
        if (view and view.fingerprint()) != record["settings"][name]:
            rule = f"`{name}` must be the data of the run"
            hint = "For other data, fit(recipe=record) takes the recipe of a run."
            raise ArgumentError(describe("rerun", rule, hint, run=record["settings"][name]))


def _difference(model, first):
    """Returns the largest difference between the weights of a model and those of the first run."""
    weights = model.get_weights()
    other = keras.models.clone_model(model)
    first.load_weights(other)
    pairs = zip(weights, other.get_weights(), strict=True)
    return max((float(np.max(np.abs(a - b), initial=0.0)) for a, b in pairs), default=0.0)


def _changes(record):
    """Yields what the result depends on and is another now."""
    now = environment()
    old = record.get("versions", {}) | {"python": record.get("python")}
    new = now["versions"] | {"python": now["python"]}
    yield from (
        f"{name} {old.get(name)} -> {new[name]}" for name in new if old.get(name) != new[name]
    )
