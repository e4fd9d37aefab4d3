"""The contenders: searches of ours and of other packages, each with its own defaults.

A contender is a generator of settings: it yields a dict of values and is sent what was observed.
Whatever it does in between (taking in a result, suggesting the next setting) counts as the time of
a suggestion. All run on one thread; a package is imported when it is used.

Optuna and Ax are told of the conditions of parameters. HEBO cannot express them: it also chooses
values for parameters that are inactive, as KerasTuner's own search does.
"""

import contextlib
import importlib
import importlib.util
import io
import logging
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import keras_tuner
import numpy as np
from threadpoolctl import threadpool_limits

from recipes.recommended import RECOMMENDED
from recipes.seeds import derive_seed
from tuners.oracles import BayesianOptimizationOracle, RandomSearchOracle
from tuners.space import Space


class Step(NamedTuple):
    """One trial: its active values, what was observed, and how long the suggestion took."""

    values: dict
    observed: float
    seconds: float


@dataclass(frozen=True)
class Contender:
    """A search that takes part.

    Attributes:
        steps: Generator function of a `keras_tuner.HyperParameters`, the number of trials, and a
            seed. It yields dicts of values and is sent what was observed, to be minimised.
        modules: What must be installed for it.
    """

    steps: Callable
    modules: tuple = ()

    @property
    def is_installed(self):
        """Whether its modules are there."""
        return all(importlib.util.find_spec(module) for module in self.modules)


def search(contender, problem, trials, seed, seconds=float("inf")):
    """Runs a search.

    Args:
        contender: A `Contender`.
        problem: A `Problem`.
        trials: How many trials.
        seed: Seed of the search, and of the noise: the same noise for every contender.
        seconds: After how many seconds it ends early.

    Returns:
        List of `Step`, one for each trial.
    """
    noise = np.random.default_rng(derive_seed(seed, "noise", problem.name))
    hp, done, observed, started = problem.space(), [], None, time.monotonic()
    suggestions = contender.steps(hp, trials, derive_seed(seed, "search"))
    with on_one_thread(contender.modules), contextlib.closing(suggestions):
        while len(done) < trials and time.monotonic() - started < seconds:
            began = time.perf_counter()
            try:
                values = suggestions.send(observed)
            except StopIteration:  # nothing is left to try
                break
            took = time.perf_counter() - began
            values = setting_within(hp, values)
            observed = problem.observe(values, noise)
            done.append(Step(values, observed, took))
    return done


def setting_within(hp, values):
    """Returns what a suggestion comes to: active values alone, of plain types, within bounds.

    KerasTuner's search gives values to inactive parameters, and 1025 where 1024 is the maximum.

    Args:
        hp: A `keras_tuner.HyperParameters`.
        values: Dict of values.
    """
    bounds = {p.name: (p.min_value, p.max_value) for p in hp.space if hasattr(p, "max_value")}
    setting = {name: _plain(value) for name, value in Space(hp).setting_of(values).items()}
    for name in bounds.keys() & setting.keys():
        low, high = bounds[name]
        setting[name] = min(max(setting[name], low), high)
    return setting


@contextlib.contextmanager
def on_one_thread(modules):
    """Imports modules and keeps them, NumPy and SciPy on one thread, and their warnings back.

    Args:
        modules: Names of modules; a limit holds for libraries that are loaded alone.
    """
    for module in modules:
        importlib.import_module(module)
    if "torch" in modules:
        importlib.import_module("torch").set_num_threads(1)
    with threadpool_limits(1), warnings.catch_warnings(action="ignore"):
        yield


# --- ours and KerasTuner's ------------------------------------------------------------------------


def _oracle(make):
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


# --- Optuna ---------------------------------------------------------------------------------------


def _optuna(sampler):
    """Returns the steps of an Optuna study.

    Args:
        sampler: Name of the sampler's class.
    """

    def steps(hp, trials, seed):
        study = optuna_study(sampler, seed)
        while True:
            trial = study.ask()
            observed = yield suggest(trial, hp)
            study.tell(trial, observed)

    return steps


