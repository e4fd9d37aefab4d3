"""Hyperband: many short trainings, and long ones for the best of them."""

from recipes.errors import ArgumentError, SearchError, check_integer, check_one_of, describe
from tuners.oracles.base import Oracle, arguments_of
from tuners.oracles.random import space_filling_setting
from tuners.pruning.brackets import HyperbandBrackets


class HyperbandOracle(Oracle):
    """Suggests settings that fill the space, and spends the epochs on the best (Li et al. 2017).

    The search is done in brackets of `tuners.pruning.HyperbandBrackets`: trials are stopped at the
    end of each round, and the best of them go on with their training. It takes a tuner that
    reports each epoch and goes on with a stopped trial, such as `tuners.Hyperband`. It ends when
    all brackets are done; `max_trials` has no part in it.

    Args:
        objective: As in `keras_tuner.oracles.HyperbandOracle`, and so all others.
        max_epochs: Epochs of the longest trainings.
        factor: By which a round has fewer trials and more epochs than the one before.
        hyperband_iterations: How often the brackets are run; None or 0 for no limit.
        seed: A whole number of at least 0, or None.
        hyperparameters: Search space, or None.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        prior: "defaults": where the space has defaults of the user's own, the first trial has
            them. None: it has not.
        min_epochs: Epochs of the shortest trainings, at least. Models with batch normalization
            take `tuners.pruning.grace_epochs(…)`.

    Raises:
        ArgumentError: If an argument breaks its rule.
    """

    def __init__(
        self,
        objective=None,
        max_epochs=100,
        factor=3,
        hyperband_iterations=1,
        seed=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        prior="defaults",
        min_epochs=1,
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        where = type(self).__name__
        for name, least in (("max_epochs", 1), ("factor", 2), ("min_epochs", 1)):
            check_integer(where, name, locals()[name], least)
        iterations = hyperband_iterations or 0
        self.hyperband_iterations = check_integer(where, "hyperband_iterations", iterations, 0)
        self._pruner = HyperbandBrackets(**arguments_of(HyperbandBrackets, locals()))
        self.prior = check_one_of(where, "prior", prior, ("defaults", None))

    @property
    def max_epochs(self):
        """Epochs of the longest trainings."""
        return self.pruner.max_epochs

    @property
    def pruner(self):
        """The brackets; there can be no other pruner."""
        return self._pruner

    @pruner.setter
    def pruner(self, pruner):
        if pruner != self._pruner:
            rule = "its brackets are its pruner (`pruner`)"
            hint = "Take RandomSearch or BayesianOptimization with this pruner."
            raise ArgumentError(describe(type(self).__name__, rule, hint, pruner=pruner))

    def suggest(self, space, number, tried):
        """Returns the next setting of a Sobol sequence; None when all brackets are full."""
        begun = number - len(self.known_names())
        if self.hyperband_iterations and begun >= self.hyperband_iterations * self.pruner.trials:
            return None
        return space_filling_setting(space, number, tried, self.seed)

    def check_reports(self, trial):
        """Refuses a tuner that reports once a trial: no part of a training can be told from it.

        Raises:
            SearchError: If a trial has no report of its first epoch, or none of a further epoch
                since it began to run, or ends by itself with the report of its first epoch.
        """
        epochs, steps = self.curve_of(trial).epochs, [r.step for r in self.reports_of(trial)]
        if not steps:
            return  # it has no score, and so has failed
        once = epochs == 1 < self.max_epochs and trial.trial_id not in self._told_to_stop
        if once or epochs == self.epochs_before(trial):
            rule = "each epoch must be reported when it ends, and this tuner reports once a trial"
            hint = "Use tuners.Hyperband, or RandomSearchOracle with this tuner."
            received = {"trial": trial.trial_id, "steps": steps}
            raise SearchError(describe(type(self).__name__, rule, hint, **received))
