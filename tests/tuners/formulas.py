"""Searches whose trainings are formulas: the objective is `curve(number, epoch)`, the rest is real.

`Journaled` searches go through an oracle and its folder, as `tuners.Tuner` drives it; `Simulation`
asks a pruner alone, with several workers in any order.
"""

import dataclasses

import keras_tuner

from tuners.pruning import Curve


def line_space():
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    return hp


def start(oracle, folder, pruner=None):
    """Returns an oracle in a folder, as a tuner prepares it: new, or with what is there."""
    oracle.verbose = 0
    oracle._set_project_dir(folder, "search")
    if pruner is not None:
        oracle.pruner = pruner
    oracle.reload()
    return oracle


def train(oracle, trial, curve, epochs):
    """Reports a training up to its end or stop; returns its number, first and last epoch."""
    number, first = int(trial.trial_id), len(oracle.reports_of(trial))
    epoch = first
    while epoch < epochs and trial.status != "STOPPED":
        trial = oracle.update_trial(trial.trial_id, {"loss": curve(number, epoch)}, step=epoch)
        epoch += 1
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    return number, first, epoch


def search(oracle, curve, epochs):
    """Runs a search to its end; returns number, first and last epoch of each training."""
    trainings = []
    while (trial := oracle.create_trial("tuner0")).status == "RUNNING":
        trainings.append(train(oracle, trial, curve, epochs))
    assert trial.status == "STOPPED"
    return trainings


@dataclasses.dataclass
class Simulation:
    """Trials of which a pruner says which one stops and which one goes on.

    Args:
        pruner: A `Pruner`.
        curve: Function of number and epoch; what is None is a training that fails there.
        trials: How many trials are begun, at most.
        epochs: Epochs of a whole training.
        lengths: Dict of number and epochs, of the trainings that end early by themselves.
    """

    pruner: object
    curve: object
    trials: int
    epochs: int
    lengths: dict = dataclasses.field(default_factory=dict)
    curves: dict = dataclasses.field(default_factory=dict)

    def begin(self):
        """Returns the number of a trial that begins or goes on, or None if none does."""
        number = self.pruner.to_continue(list(self.curves.values()))
        if number is None and len(self.curves) < self.trials:
            number = len(self.curves)
        elif number is None:
            number = self.pruner.to_continue(list(self.curves.values()), closed=True)
        if number is not None:
            values = self.curves[number].values if number in self.curves else ()
            self.curves[number] = Curve(number=number, values=values)
        return number

    def train_an_epoch(self, number):
        """Trains a trial for one epoch; returns whether it still runs."""
        values = self.curves[number].values
        value = self.curve(number, len(values))
        if value is None:
            self.curves[number] = Curve(number=number, values=values, state="failed")
            return False
        curve = Curve(number=number, values=(*values, value))
        others = [other for other in self.curves.values() if other.number != number]
        ends = curve.epochs == min(self.epochs, self.lengths.get(number, self.epochs))
        stops = self.pruner.stops(curve, others) and not ends
        state = "stopped" if stops else "ended" if ends else "running"
        self.curves[number] = dataclasses.replace(curve, state=state)
        return state == "running"

    def run(self, workers, choose):
        """Runs all trials.

        Args:
            workers: How many trials run at once.
            choose: Function that picks the trial that is trained for the next epoch.
        """
        running = []
        while True:
            while len(running) < workers and (number := self.begin()) is not None:
                running.append(number)
            if not running:
                return
            number = choose(running)
            if not self.train_an_epoch(number):
                running.remove(number)