def optuna_study(sampler, seed, **options):
    """Returns an Optuna study in memory that minimises.

    Args:
        sampler: Name of the sampler's class.
        seed: Seed of the sampler.
        **options: Further arguments of `optuna.create_study`.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = getattr(optuna.samplers, sampler)(seed=seed)
    return optuna.create_study(sampler=sampler, study_name="search", **options)


def suggest(trial, hp):
    """Returns the active values that an Optuna trial suggests for a KerasTuner space."""
    values = {}
    for each in hp.space:
        if all(condition.is_active(values) for condition in each.conditions):
            values[each.name] = _suggest_one(trial, each)
    return values


def _suggest_one(trial, hp):
    kind = _kind(hp)
    if kind in ("Choice", "Boolean"):
        return trial.suggest_categorical(hp.name, _choices(hp))
    suggest_number = trial.suggest_int if kind == "Int" else trial.suggest_float
    return suggest_number(hp.name, hp.min_value, hp.max_value, log=hp.sampling == "log")


def _kind(hp):
    return type(hp).__name__


def _choices(hp):
    return [False, True] if _kind(hp) == "Boolean" else list(hp.values)


# --- HEBO -----------------------------------------------------------------------------------------


def _hebo(hp, trials, seed):
    """Steps of HEBO (Cowen-Rivers et al. 2022, arXiv:2012.03826)."""
    import torch
    from hebo.design_space.design_space import DesignSpace
    from hebo.optimizers.hebo import HEBO

    np.random.seed(seed)  # of its evolution, which has no generator of its own
    torch.manual_seed(seed)
    optimizer = HEBO(
        DesignSpace().parse([_hebo_one(each) for each in hp.space]), scramble_seed=seed
    )
    while True:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints each jitter of its matrices
            suggestion = optimizer.suggest()
        observed = yield {name: _plain(suggestion[name].iloc[0]) for name in suggestion}
        optimizer.observe(suggestion, np.array([[observed]]))


def _hebo_one(hp):
    """Returns one parameter as HEBO describes it."""
    kind = _kind(hp)
    if kind == "Boolean":
        return {"name": hp.name, "type": "bool"}
    if kind == "Choice":
        return {"name": hp.name, "type": "cat", "categories": _choices(hp)}
    types = {"Int": {"linear": "int", "log": "pow_int"}, "Float": {"linear": "num", "log": "pow"}}
    described = {"name": hp.name, "type": types[kind][hp.sampling]}
    return described | {"lb": hp.min_value, "ub": hp.max_value, "base": 10}


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


# --- Ax -------------------------------------------------------------------------------------------


def _ax(hp, trials, seed):
    """Steps of Ax with the strategy that it chooses (Olson et al. 2025)."""
    from ax.api.client import Client
    from ax.utils.common.logger import set_ax_logger_levels

    set_ax_logger_levels(logging.ERROR)
    client = Client(random_seed=seed)
    client.configure_experiment(parameters=[_ax_one(each, hp.space) for each in hp.space])
    client.configure_optimization(objective="-score")
    while True:
        ((number, values),) = client.get_next_trials(max_trials=1).items()
        observed = yield values
        client.complete_trial(number, raw_data={"score": observed})


def _ax_one(hp, space):
    """Returns one parameter as Ax describes it, with those that are under its condition."""
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    kind = _kind(hp)
    if kind not in ("Choice", "Boolean"):
        bounds = (hp.min_value, hp.max_value)
        return RangeParameterConfig(hp.name, bounds, kind.lower(), scaling=hp.sampling)
    children = {value: _children(hp, value, space) for value in _choices(hp)}
    return ChoiceParameterConfig(
        hp.name,
        _choices(hp),
        "bool" if kind == "Boolean" else "str",
        is_ordered=kind == "Boolean",
        dependent_parameters={value: names for value, names in children.items() if names} or None,
    )


def _children(hp, value, space):
    """Returns the names of the parameters whose innermost condition is a value of this one."""
    inner = {each.name: each.conditions[-1] for each in space if each.conditions}
    return [n for n, condition in inner.items() if condition.is_active({hp.name: value})]


def _with_priors(hp, trials, seed):
    """Steps of our Bayesian search in a space that has the guide's values as defaults."""
    yield from _oracle(BayesianOptimizationOracle)(_with_defaults(hp), trials, seed)


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

CONTENDERS = {  # the quick ones first
    "ours": Contender(_oracle(BayesianOptimizationOracle)),
    "ours-priors": Contender(_with_priors),
    "ours-random": Contender(_oracle(RandomSearchOracle)),
    "kt-random": Contender(_oracle(keras_tuner.oracles.RandomSearchOracle)),
    "optuna-tpe": Contender(_optuna("TPESampler"), ("optuna",)),
    "optuna-gp": Contender(_optuna("GPSampler"), ("torch", "optuna")),
    "ax": Contender(_ax, ("torch", "ax")),
    "hebo": Contender(_hebo, ("torch", "hebo")),
    "kt-bayesian": Contender(_oracle(keras_tuner.oracles.BayesianOptimizationOracle)),
}
