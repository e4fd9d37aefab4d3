"""What is known of a search while it runs: counted here, drawn elsewhere."""

import dataclasses
import math
import time
from statistics import fmean

from tuners.trial_result import FAILED, FINISHED, PRUNED, trial_of

BEST = None  # what observers are told in place of a trial in the last training of a job


@dataclasses.dataclass
class Board:
    """The state of a search, kept by an observer's three calls.

    Attributes:
        objective: A `keras_tuner.Objective`.
        trials: How many trials there may be, or None without a limit.
        epochs: How many epochs each has, or None where that is not known.
        final_epochs: Epochs of the training after the search; 0 for none.
        hours: Hours that the search may run, or None.
        clock: A function that returns the seconds which the search has run.
        violation: A function that returns by how much a trial breaks the constraints.
        ended: Dict of the statuses of the trials that have ended, by name.
        curves: Dict by name of the objective at each epoch of the trials that run.
        best: Pair (score, name of the trial), or None; if one meets the constraints, one that does.
        seconds: Seconds of each trial that has ended in this run.
    """

    objective: object
    trials: int | None = None
    epochs: int | None = None
    final_epochs: int = 0
    hours: float | None = None
    clock: object = time.monotonic
    violation: object = lambda trial: 0.0
    ended: dict = dataclasses.field(default_factory=dict)
    curves: dict = dataclasses.field(default_factory=dict)
    best: tuple | None = None
    seconds: list = dataclasses.field(default_factory=list)
    _began: dict = dataclasses.field(default_factory=dict)
    _least: tuple = (math.inf, math.inf)  # violation and cost of the best

    def trial_began(self, trial):
        """Notes a trial that runs."""
        self.curves[trial.trial_id] = []
        self._began[trial.trial_id] = self.clock()

    def epoch_ended(self, trial, epoch, logs):
        """Notes the objective at an epoch; `trial` is None in the last training of a job."""
        name = BEST if trial is None else trial.trial_id
        logs = logs or {}
        value = self.objective.get_value(logs) if self.objective.has_value(logs) else math.nan
        self._began.setdefault(name, self.clock())
        self.curves.setdefault(name, []).append(float(value))

    def trial_ended(self, trial):
        """Counts a trial."""
        name = trial.trial_id
        self.curves.pop(name, None)
        if name in self._began:
            self.seconds.append(self.clock() - self._began.pop(name))
        self.note(trial)

    def note(self, trial):
        """Takes in how a trial has ended, in this run or an earlier one."""
        result = trial_of(trial.get_state())
        self.ended[result.trial] = result.status
        if result.score is None:
            return
        cost = -result.score if self.objective.direction == "max" else result.score
        rank = (self.violation(trial), cost)
        if self.best is None or rank < self._least:
            self.best, self._least = (result.score, result.trial), rank

    def count(self, status):
        """Returns how many trials have ended so."""
        return list(self.ended.values()).count(status)

    @property
    def counts(self):
        """What has become of the trials, as text such as "3 finished, 1 failed"."""
        kinds = ((self.count(kind), kind) for kind in (FINISHED, PRUNED, FAILED))
        return ", ".join(f"{count} {kind}" for count, kind in kinds if count)

    @property
    def seconds_left(self):
        """About how many seconds the search has left, or None where nothing tells it.

        As long as a trial has taken in the mean, for each that is left and on as many at a time
        as run now; or what `hours` leaves, if that is less.
        """
        limits = [self._seconds_of_trials(), self._seconds_of_hours()]
        return min((limit for limit in limits if limit is not None), default=None)

    def _seconds_of_trials(self):
        if self.trials is None or not self.seconds:
            return None
        running = [name for name in self.curves if name is not BEST]
        left = max(self.trials - len(self.ended), 0) / max(len(running), 1)
        gone = fmean(self.clock() - self._began[name] for name in running) if running else 0.0
        return max(fmean(self.seconds) * left - gone, 0.0)

    def _seconds_of_hours(self):
        return None if self.hours is None else max(3600 * self.hours - self.clock(), 0.0)
