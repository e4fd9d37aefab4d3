"""What happens after each epoch of a trial: it is reported, kept if it is the best, and may stop.

One `Progress` goes through all executions of a trial; each execution has a callback of its own.
"""

import math
import time

import keras
import numpy as np
from keras_tuner.engine.trial import TrialStatus

from recipes import keras_compat
from tuners.executions import EXECUTION
from tuners.oracles.pruned import GRACE, PLANNED
from tuners.oracles.scoring import epoch_rank, executions_of
from tuners.pruning import grace_epochs
from tuners.trials.missing import PARAMETERS, SECONDS, check_constraint_metrics, objective_missing


class Progress:
    """How far a trial has come, over its executions.

    Args:
        oracle: An oracle, or the client of one.
        trial: A `keras_tuner` trial; one that goes on has the metrics of its first epochs.
        checkpoints: The `Checkpoints`.
        executions: How many executions the trial has.
        constraints: The `Constraint`s of the search.
        pruner: The pruner, or None.
        strict: Whether each epoch must have the objective: nothing is measured after the training.
    """

    def __init__(self, oracle, trial, checkpoints, *, executions, constraints, pruner, strict):
        self.oracle, self.trial, self.checkpoints = oracle, trial, checkpoints
        self.executions, self.constraints, self.pruner = executions, constraints, pruner
        self.strict = strict
        self.is_stopped = False
        past = executions_of(trial)
        self.execution = max(len(past) - 1, 0)  # the one that runs, or ran when the trial stopped
        self.epochs_before = len(past[-1]) if past else 0  # of that execution
        ranks = [self.rank(metrics) for steps in past for metrics in steps.values()]
        self.best = min(ranks, default=None)

    @property
    def name(self):
        """Name of the trial."""
        return self.trial.trial_id

    def can_go_on(self):
        """Whether the state is kept in which an earlier training of the trial stopped."""
        at = {"execution": self.execution, "epochs": self.epochs_before}
        return self.epochs_before > 0 and self.checkpoints.has_state(self.name, **at)

    def next_execution(self):
        """Turns to the next execution, which begins at its first epoch."""
        self.execution, self.epochs_before = self.execution + 1, 0

    def rank(self, metrics):
        """Returns what the better of two epochs has less of."""
        return epoch_rank(metrics, self.oracle.objective, self.constraints)

    def keep_if_best(self, model, metrics):
        """Keeps the weights if no epoch of the trial was better; all where nothing can be said."""
        rank = self.rank(metrics)
        judged = self.oracle.objective.has_value(metrics)
        if self.best is None or rank < self.best or not judged:
            self.best = rank if judged else self.best
            self.checkpoints.save_weights(self.name, model)

    def report(self, metrics, epoch):
        """Tells the oracle; returns whether the training is to stop."""
        if not self.oracle.objective.has_value(metrics):
            if self.strict:
                raise objective_missing(self.oracle.objective, metrics)
            return False
        if self.strict:
            check_constraint_metrics(self.constraints, metrics)
        tags = {EXECUTION: self.execution} if self.executions > 1 else {}
        trial = self.oracle.update_trial(self.name, {**metrics, **tags}, step=epoch)
        self.is_stopped = trial.status == TrialStatus.STOPPED
        return self.is_stopped

    def keep_state(self, model, epochs):
        """Keeps all from which the training can go on, if the pruner may let it."""
        if self.pruner is not None and self.pruner.continues_trials:
            at = {"execution": self.execution, "epochs": epochs}
            self.checkpoints.save_state(self.name, model, **at)


class EpochReports(keras.callbacks.Callback):
    """Reports each epoch of one execution, keeps the best weights, and stops the training.

    Epochs are counted here, so that a `HyperModel.fit` that trains in several parts has one curve.

    Args:
        progress: The `Progress` of the trial.
        first_epoch: Keras' number of the first epoch of an execution, from 0.
        goes_on: Whether the training was asked to go on where it stopped. If its first epoch shows
            that it does not, it begins anew, and reports nothing before it is there again.
    """

    def __init__(self, progress, *, first_epoch=0, goes_on=False):
        super().__init__()
        self._progress = progress
        self._goes_on_at = first_epoch + progress.epochs_before if goes_on else None
        self._epochs = None  # that have ended; None before the first begins
        self._plan = {}

    def on_train_begin(self, logs=None):
        """Reads from the training how long it is to be."""
        if self._progress.pruner is not None:
            self._plan = _planned(self.model, self.params)

    def on_epoch_begin(self, epoch, logs=None):
        """Puts the training where it stopped, before its first step; starts the time."""
        if self._epochs is None:
            self._epochs = 0
            if epoch == self._goes_on_at:
                self._epochs = self._progress.epochs_before
                self._progress.checkpoints.load_state(self._progress.name, self.model)
        self._began = time.monotonic()

    def on_train_batch_begin(self, batch, logs=None):
        """Ends a further part of a training that was told to stop."""
        if self._progress.is_stopped:
            self.model.stop_training = True

    def on_epoch_end(self, epoch, logs=None):
        """Keeps, reports, stops."""
        self._epochs += 1
        if self._progress.is_stopped or self._epochs <= self._progress.epochs_before:
            return
        metrics = self._metrics(logs or {})
        self._progress.keep_if_best(self.model, metrics)
        if self._progress.report(self._told(metrics), self._epochs - 1):
            self.model.stop_training = True
            self._progress.keep_state(self.model, self._epochs)

    def _metrics(self, logs):
        """Returns the numbers of an epoch: ours, and what is logged."""
        own = {
            PARAMETERS: float(sum(math.prod(weight.shape) for weight in self.model.weights)),
            SECONDS: time.monotonic() - self._began,
        }
        return own | {name: float(value) for name, value in logs.items() if np.ndim(value) == 0}

    def _told(self, metrics):
        """Returns what is reported: what never changes at the first epoch alone, unless needed."""
        if self._epochs == 1:
            return metrics | self._plan
        objective = self._progress.oracle.objective
        needed = [o.name for o in getattr(objective, "objectives", [objective])]
        needed += [constraint.metric for constraint in self._progress.constraints]
        return {name: v for name, v in metrics.items() if name != PARAMETERS or name in needed}


def _planned(model, params):
    """Returns how long a training is to be, and before which epoch nothing says much (row 14)."""
    epochs, steps = params.get("epochs"), params.get("steps")
    if not epochs:
        return {}
    layers = keras_compat.all_layers(model)
    normalizers = (x for x in layers if isinstance(x, keras.layers.BatchNormalization))
    momentum = max((layer.momentum for layer in normalizers), default=None)
    grace = grace_epochs(epochs, steps or 1, momentum if steps else None)
    return {PLANNED: float(epochs), GRACE: float(grace)}
