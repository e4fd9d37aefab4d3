"""The durable state of a search: trials in a journal, read back in the order they were written.

An entry is written when a trial begins and when it ends; everything else follows from these. A
suggestion depends on the seed, the number of the trial and the trials before it alone, so that a
resumed search suggests what the uninterrupted one would have.

The search's settings are an entry of their own, and another one when they are changed on a resume:
the new ones count, and earlier trials are known results where they have a place.

With `base.py` the one place that touches private parts of `keras_tuner.Oracle`.
"""

import os
import warnings
from pathlib import Path

import keras_tuner
from keras_tuner.engine.trial import TrialStatus

from recipes.errors import FolderError, describe
from recipes.seeds import derive_seed
from recipes.words import have
from tuners.oracles.rescoring import score_again
from tuners.oracles.settings import (
    FORMAT,
    changes_between,
    changes_of_common_parameters,
    given_arguments,
    has_constraints,
    same_objective,
    same_space,
    settings_of,
)
from tuners.oracles.states import TrialReader
from tuners.state.changes import lies_in
from tuners.state.folder import make_folder
from tuners.state.journal import Journal
from tuners.state.keras_tuner_folder import read_folder

ENDED = (TrialStatus.COMPLETED, TrialStatus.FAILED)
_LEFT = "it was interrupted, and has no place in the space as it is now"


