"""The folder of a run: what is needed to go on with it, to know it again, to run it again.

    run.json        the record: settings, recipe, versions, data, curves, verdict, timings
    history.csv     the curves, a line for each epoch
    model.json      the network and how it was compiled; initial.npz: the weights that it began with
    state.npz       all from which an unfinished training goes on: the end of its last epoch
    rates.npy       with a budget: the rate of each step
    model.keras     the trained model
    logs/           for TensorBoard

A file is whole or not there, whenever the machine stops.
"""

import contextlib
import json
import os

import filelock
import keras
import numpy as np

from recipes import keras_compat
from recipes.errors import FolderError, describe
from recipes.files import clear_unfinished, replacing, writable_folder, write_text
from recipes.training.records.record import RECORD, read_record, write_curves, write_record

RUNNING, FINISHED = "running", "finished"
_STATE, _INITIAL, _MODEL, _NETWORK, _RATES = (
    "state.npz",
    "initial.npz",
    "model.keras",
    "model.json",
    "rates.npy",
)


class RunFolder:
    """The folder of one run, locked in a `with` block.

    Args:
        path: The folder; it is made if need be.

    Attributes:
        path: Its `Path`.

    Raises:
        FolderError: If it cannot be written to, or another process trains in it.
    """

    def __init__(self, path):
        self.path = writable_folder("fit", path)
        self._lock = filelock.FileLock(self.path / "run.lock", blocking=False)

    def __enter__(self):
        try:
            self._lock.acquire()
        except filelock.Timeout:
            rule = "a folder takes one training at a time, and another one is running in this"
            hint = "Wait for it, or name another folder."
            raise FolderError(describe("fit", rule, hint, folder=str(self.path))) from None
        for name in (RECORD, _STATE, _MODEL):
            clear_unfinished(self.path / name)
        return self

    def __exit__(self, *error):
        self._lock.release()

    # --- what is there ----------------------------------------------------------------------------

    def record(self):
        """Returns the record of a run that has finished an epoch at least, or None."""
        record = read_record(self.path)
        begun = record and (record.get("status") != RUNNING or (self.path / _STATE).exists())
        return record if begun else None

    def load_state(self):
        """Returns pair (values, arrays) of the last finished epoch, or None before the first."""
        path = self.path / _STATE
        if not path.exists():
            return None
        with np.load(path, allow_pickle=False) as stored:
            arrays = dict(stored)
        return json.loads(str(arrays.pop("values"))), arrays

    def load_initial(self):
        """Returns the arrays of the weights that the training began with."""
        with np.load(self.path / _INITIAL, allow_pickle=False) as stored:
            return dict(stored)

    def load_rates(self):
        """Returns the rate of each step of a run with a budget, or None."""
        path = self.path / _RATES
        return np.load(path, allow_pickle=False).tolist() if path.exists() else None

    def load_network(self):
        """Returns the uncompiled network with the weights of the end, or None.

        A model of a class of one's own may not be known, or cannot be stored.
        """
        path = self.path / _NETWORK
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if not stored.get("network"):
            return None
        return keras.models.model_from_json(stored["network"]), stored["compiled"]

    def load_weights(self, model):
        """Gives a model the weights of the end."""
        keras_compat.load_weights(model, self.path / _MODEL)

    # --- what is written --------------------------------------------------------------------------

    def begin(self, model, record, *, compiled):
        """Writes down what a training begins with; what an earlier one left undone goes.

        Args:
            model: The `keras.Model` before its first step.
            record: The settings and all that is known before the training.
            compiled: Config of how the model was compiled by its owner, or None.
        """
        with self.writing():
            for name in (_STATE, _MODEL, _RATES):
                (self.path / name).unlink(missing_ok=True)
            self.save_arrays(_INITIAL, _weights(model))
            network = {"network": _network(model), "compiled": compiled}
            write_text(self.path / _NETWORK, json.dumps(network) + "\n")
            write_record(self.path, {"status": RUNNING, **record})

    def save_epoch(self, values, arrays, history):
        """Writes down the end of an epoch, then its curves.

        Args:
            values: What JSON can hold.
            arrays: Dict of arrays.
            history: Dict of lists.
        """
        with self.writing():
            self.save_arrays(_STATE, {**arrays, "values": np.array(json.dumps(values))})
            write_curves(self.path, history)

    def finish(self, model, record, *, rates=None):
        """Writes the trained model, then the record; what was needed to go on is removed."""
        with self.writing():
            if rates is not None:
                with replacing(self.path / _RATES) as path, open(path, "wb") as file:
                    np.save(file, np.array(rates))
            with replacing(self.path / _MODEL) as path:
                model.save(path)
            write_curves(self.path, record["history"])
            write_record(self.path, {"status": FINISHED, **record})
            (self.path / _STATE).unlink(missing_ok=True)

    def forget(self):
        """Removes what `begin` wrote: the training was refused."""
        for name in (RECORD, _INITIAL, _NETWORK):
            (self.path / name).unlink(missing_ok=True)

    def save_arrays(self, name, arrays):
        """Writes an .npz file that is on the disk afterwards."""
        with replacing(self.path / name) as path, open(path, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())

    @contextlib.contextmanager
    def writing(self):
        """Says in one message that a file could not be written, and what is kept."""
        try:
            yield
        except OSError as error:
            rule = f"the folder of a run must have room for it ({error.strerror or error})"
            hint = "The last finished epoch is kept: make room, and call fit again to go on."
            raise FolderError(describe("fit", rule, hint, folder=str(self.path))) from error


def _weights(model):
    from recipes.training.records.state import read_state

    return read_state(model, optimizer=False)


def _network(model):
    """Returns a network as JSON text, or None where its class cannot be stored."""
    try:
        return model.to_json()
    except (NotImplementedError, TypeError, ValueError):
        return None
