"""The folder of a search: one search at a time writes to it, whichever tuner runs it.

A tuner of ours holds the folder while it searches. That of keras_tuner says neither when it begins
nor when it ends: there the oracle takes the folder with its first trial and keeps it until no trial
is left. Whoever takes it begins with what is on the disk.
"""

import contextlib

from tuners.oracles.durable import DurableOracle
from tuners.oracles.known import known_trial
from tuners.state.lock import KeptLock, in_use

_NOTHING = object()


class HeldOracle(DurableOracle):
    """A `DurableOracle` that writes while it holds its folder alone."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._is_held = False  # by a `with` block
        self._kept = None  # the lock that the oracle keeps without one
        self._seen = _NOTHING  # the stamp of the journal when it was last read or written

    @contextlib.contextmanager
    def holding_folder(self):
        """Holds the folder while the block runs, which begins with what is on the disk.

        Raises:
            FolderError: If another search is writing to the folder.
        """
        with self.journal.lock():
            self._kept = None
            self.journal.repair()
            self.reload()
            self._is_held = True
            try:
                yield
            finally:
                self._is_held = False

    def add_trial(self, values, score):
        """Hands over a known result, before the search or while it runs.

        It is information like any trial that has ended, it may be the best one, and its setting
        is not suggested again. It does not count for `max_trials`, which says how many are run
        (as in Optuna's `add_trial` and `n_trials`).

        Args:
            values: Dict with a value for each active parameter; fixed ones may be left out.
            score: The objective, or a dict of metrics by name that has it; each a number, or a
                list with a number for each epoch.

        Returns:
            The `keras_tuner` trial. It is on the disk.

        Raises:
            ArgumentError: If a name is unknown, missing or not active, a value out of range, or
                a score not finite.
            FolderError: If another search is writing to the folder.
        """
        with self._guard, self._folder_held_for_a_moment():
            trial = known_trial(self, self._next_name(), values, score)
            self._save_trial(trial, known=True)
            self.added.add(trial.trial_id)
            self._take_in(trial)
            return trial

    # --- steps ------------------------------------------------------------------------------------

    def _keep_folder(self):
        """Takes the folder for a search without a `with` block, unless it has it."""
        if not self._holds_folder():
            self._kept = KeptLock(self.journal.path)
            self._kept.take()
            self._catch_up()

    def _let_folder_go(self):
        """Frees the folder if no trial runs that has still to be written down."""
        if self._kept is not None and not self.ongoing_trials:
            self._kept.let_go()

    @contextlib.contextmanager
    def _folder_held_for_a_moment(self):
        if self._holds_folder():
            yield
            return
        with self.journal.lock():
            self._kept = None
            self._catch_up()
            yield

    def _holds_folder(self):
        return self._is_held or (self._kept is not None and self._kept.is_held)

    def _catch_up(self):
        """Reads what another search has written since this one has read or written."""
        self.journal.repair()
        if self._seen is _NOTHING or self.journal.stamp() != self._seen:
            self.reload()

    def reload(self):
        """Reads the trials of an earlier search in this folder: see `DurableOracle.reload`."""
        super().reload()
        self._seen = self.journal.stamp()

    def _save_trial(self, trial, **marks):
        """Writes a trial down, if no other search of this process has taken the folder over."""
        if self._kept is not None and self._kept.is_lost:
            raise in_use(self.journal.path)
        super()._save_trial(trial, **marks)
        self._seen = self.journal.stamp()
