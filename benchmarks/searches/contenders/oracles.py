"""Oracles as contenders: ours and KerasTuner's, and ours with the guide's values as priors."""

import tempfile

import keras_tuner

from recipes.recommended import RECOMMENDED
from tuners.oracles import BayesianOptimizationOracle


def oracle_steps(make):
    """Returns the steps of an oracle, driven as a tuner drives it.

    Args:
        make: The oracle's class; ours and KerasTuner's have one signature.
    """

    def steps(hp, trials, seed):
        oracle = make(
            keras_tuner.Objective("score", "min"),
            max_trials=trials,
            seed=seed or 1,  # KerasTuner takes 0 for none
            hyperparameters=hp,
        )
        for trial in trials_of(oracle):
            observed = yield trial.hyperparameters.values
            finish(oracle, trial, observed)

    return steps


def trials_of(oracle):
    """Yields the trials of an oracle, in a temporary folder, until it stops."""
    with tempfile.TemporaryDirectory() as folder:
        oracle.verbose = 0
        oracle._set_project_dir(folder, "search")
        while (trial := oracle.create_trial("tuner0")).status == "RUNNING":
            yield trial


def finish(oracle, trial, score):
    """Reports to an oracle what a tuner reports of a trial that ran to its end."""
    oracle.update_trial(trial.trial_id, {"score": score})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)


def steps_with_priors(hp, trials, seed):
    """Steps of our Bayesian search in a space that has the guide's values as defaults."""
    yield from oracle_steps(BayesianOptimizationOracle)(_with_defaults(hp), trials, seed)


def _with_defaults(hp):
    """Returns a space in which a parameter has its recommended value as default, if it has one."""
    told = keras_tuner.HyperParameters()
    for parameter in hp.space:
        config = parameter.get_config()
        recommended = RECOMMENDED.get(_GUIDE_NAMES.get(parameter.name, parameter.name))
        if recommended is not None:
            config["default"] = type(parameter.default)(recommended.value)
        told.merge([type(parameter).from_config(config)])
    return told


_GUIDE_NAMES = {"max_dropout": "dropout"}  # what LCBench calls the parameters of the guide
