"""The tuner classes of KerasTuner's names: one oracle each, in the loop of `Tuner`."""

from tuners.oracles.baby_sitting import BabySittingOracle
from tuners.oracles.base import arguments_of
from tuners.oracles.bayesian import BayesianOptimizationOracle
from tuners.oracles.binary import BinarySearchOracle
from tuners.oracles.grid import GridSearchOracle
from tuners.oracles.hyperband import HyperbandOracle
from tuners.oracles.random import RandomSearchOracle
from tuners.tuner import Tuner


class BayesianOptimization(Tuner):
    """Bayesian optimisation with a Gaussian process; the signature is keras_tuner's (row 80).

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        objective: As in `oracles.BayesianOptimizationOracle`, and so all up to `prior`.
        **kwargs: As in `Tuner`: `directory`, `project_name`, `overwrite`, ….

    Example:

        tuner = BayesianOptimization(build_model, objective="val_accuracy", max_trials=30)
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
        best = tuner.get_best_hyperparameters()[0]
    """

    def __init__(
        self,
        hypermodel=None,
        objective=None,
        max_trials=10,
        num_initial_points=None,
        alpha=1e-4,
        beta=2.6,
        seed=None,
        hyperparameters=None,
        tune_new_entries=True,
        allow_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        acquisition="log_ei",
        noise=None,
        prior="defaults",
        **kwargs,
    ):
        oracle = BayesianOptimizationOracle(**arguments_of(BayesianOptimizationOracle, locals()))
        super().__init__(oracle, hypermodel, **kwargs)


class Hyperband(Tuner):
    """Hyperband; the signature is keras_tuner's.

    Many settings are trained for few epochs, the best of them go on with their training, optimizer
    included. Each trial's `fit` is given `epochs=max_epochs`.

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        objective: As in `oracles.HyperbandOracle`, and so all up to `min_epochs`.
        **kwargs: As in `Tuner`: `directory`, `project_name`, `overwrite`, ….

    Example:

        tuner = Hyperband(build_model, objective="val_accuracy", max_epochs=27)
        tuner.search(x, y, validation_data=(x_val, y_val))
        best = tuner.get_best_hyperparameters()[0]
    """

    def __init__(
        self,
        hypermodel=None,
        objective=None,
        max_epochs=100,
        factor=3,
        hyperband_iterations=1,
        seed=None,
        hyperparameters=None,
        tune_new_entries=True,
        allow_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        prior="defaults",
        min_epochs=1,
        **kwargs,
    ):
        oracle = HyperbandOracle(**arguments_of(HyperbandOracle, locals()))
        self._max_epochs = oracle.max_epochs  # a worker's oracle is a client, which has it not
        super().__init__(oracle, hypermodel, **kwargs)

    def run_trial(self, trial, *args, **kwargs):
        """Trains for at most `max_epochs` epochs; the oracle may stop the trial before."""
        return super().run_trial(trial, *args, **{**kwargs, "epochs": self._max_epochs})


class RandomSearch(Tuner):
    """Random search on a scrambled Sobol sequence; the signature is keras_tuner's (row 79).

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        objective: As in `oracles.RandomSearchOracle`, and so all that follow.
        **kwargs: As in `Tuner`: `directory`, `project_name`, `overwrite`, ….

    Example:

        tuner = RandomSearch(build_model, "val_accuracy", max_trials=20, pruner="median")
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
        model = tuner.get_best_models()[0]
    """

    def __init__(
        self,
        hypermodel=None,
        objective=None,
        max_trials=10,
        seed=None,
        hyperparameters=None,
        tune_new_entries=True,
        allow_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        sampler="sobol",
        prior="defaults",
        **kwargs,
    ):
        oracle = RandomSearchOracle(**arguments_of(RandomSearchOracle, locals()))
        super().__init__(oracle, hypermodel, **kwargs)


class GridSearch(Tuner):
    """Grid search, which says its cost before it starts; the signature is keras_tuner's (row 76).

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        objective: As in `oracles.GridSearchOracle`, and so all up to `points`.
        **kwargs: As in `Tuner`: `directory`, `project_name`, `overwrite`, ….

    Example:

        tuner = GridSearch(build_model, objective="val_accuracy")
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
        # GridSearch: 4 × 3 = 12 settings: 12 trials of 10 epochs, 120 epochs in all.
    """

    def __init__(
        self,
        hypermodel=None,
        objective=None,
        max_trials=None,
        seed=None,
        hyperparameters=None,
        tune_new_entries=True,
        allow_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        points=10,
        **kwargs,
    ):
        oracle = GridSearchOracle(**arguments_of(GridSearchOracle, locals()))
        super().__init__(oracle, hypermodel, **kwargs)

    def search(self, *fit_args, **fit_kwargs):
        """Says what the search costs, then runs it; as in `Tuner.search`."""
        if fit_kwargs.get("verbose", 1) and not self._is_worker():
            print(self.oracle.cost(fit_kwargs.get("epochs"), self.executions_per_trial))
        super().search(*fit_args, **fit_kwargs)


class BinarySearch(Tuner):
    """Binary search in one parameter: golden section, or bisection to a threshold (rows 77, 78).

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        objective: As in `oracles.BinarySearchOracle`, and so all up to `widest_gap`.
        **kwargs: As in `Tuner`: `directory`, `project_name`, `overwrite`, ….

    Raises:
        ArgumentError: If the space has several parameters, or an argument breaks its rule.

    Example:

        tuner = BinarySearch(
            build_model, kt.Objective("val_recall", "max"), constraint="val_recall >= 0.95"
        )
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
        largest = tuner.get_best_hyperparameters()[0].get("alpha")
    """

    def __init__(
        self,
        hypermodel=None,
        objective=None,
        max_trials=None,
        seed=None,
        hyperparameters=None,
        tune_new_entries=True,
        allow_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        constraint=None,
        largest=True,
        repeats=1,
        tolerance=None,
        widest_gap=0.25,
        **kwargs,
    ):
        oracle = BinarySearchOracle(**arguments_of(BinarySearchOracle, locals()))
        super().__init__(oracle, hypermodel, **kwargs)
        if not self._is_worker():
            oracle.check_space()

    def search(self, *fit_args, **fit_kwargs):
        """Runs the search, then says what it has found; as in `Tuner.search`."""
        super().search(*fit_args, **fit_kwargs)
        if fit_kwargs.get("verbose", 1) and not self._is_worker():
            print(self.oracle.answer())


class BabySitting(Tuner):
    """Trial and error: each trial follows from the diagnosis of the earlier ones (row 75).

    Args:
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        objective: As in `oracles.BabySittingOracle`, and so all up to `ask`.
        **kwargs: As in `Tuner`: `directory`, `project_name`, `overwrite`, ….

    Example:

        tuner = BabySitting(build_model, "val_loss", max_trials=8, interactive=True)
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
        print(tuner.oracle.reasons)
    """

    def __init__(
        self,
        hypermodel=None,
        objective=None,
        max_trials=10,
        seed=None,
        hyperparameters=None,
        tune_new_entries=True,
        allow_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        num_classes=None,
        interactive=False,
        ask=None,
        **kwargs,
    ):
        oracle = BabySittingOracle(**arguments_of(BabySittingOracle, locals()))
        super().__init__(oracle, hypermodel, **kwargs)
