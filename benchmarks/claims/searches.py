"""Searches as ways: on LCBench's networks, of which a surrogate gives the error of any setting.

A way sees a few of the seven parameters; the seed draws the others, the same for both ways. What
counts is the error, in percent, of the best setting that it has found.
"""

import functools
from dataclasses import dataclass

import keras_tuner
import numpy as np

from benchmarks.claims import data as claims_data
from tuners.space import Space

BASES = 20  # settings around which a parameter is varied, for each seed
VALUES = 9  # of a parameter that is varied


@dataclass(frozen=True)
class TuningTask:
    """A task of LCBench.

    Attributes:
        name: Its number at OpenML.
    """

    name: str

    def load(self, seed):
        """Returns the `Problem`, the same for all seeds."""
        return _problems(claims_data.folder)[self.name]

    def __str__(self):
        return f"LCBench {self.name}"


@dataclass(frozen=True, kw_only=True)
class Search:
    """A search of so many trials.

    Attributes:
        method: A name of `METHODS`.
        parameters: Names of what is searched over, separated by spaces.
        trials: How many.
    """

    method: str
    parameters: str
    trials: int

    def run(self, data, seed):
        """Searches and returns the least error that was found."""
        from benchmarks.searches.contenders.oracles import finish, trials_of

        problem = data.load(seed)
        hp, rest = part_of(problem, self.parameters.split(), seed)
        oracle = METHODS[self.method](self, hp, seed)
        found = []
        for trial in trials_of(oracle):
            found.append(problem.value(rest | trial.hyperparameters.values))
            finish(oracle, trial, found[-1])
        return {"error": min(found), "trials": len(found)}


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How much the error changes with one parameter, all others being fixed.

    Attributes:
        parameter: Its name.
    """

    parameter: str

    def run(self, data, seed):
        """Returns the mean standard deviation of the error over the range of the parameter."""
        problem = data.load(seed)
        hp = Space(_only(problem, [self.parameter]))
        values = [hp.from_uniform([(k + 0.5) / VALUES]) for k in range(VALUES)]
        spreads = [
            np.std(problem.scores([base | value for value in values]))
            for base in problem.random_settings(BASES, seed)
        ]
        return {"spread": float(np.mean(spreads))}


def part_of(problem, names, seed):
    """Returns a space of some parameters of a problem, and values of the others by the seed."""
    rest = problem.random_settings(1, seed)[0]
    return _only(problem, names), {name: v for name, v in rest.items() if name not in names}


def _only(problem, names):
    hp = keras_tuner.HyperParameters()
    hp.merge([parameter for parameter in problem.space().space if parameter.name in names])
    return hp


@functools.cache
def _problems(folder):
    from benchmarks.searches.problems import make_problems

    return make_problems(folder)


# --- methods: functions of a `Search`, a space and a seed that return an oracle -------------------


def _random(search, hp, seed):
    from tuners.oracles import RandomSearchOracle

    options = {"sampler": "uniform", "prior": None}  # the guide's own
    return RandomSearchOracle(**_common(search, hp, seed), **options)


def _grid(search, hp, seed):
    from tuners.oracles import GridSearchOracle

    points = round(search.trials ** (1 / len(hp.space)))
    return GridSearchOracle(**_common(search, hp, seed), points=points)


def _golden(search, hp, seed):
    from tuners.oracles import BinarySearchOracle

    return BinarySearchOracle(**_common(search, hp, seed))


def _bayesian(search, hp, seed):
    from tuners.oracles import BayesianOptimizationOracle

    return BayesianOptimizationOracle(**_common(search, hp, seed))


def _common(search, hp, seed):
    objective = keras_tuner.Objective("score", "min")
    trials = search.trials
    return {"objective": objective, "max_trials": trials, "seed": seed, "hyperparameters": hp}


METHODS = {"random": _random, "grid": _grid, "golden section": _golden, "Bayesian": _bayesian}
