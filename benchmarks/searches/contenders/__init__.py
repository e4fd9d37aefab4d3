"""The contenders: searches of ours and of other packages, each with its own defaults.

A contender is a generator of settings: it yields a dict of values and is sent what was observed.
Whatever it does in between (taking in a result, suggesting the next setting) counts as the time of
a suggestion. All run on one thread; a package is imported when it is used.

Optuna and Ax are told of the conditions of parameters. HEBO cannot express them: it also chooses
values for parameters that are inactive, as KerasTuner's own search does.
"""

import keras_tuner

from benchmarks.searches.contenders.ax import ax_steps
from benchmarks.searches.contenders.hebo import hebo_steps
from benchmarks.searches.contenders.optuna import optuna_steps
from benchmarks.searches.contenders.oracles import oracle_steps, steps_with_priors
from benchmarks.searches.contenders.running import Contender
from tuners.oracles import BayesianOptimizationOracle, RandomSearchOracle

CONTENDERS = {  # the quick ones first
    "ours": Contender(oracle_steps(BayesianOptimizationOracle)),
    "ours-priors": Contender(steps_with_priors),
    "ours-random": Contender(oracle_steps(RandomSearchOracle)),
    "kt-random": Contender(oracle_steps(keras_tuner.oracles.RandomSearchOracle)),
    "optuna-tpe": Contender(optuna_steps("TPESampler"), ("optuna",)),
    "optuna-gp": Contender(optuna_steps("GPSampler"), ("torch", "optuna")),
    "ax": Contender(ax_steps, ("torch", "ax")),
    "hebo": Contender(hebo_steps, ("torch", "hebo")),
    "kt-bayesian": Contender(oracle_steps(keras_tuner.oracles.BayesianOptimizationOracle)),
}
