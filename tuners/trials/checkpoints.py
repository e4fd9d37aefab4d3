"""The files of the trials: the best weights of the best trials, and where stopped ones can go on.

A file is whole or not there, whenever the machine stops.
"""

import contextlib
import json
import os
from pathlib import Path

import numpy as np

from recipes import keras_compat
from recipes.errors import FolderError, describe
from recipes.files import replacing, sync_folder, write_text
from recipes.training.records.state import read_state, write_state

_WEIGHTS = "checkpoint.weights.h5"  # the names are keras_tuner's
_BUILD_CONFIG = "build_config.json"
_STATE = "training_state.npz"
_FILES = (_WEIGHTS, _BUILD_CONFIG, _STATE)


class Checkpoints:
    """The checkpoints of a search.

    Args:
        folder: Folder of the search; each trial has a folder `trial_NAME` in it.
    """

    def __init__(self, folder):
        self._folder = Path(folder)

    # --- the best weights -------------------------------------------------------------------------

    def save_weights(self, name, model):
        """Keeps the weights of a trial's best epoch, without the optimiser, in Keras' format.

        Args:
            name: Name of the trial.
            model: A built `keras.Model`.
        """
        with self._writing(name, _WEIGHTS) as path:
            keras_compat.save_weights(model, path)
        config = json.dumps(model.get_build_config())
        write_text(self._path(name, _BUILD_CONFIG), config)

    def load_weights(self, name, model):
        """Gives a model the weights of a trial's best epoch; builds it first if it is not built."""
        if not model.built:
            config = self._path(name, _BUILD_CONFIG).read_text(encoding="utf-8")
            model.build_from_config(json.loads(config))
        keras_compat.load_weights(model, self._path(name, _WEIGHTS))

    def has_weights(self, name):
        """Whether the weights of a trial are kept."""
        return self._path(name, _WEIGHTS).exists()

    def names(self):
        """Returns the names of the trials whose weights are kept, sorted."""
        found = self._folder.glob(f"trial_*/{_WEIGHTS}")
        return sorted(path.parent.name.removeprefix("trial_") for path in found)

    def drop_weights(self, name):
        """Removes the weights of a trial."""
        self._path(name, _WEIGHTS).unlink(missing_ok=True)

    # --- the state of a training ------------------------------------------------------------------

    def save_state(self, name, model, *, execution, epochs):
        """Keeps all from which a training can go on: weights, statistics, seeds, optimiser.

        Args:
            name: Name of the trial.
            model: A `keras.Model` that was trained.
            execution: Number of the execution, from 0.
            epochs: How many epochs of it were trained.
        """
        with self._writing(name, _STATE) as path, open(path, "wb") as file:
            np.savez(file, at=np.array([execution, epochs]), **read_state(model))

    def has_state(self, name, *, execution, epochs):
        """Whether the state after so many epochs of an execution is kept."""
        path = self._path(name, _STATE)
        if not path.exists():
            return False
        with np.load(path) as stored:
            return stored["at"].tolist() == [execution, epochs]

    def load_state(self, name, model):
        """Puts a compiled model of the same build where the stored training was.

        Raises:
            FolderError: If the state is that of another model.
        """
        with np.load(self._path(name, _STATE)) as stored:
            fits = write_state(model, stored)
        if not fits:
            rule = "the stored state of a training must be that of the model that goes on"
            hint = "The function that builds it has changed. Name another folder."
            raise FolderError(describe("search", rule, hint, trial=name))

    def drop_state(self, name=None):
        """Removes the state of a trial; without a name those of all trials."""
        for path in self._folder.glob(f"trial_{'*' if name is None else name}/{_STATE}"):
            path.unlink(missing_ok=True)

    # --- on other machines ------------------------------------------------------------------------

    def files(self, name):
        """Returns the files of a trial: dict of bytes by name, without those that are not there."""
        paths = (self._path(name, file) for file in _FILES)
        return {path.name: path.read_bytes() for path in paths if path.exists()}

    def put_files(self, name, files):
        """Gives a trial the files that `files` returned elsewhere, in place of its own."""
        for file in _FILES:
            if file in files:
                with self._writing(name, file) as path:
                    path.write_bytes(files[file])
            else:
                self._path(name, file).unlink(missing_ok=True)

    # --- steps ------------------------------------------------------------------------------------

    def _path(self, name, file):
        return self._folder / f"trial_{name}" / file

    @contextlib.contextmanager
    def _writing(self, name, file):
        """Yields a path to write a file of a trial to; it is on the disk when the block ends."""
        path = self._path(name, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as temporary:
            yield temporary
            handle = os.open(temporary, os.O_RDWR)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        sync_folder(path.parent.parent)
