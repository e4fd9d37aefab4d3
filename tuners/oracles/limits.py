"""When a search ends before its trials are used up: a value that is good enough, or the time."""

import math

from keras_tuner.engine.trial import TrialStatus

from tuners.executions import EXECUTION
from tuners.oracles.scoring import ScoringOracle, epoch_rank


class LimitedOracle(ScoringOracle):
    """A `ScoringOracle` with limits. They are set by the tuner, which has the arguments.

    Attributes:
        stop_at: Value of the objective that is good enough, or None.
        hours: Hours that the search may run, over all its runs, or None.
        clock: The `SearchClock` of the search, or None.
    """

    stop_at = None
    hours = None
    clock = None

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._stopped_by_limit = {}  # trial → its message, when it ends

    def reached_limit(self):
        """Returns what ends the search now, as text such as "hours=2", or None."""
        if self._time_is_up():
            return f"hours={self.hours:g}"
        best = self.get_best_trials(1) if self.stop_at is not None else []
        good = [t for t in best if t.score is not None and not self.violation(t)]
        if good and self._is_good_enough(good[0].score):
            return f"stop_at={self.stop_at:g}"
        return None

    def _stop_at_limit(self, trial, metrics, step):
        """Stops a trial that has reached a limit with this epoch.

        A value counts at once where a trial has one execution; the mean of several is known at
        their end alone.
        """
        if self.clock is not None:
            self.clock.note()
        reached = f"hours={self.hours:g}" if self._time_is_up() else None
        if self.stop_at is not None and EXECUTION not in metrics:
            broken = epoch_rank(metrics, self.objective, self.constraints)[0]
            if not broken and self._is_good_enough(self.objective.get_value(metrics)):
                reached = f"stop_at={self.stop_at:g}"
        if reached:
            trial.status = TrialStatus.STOPPED
            message = f"stopped after epoch {step + 1} by {reached}"
            self._stopped_by_limit[trial.trial_id] = message

    def _note_the_limit(self, trial):
        """Writes into a completed trial which limit has stopped it, if one has."""
        message = self._stopped_by_limit.pop(trial.trial_id, None)
        if message and trial.status == TrialStatus.COMPLETED:
            trial.message = message

    def _is_good_enough(self, value):
        if math.isnan(value):
            return False
        good = value >= self.stop_at if self.objective.direction == "max" else value <= self.stop_at
        return bool(good)

    def _time_is_up(self):
        timed = self.hours is not None and self.clock is not None
        return timed and self.clock.spent() >= 3600 * self.hours