class DurableOracle(keras_tuner.Oracle):
    """A `keras_tuner.Oracle` whose state is a journal. Subclasses set `_given_seed` and `seed`.

    Attributes:
        added: Names of the trials that `add_trial` has handed over.
        given: The arguments of the oracle by name, those left out with their defaults.
        changes: Texts that say which settings differ from those the search had before.
        marked: Names of the parameters whose default is believed even where it is the one that
            KerasTuner implies; those that the search had before are among them.
    """

    marked = frozenset()

    def __new__(cls, *args, **kwargs):
        """Keeps the arguments as they were given: attributes may be derived from them."""
        oracle = super().__new__(cls)
        oracle.given = given_arguments(cls, args, kwargs)
        return oracle

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.added, self.changes = set(), []
        self._declared = None  # the space before any trial
        self._is_introduced = False  # whether the journal has the search's settings
        self._ended_before = 0  # how many trials had ended when the journal was read
        self._theirs = None  # what keras_tuner has left in the folder
        self._has_moved = False  # whether trials may be of another space
        self._keys = {}  # trial → size of the space, its values, and their key
        self._reader = TrialReader()

    def _set_project_dir(self, directory, project_name):
        """Sets the folder of the search, and makes it if it is not there."""
        super()._set_project_dir(directory, project_name)
        make_folder(os.path.join(str(directory), project_name))

    @property
    def journal(self):
        """The journal of the search, in the folder of the project."""
        return Journal(Path(self._project_dir) / "journal.jsonl")

    def reload(self):
        """Reads the trials of an earlier search in this folder; interrupted ones run again.

        A search of keras_tuner is gone on with: its trials count, and its files stay as they are.

        Raises:
            FolderError: If the trials have no metric of the objective's name, or the journal was
                written by a newer version or cannot be read.
        """
        with self._guard:
            self._forget()
            self._declare()
            entries = self.journal.read()
            began = [entry for entry in entries if entry.get("kind") == "search"]
            self._take_in_settings(began)
            settings = self._settings()
            self._read_theirs(settings)
            self._read_trials(entries, settings)
            if self._theirs or not all(same_objective(entry, settings) for entry in began):
                score_again(self)
            self._leave_what_has_no_place()
            self._ended_before = len(self.end_order)

    def save(self):
        """Does nothing: whatever is finished is in the journal already."""

    def remaining_trials(self):
        """Returns how many trials may still begin, or None without a limit."""
        return None if self.max_trials is None else self.max_trials - self._counted()

    def seed_for(self, *purpose):
        """Returns a seed for a purpose, such as ("trial", "0003"); the same after a resume."""
        return derive_seed(self.seed, *purpose)

    def unfinished_trials(self):
        """Returns the names of the trials that were begun and have not ended."""
        return [name for name, trial in self.trials.items() if trial.status not in ENDED]

    def placed_trials(self):
        """Returns the trials that have ended and lie in the space as it is now, in that order.

        Where ranges were narrowed on a resume, a trial outside of them says nothing inside.
        """
        ended = [self.trials[name] for name in self.end_order]
        if not self._has_moved:
            return ended
        return [trial for trial in ended if self._has_place(trial)]

    def resume_text(self):
        """Returns what was found in the folder, as a sentence or more."""
        text = f"Going on with the search in {self._project_dir}: "
        text += f"{have(len(self.end_order), 'trial')} ended."
        theirs = len(self._theirs.ended) if self._theirs else 0
        text += f" {theirs} of them were run by keras_tuner." if theirs else ""
        return f"{text} Changed: {'; '.join(self.changes)}." if self.changes else text

    # --- writing ----------------------------------------------------------------------------------

    def _save_trial(self, trial, **marks):
        journal = self.journal
        if not self._is_introduced:
            self._declare()
            self._say_changes()
            journal.append(self._settings())
            self._is_introduced = True
        journal.append({"kind": "trial", "trial": trial.get_state(), **marks})

    def _declare(self):
        if self._declared is None:
            self._declared = self.get_space()

    def _settings(self):
        return settings_of(self, self._declared)

    def _say_changes(self):
        """Warns of the settings that change; more trials are no surprise."""
        if any(not change.startswith("max_trials: ") for change in self.changes):
            warnings.warn(
                f"The search in {self._project_dir} goes on with changed settings: "
                f"{'; '.join(self.changes)}. Earlier trials count where they have a place.",
                stacklevel=5,
            )

    def _next_name(self):
        """Returns the name of the next trial: the number after the highest one there was."""
        theirs = self._theirs.names if self._theirs else ()
        number = 1 + max(map(int, [*self.trials, *theirs]), default=-1)
        return f"{number:0{len(str(self.max_trials or 1000))}d}"

    def _counted(self):
        """Returns how many trials count for `max_trials`."""
        return len(self.trials) - len(self.added)

    def _take_in(self, trial):
        """Brings the lists that KerasTuner keeps in line with the state of one trial."""
        name = trial.trial_id
        if name not in self.trials:
            self.start_order.append(name)
        self.trials[name] = trial
        self.ongoing_trials = {k: t for k, t in self.ongoing_trials.items() if t.trial_id != name}
        self._retry_queue = [queued for queued in self._retry_queue if queued != name]
        if trial.status not in ENDED:
            self._retry_queue.append(name)
            self._run_times[name] += trial.status == TrialStatus.INVALID
        elif name not in self.end_order:
            self.end_order.append(name)

    # --- reading ----------------------------------------------------------------------------------

    def _forget(self):
        """Empties what the journal fills again."""
        self.trials, self.ongoing_trials = {}, {}
        self.start_order, self.end_order, self._retry_queue = [], [], []
        self._run_times.clear()
        self.added.clear()
        self._keys.clear()

    def _take_in_settings(self, began):
        """Notes what has changed since the search's settings were written; keeps seed and marks."""
        self.changes, self._is_introduced = [], False
        if not began:
            return
        formats = [entry.get("format", 1) for entry in began]
        if max(formats) > FORMAT:
            rule = f"the journal was written by a newer version, in format {max(formats)}"
            hint = "Update this package, or name another folder."
            raise FolderError(describe("search", rule, hint, folder=self._project_dir))
        self._keep_seed(began[-1].get("seed", self.seed))
        self.marked |= frozenset(began[-1].get("marked", ()))
        settings = self._settings()
        self.changes = changes_between(began[-1], settings)
        self._is_introduced = not self.changes and has_constraints(began[-1], settings)

    def _keep_seed(self, seed):
        """Goes on with the seed of the search, and says so if another one was asked for."""
        if self._given_seed not in (None, seed):
            warnings.warn(
                f"The search in {self._project_dir} began with seed {seed} and goes on "
                f"with it, not with seed {self._given_seed}.",
                stacklevel=5,
            )
        self.seed = seed

    def _read_theirs(self, settings):
        """Reads the trials of keras_tuner, and its space where none was declared."""
        self._theirs = theirs = read_folder(self._project_dir)
        if theirs is None:
            return
        self._has_moved, grows = True, not settings["space"]
        for state in theirs.trials:
            begun = {"status": TrialStatus.RUNNING, "score": None, "metrics": {"metrics": {}}}
            self._read_trial({**state, **begun}, grows=grows)
        for state in theirs.ended:
            self._read_trial(state, grows=grows)
        if not self._is_introduced:
            self.changes += changes_of_common_parameters(theirs.space, settings["space"])

    def _read_trials(self, entries, settings):
        """Reads the trials of the journal; those of the same space tell what was found later."""
        same = True
        for place, entry in enumerate(entries, start=1):
            if entry.get("kind") == "search":
                same = same_space(entry, settings)
                self._has_moved |= not same or "space" not in entry
            elif entry.get("kind") == "trial":
                if entry.get("known"):
                    self.added.add(entry["trial"]["trial_id"])
                self._read_trial(entry["trial"], grows=same, place=place)

    def _read_trial(self, state, *, grows, place=None):
        try:
            trial = self._reader.read(state, None if grows else self._declared)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            where = "a trial of keras_tuner" if place is None else f"Entry {place} of the journal"
            warnings.warn(
                f"{where} in {self._project_dir} cannot be read ({error!r}) and is left out.",
                stacklevel=5,
            )
            return
        self._take_in(trial)
        if grows:
            self.update_space(trial.hyperparameters)

    def _leave_what_has_no_place(self):
        """Ends interrupted trials that are not in the space any more, unless that changes again."""
        for name in list(self._retry_queue):
            trial = self.trials[name]
            if self._has_moved and not self._has_place(trial):
                trial.status, trial.message = TrialStatus.FAILED, _LEFT
                self._take_in(trial)

    def _has_place(self, trial):
        return lies_in(trial.hyperparameters.values, self.hyperparameters)
