"""The durable state of a search: trials in a journal, read back in the order they were written.

An entry is written when a trial begins and when it ends; everything else follows from these. A
suggestion depends on the seed, the number of the trial and the trials before it alone, so that a
resumed search suggests what the uninterrupted one would have.

With `base.py` the one place that touches private parts of `keras_tuner.Oracle`.
"""

import warnings
from pathlib import Path

import keras_tuner
from keras_tuner.engine.trial import Trial, TrialStatus

from recipes.errors import FolderError, describe
from recipes.seeds import derive_seed
from tuners.journal import Journal

FORMAT = 1  # of the journal's entries
ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)


class DurableOracle(keras_tuner.Oracle):
    """A `keras_tuner.Oracle` whose state is a journal. Subclasses set `_given_seed` and `seed`."""

    @property
    def journal(self):
        """The journal of the search, in the folder of the project."""
        return Journal(Path(self._project_dir) / "journal.jsonl")

    def reload(self):
        """Reads the trials of an earlier search in this folder; interrupted ones run again."""
        self._refuse_foreign_folder()
        with self._guard:
            self._forget()
            for entry in self.journal.read():
                if entry["kind"] == "search":
                    self._take_in_settings(entry)
                else:
                    trial = Trial.from_state(entry["trial"])
                    self._take_in(trial)
                    self.update_space(trial.hyperparameters)
            self._ended_before = len(self.end_order)

    def save(self):
        """Does nothing: whatever is finished is in the journal already."""

    def seed_for(self, *purpose):
        """Returns a seed for a purpose, such as ("trial", "0003"); the same after a resume."""
        return derive_seed(self.seed, *purpose)

    def unfinished_trials(self):
        """Returns the names of the trials that were begun and have not ended."""
        return [name for name, trial in self.trials.items() if trial.status not in ENDED]

    def _save_trial(self, trial):
        journal = self.journal
        if not self._is_introduced:
            self._is_introduced = True
            journal.append(
                {
                    "kind": "search",
                    "format": FORMAT,
                    "seed": self.seed,
                    "oracle": type(self).__name__,
                    "objective": self.objective.name,
                }
            )
        journal.append({"kind": "trial", "trial": trial.get_state()})

    def _take_in(self, trial):
        """Brings the lists that KerasTuner keeps in line with the state of one trial."""
        name = trial.trial_id
        if name not in self.trials:
            self.start_order.append(name)
        self.trials[name] = trial
        self.ongoing_trials = {k: t for k, t in self.ongoing_trials.items() if t.trial_id != name}
        self._retry_queue = [queued for queued in self._retry_queue if queued != name]
        if trial.status in ENDED:
            self.end_order.append(name)
        else:
            self._retry_queue.append(name)
            self._run_times[name] += trial.status == TrialStatus.INVALID

    def _forget(self):
        """Empties what the journal fills again."""
        self.trials, self.ongoing_trials = {}, {}
        self.start_order, self.end_order, self._retry_queue = [], [], []
        self._run_times.clear()

    def _take_in_settings(self, entry):
        """Goes on with the seed of the search, and says so if another one was asked for."""
        if self._given_seed not in (None, entry["seed"]):
            warnings.warn(
                f"The search in {self._project_dir} began with seed {entry['seed']} and goes on "
                f"with it, not with seed {self._given_seed}.",
                stacklevel=4,
            )
        self.seed, self._is_introduced = entry["seed"], True
        asked = {"oracle": type(self).__name__, "objective": self.objective.name}
        began = {key: entry[key] for key in asked}
        if began != asked or entry["format"] != FORMAT:
            rule = "the folder must hold a search of the same oracle, objective and format"
            hint = "Ask for these, name another folder, or pass overwrite=True."
            raise FolderError(describe("search", rule, hint, **began, format=entry["format"]))

    def _refuse_foreign_folder(self):
        if (Path(self._project_dir) / "oracle.json").exists():
            rule = "the folder must be new or one of ours; it holds a search of keras_tuner"
            hint = "Name another `directory` or `project_name`, or pass overwrite=True."
            raise FolderError(describe(type(self).__name__, rule, hint, folder=self._project_dir))
