"""Reports of each epoch, and what a pruner makes of them: stopping trials and going on with them.

A trial that a pruner stops ends like any other: its score is its best value so far, and its message
says after which epoch it was stopped. That message is the record, in the journal too. To go on with
it, its state is written as that of a trial that runs; from then on a kill makes it a trial that was
interrupted, and it begins again at that state.
"""

import copy
import re

from keras_tuner.engine.trial import Trial, TrialStatus

from tuners.oracles.durable import ENDED
from tuners.oracles.limits import LimitedOracle
from tuners.pruning.curve import Curve
from tuners.pruning.names import check_pruner

PLANNED = "planned_epochs"  # the metric with the epochs of a whole training
GRACE = "grace_epochs"  # the metric with the epochs before which nothing is stopped
_STOPPED = re.compile(r"stopped after epoch (\d+) by (\w+)")


def stopped_by(trial):
    """Returns the name of the pruner's class that stopped a trial, or None.

    Args:
        trial: A `keras_tuner` trial.
    """
    match = _STOPPED.fullmatch(trial.message or "")
    return match.group(2) if match and trial.status == TrialStatus.COMPLETED else None


class PrunedOracle(LimitedOracle):
    """A `LimitedOracle` whose trials may be stopped after any epoch, and continued."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._pruner = None
        self._told_to_stop = {}  # trial → after how many epochs
        self._begun_with = {}  # trial that runs → its state when it began, or began again
        self._known_curves = {}  # trial that has ended → its curve

    @property
    def pruner(self):
        """The `tuners.pruning.Pruner` that stops trials, or None; a name will do to set it."""
        return self._pruner

    @pruner.setter
    def pruner(self, pruner):
        self._pruner = check_pruner(type(self).__name__, pruner)
        self._known_curves.clear()

    def known_names(self):
        """Returns the names of the trials whose results were known, not run by this search.

        Pruners do not see them: such a result is not that of a first epoch, and no bracket has a
        place for it.
        """
        return self.added | set(self._theirs.names if self._theirs else ())

    def number_of(self, name):
        """Returns the number of a trial among those that this search runs.

        Args:
            name: Name of a trial, or of one that is to come.
        """
        return int(name) - sum(int(known) < int(name) for known in self.known_names())

    def curves(self):
        """Returns the `Curve`s of the trials that this search runs, as pruners see them."""
        known = self.known_names()
        return [self.curve_of(trial) for name, trial in self.trials.items() if name not in known]

    def curve_of(self, trial):
        """Returns the `Curve` of a trial: the mean over its executions after each epoch.

        A trial without a report of each epoch has the part before the first gap.
        """
        name = trial.trial_id
        if trial.status not in ENDED:
            return self._read_curve(trial)
        if name not in self._known_curves:
            self._known_curves[name] = self._read_curve(trial)
        return self._known_curves[name]

    def reports_of(self, trial):
        """Returns the objective's `MetricObservation`s of a trial in the order of their steps."""
        name = self.objective.name
        return trial.metrics.get_history(name) if trial.metrics.exists(name) else []

    def epochs_before(self, trial):
        """Returns how many epochs a trial that runs had when it began: 0 if it was not stopped."""
        begun_with = self._begun_with.get(trial.trial_id)
        if begun_with is None:
            return 0
        reports = begun_with["metrics"]["metrics"].get(self.objective.name, {"observations": []})
        return len(reports["observations"])

    def begin_again(self, trial_id):
        """Returns a trial that runs, as it was when it began: what it has reported is forgotten.

        That is for a trial whose process has died. Nothing is written: in the journal it runs.

        Args:
            trial_id: Name of the trial.
        """
        with self._guard:
            self._told_to_stop.pop(trial_id, None)
            self._stopped_by_limit.pop(trial_id, None)
            ongoing = self.ongoing_trials.items()
            places = [place for place, running in ongoing if running.trial_id == trial_id]
            self._retry_queue.insert(0, trial_id)
            trial = self._interrupted_trial()
            self.ongoing_trials.update(dict.fromkeys(places, trial))
            return trial

    # --- steps ------------------------------------------------------------------------------------

    def _prepare_pruner(self, trial):
        """Tells the pruner how long trainings are, which the first one reports.

        It comes as metrics: so a worker can send it to the chief, and a resumed search has it in
        its journal.
        """
        pruner, metrics = self.pruner, trial.metrics
        if pruner is not None and metrics.exists(GRACE):
            epochs, grace = (int(metrics.get_last_value(name)) for name in (PLANNED, GRACE))
            prepared = pruner.prepared(epochs=epochs, grace=grace)
            if prepared != pruner:
                self.pruner = prepared

    def _stop_if_hopeless(self, trial, step):
        """Asks the pruner about a trial when a report makes its curve longer.

        Later executions of a trial add to epochs that it has had: only the first one is judged.
        """
        if self.pruner is None:
            return
        curve = self.curve_of(trial)
        if curve.epochs != step + 1 or len(self.reports_of(trial)[step].value) > 1:
            return
        others = [other for other in self.curves() if other.number != curve.number]
        if self.pruner.stops(curve, others):
            trial.status = TrialStatus.STOPPED
            self._told_to_stop[trial.trial_id] = curve.epochs

    def _note_the_stop(self, trial):
        """Writes into a trial that ended that it was stopped, if it ended where it was told to."""
        epochs = self._told_to_stop.pop(trial.trial_id, None)
        if trial.status == TrialStatus.COMPLETED and epochs == len(self.reports_of(trial)):
            trial.message = f"stopped after epoch {epochs} by {type(self.pruner).__name__}"

    def _interrupted_trial(self):
        """Returns the first trial that waits to be run again as it was when it began, or None.

        A new one has no result yet; one that was stopped has that of the epochs before the stop.
        """
        if not self._retry_queue:
            return None
        name = self._retry_queue.pop(0)
        hyperparameters = self.trials[name].hyperparameters.copy()
        trial = Trial(hyperparameters, name, TrialStatus.RUNNING)
        if name in self._begun_with:
            trial.set_state(copy.deepcopy(self._begun_with[name]))
            trial.hyperparameters = hyperparameters
        self.trials[name] = trial
        return trial

    def _continued_trial(self, *, closed=False):
        """Returns a stopped trial that the pruner wants to go on, running again, or None.

        Args:
            closed: Whether no new trial will begin.
        """
        if self.pruner is None or not self.pruner.continues_trials:
            return None
        number = self.pruner.to_continue(self.curves(), closed=closed)
        if number is None:
            return None
        known = self.known_names()
        names = (name for name in self.trials if name not in known)
        stopped = next(self.trials[name] for name in names if self.number_of(name) == number)
        trial = Trial.from_state(copy.deepcopy(stopped.get_state()))
        trial.status, trial.message = TrialStatus.RUNNING, None
        self._save_trial(trial)  # from here on it is one that was interrupted
        self._take_in(trial)
        return self._interrupted_trial()

    def _read_curve(self, trial):
        sign = -1.0 if self.objective.direction == "max" else 1.0
        values = []
        for epoch, report in enumerate(self.reports_of(trial)):
            if report.step != epoch:
                break
            values.append(sign * sum(report.value) / len(report.value))
        number = self.number_of(trial.trial_id)
        return Curve(number=number, values=values, state=self._state_of(trial))

    def _state_of(self, trial):
        if trial.status == TrialStatus.FAILED:
            return "failed"
        if trial.status != TrialStatus.COMPLETED:
            return "running"
        by = stopped_by(trial)
        # What another pruner stopped has left nothing from which this one could go on.
        goes_on = self.pruner is not None and self.pruner.continues_trials
        is_stopped = by == type(self.pruner).__name__ if goes_on else by is not None
        return "stopped" if is_stopped else "ended"

    def _take_in(self, trial):
        name = trial.trial_id
        self._known_curves.pop(name, None)
        if name in self.end_order:  # it was stopped, and runs again
            self._ended_before -= self.end_order.index(name) < self._ended_before
            self.end_order.remove(name)
        if trial.status == TrialStatus.RUNNING:
            self._begun_with[name] = copy.deepcopy(trial.get_state())
        elif trial.status in ENDED:
            self._begun_with.pop(name, None)
        super()._take_in(trial)
        self._prepare_pruner(trial)

    def _forget(self):
        super()._forget()
        for known in (self._told_to_stop, self._begun_with, self._known_curves):
            known.clear()
