"""A contender, and how it is run: on one thread, its suggestions timed, its values checked."""

import contextlib
import importlib
import importlib.util
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from recipes.seeds import derive_seed
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
    setting = {name: plain(value) for name, value in Space(hp).setting_of(values).items()}
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


def plain(value):
    """Returns a value without NumPy's type."""
    return value.item() if isinstance(value, np.generic) else value
