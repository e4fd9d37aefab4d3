"""Trials in the process of the search, one after the other."""

import contextlib
import time

SECONDS_IDLE = 0.2  # between two questions to an oracle that waits for another trial to end


class LocalEngine:
    """Runs trials in the process of the search."""

    @contextlib.contextmanager
    def running(self, tuner, fit_args, fit_kwargs):
        """Yields what runs the trials of a search: begin one, then wait for one that has ended.

        Args:
            tuner: The `Tuner`.
            fit_args: Positional arguments of its `search`.
            fit_kwargs: Keyword arguments of its `search`.
        """
        yield _LocalTrials(tuner, fit_args, fit_kwargs)


class _LocalTrials:
    def __init__(self, tuner, fit_args, fit_kwargs):
        self._tuner, self._args, self._kwargs = tuner, fit_args, fit_kwargs
        self._trial = None

    @property
    def is_busy(self):
        """Whether a trial runs."""
        return self._trial is not None

    def free_place(self):
        """Returns the name of a place where a trial can begin, or None."""
        return None if self.is_busy else self._tuner.tuner_id

    def begin(self, place, trial):
        """Takes a trial, which runs when the search waits for its end."""
        self._trial = trial

    def ended(self):
        """Runs the trial, and yields it; waits a moment where there is none."""
        trial, self._trial = self._trial, None
        if trial is None:
            time.sleep(SECONDS_IDLE)
            return
        self._tuner._try_run_and_update_trial(trial, *self._args, **self._kwargs)
        yield trial
