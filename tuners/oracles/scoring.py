"""What a trial is worth: the epochs that count, constraints, several objectives.

- A trial's score is the mean over its executions of the objective at the epoch that counts
  (`tuners.executions`), KerasTuner's meaning.
- With several objectives the score is KerasTuner's sum (what is to be maximised counts negative);
  the ranking is that of `tuners.objectives`.
"""

import math

import numpy as np
from keras_tuner.engine.trial import TrialStatus

from tuners.constraints import total_violation
from tuners.executions import (
    at_best_epochs,
    best_epoch,
    mean_metrics,
    rank_epoch,
    split_executions,
)
from tuners.objectives import (
    chebyshev,
    non_dominated_ranks,
    pareto_order,
    penalised,
)
from tuners.oracles.held import HeldOracle


def executions_of(trial):
    """Returns the executions of a trial: see `tuners.executions`.

    Args:
        trial: A `keras_tuner` trial; its epochs are counted from 0.
    """
    metrics = trial.metrics.metrics.items()
    return split_executions(
        {name: {o.step: o.value for o in found.get_history()} for name, found in metrics}
    )


def epoch_rank(metrics, objective, constraints=()):
    """Returns the rank of an epoch with some metrics, as `rank_epoch` does."""
    value = objective.get_value(metrics) if objective.has_value(metrics) else math.nan
    violation = total_violation(constraints, metrics)
    return rank_epoch(value, direction=objective.direction, violation=violation)


class ScoringOracle(HeldOracle):
    """A `HeldOracle` that scores and ranks its trials.

    Attributes:
        constraints: The `Constraint`s that the best trial must fulfil.
    """

    constraints = ()

    # --- what people ask --------------------------------------------------------------------------

    def trial_scores(self, trial):
        """Returns the objective of each execution of a trial at its best epoch, as a list."""
        counted = self._at_best_epochs(trial)
        return [float(self.objective.get_value(metrics)) for metrics in counted]

    def metrics_at_best(self, trial):
        """Returns the metrics of a trial, each the mean over the executions at their best epochs.

        Args:
            trial: A `keras_tuner` trial.

        Returns:
            Dict of floats by name; empty if nothing was reported.
        """
        return mean_metrics(self._at_best_epochs(trial))

    def violation(self, trial):
        """Returns by how much a trial breaks the constraints: 0 where it breaks none."""
        if not self.constraints:
            return 0.0
        return total_violation(self.constraints, self.metrics_at_best(trial))

    def pareto_front(self):
        """Returns the trials that no other dominates, of those that break no constraint.

        Each stands for the metrics of its best epoch, the one of its checkpoint; the order is that
        in which they began. With one objective these are the best trials.
        """
        trials = [trial for trial in self._scored() if not self.violation(trial)]
        ranks = non_dominated_ranks(self._costs(trials))
        return [trial for trial, rank in zip(trials, ranks, strict=True) if rank == 0]

    def get_best_trials(self, num_trials=1):
        """Returns the best trials.

        Trials that break a constraint come after all that break none, those that have no score
        last. With several objectives the Pareto front comes first, the trials with the most room
        on it at its head (crowding distance), and then the fronts behind it.

        Args:
            num_trials: Their number, at most.
        """
        trials = self._scored()
        names = {trial.trial_id for trial in trials}
        others = [trial for name, trial in self.trials.items() if name not in names]
        return [*(trials[place] for place in self._order(trials)), *others][:num_trials]

    def score_trial(self, trial):
        """Sets the score of a completed trial, and the step of its best epoch."""
        executions = executions_of(trial)
        steps = [best_epoch(each, self._rank) for each in executions]
        ranks = [self._rank(e[step]) for e, step in zip(executions, steps, strict=True)]
        scores = self.trial_scores(trial)
        trial.score = float(np.mean(scores)) if scores else None
        trial.best_step = steps[ranks.index(min(ranks))] if steps else 0

    # --- what an oracle models --------------------------------------------------------------------

    def costs_to_model(self, trials, number):
        """Returns one cost for each completed trial, to be minimised.

        With one objective it is the score. With several it is a Chebyshev norm of the objectives
        whose weights are drawn for each suggestion anew, so that the suggestions spread over the
        Pareto front (ParEGO, Knowles 2006). A trial that breaks a constraint costs more than all
        that break none.

        Args:
            trials: Completed `keras_tuner` trials.
            number: How many trials were begun before the one that is suggested.

        Returns:
            Array of shape (trials,).
        """
        if not trials:
            return np.zeros(0)
        costs = self._costs(trials)
        generator = np.random.default_rng(self.seed_for("weights", number))
        weights = generator.dirichlet(np.ones(costs.shape[1]))
        cost = chebyshev(costs, weights) if costs.shape[1] > 1 else costs[:, 0]
        return penalised(cost, [self.violation(trial) for trial in trials])

    # --- steps ------------------------------------------------------------------------------------

    def _objectives(self):
        return getattr(self.objective, "objectives", [self.objective])

    def _scored(self):
        """Returns the trials that have a score, in the order in which they began.

        One that goes on after it was stopped has the score that it had then, until it ends.
        """
        failed = (TrialStatus.INVALID, TrialStatus.FAILED)
        trials = self.trials.values()
        return [t for t in trials if t.score is not None and t.status not in failed]

    def _at_best_epochs(self, trial):
        """Returns the metrics of each execution at its best epoch."""
        return at_best_epochs(executions_of(trial), self._rank)

    def _rank(self, metrics):
        return epoch_rank(metrics, self.objective, self.constraints)

    def _costs(self, trials):
        """Returns the objectives of trials as costs, an array of shape (trials, objectives)."""
        objectives = self._objectives()
        signs = [-1.0 if objective.direction == "max" else 1.0 for objective in objectives]
        if len(objectives) == 1:
            return signs[0] * np.array([[t.score] for t in trials], dtype=float).reshape(-1, 1)
        values = [[self.metrics_at_best(t)[o.name] for o in objectives] for t in trials]
        return np.array(values, dtype=float).reshape(-1, len(objectives)) * signs

    def _order(self, trials):
        """Returns the numbers of the trials from the best to the worst."""
        costs = self._costs(trials)
        violations = np.array([self.violation(trial) for trial in trials])
        if costs.shape[1] == 1:  # without the table of who dominates whom
            return np.lexsort((costs[:, 0], violations))
        return pareto_order(costs, violations)

    def _with_sum(self, metrics):
        """Returns the metrics with KerasTuner's sum of several objectives, where all are there."""
        if len(self._objectives()) == 1 or not self.objective.has_value(metrics):
            return metrics
        return {**metrics, self.objective.name: self.objective.get_value(metrics)}

    def _direction_of(self, metric):
        return next((o.direction for o in self._objectives() if o.name == metric), None)
