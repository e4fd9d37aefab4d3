"""The problems on which searches are compared. Everything is minimised.

Two families:

- tasks: the validation error in percent of MLPs on five OpenML tasks after 52 epochs, by a
  surrogate of LCBench (Zimmer et al. 2021; YAHPO Gym: Pfisterer et al. 2022, arXiv:2109.03670).
- functions: four published functions of numbers alone, and three of ours with categories, whole
  numbers, logarithmic scales, conditions, parameters that do nothing, and noise.

The regret of a value is normalised: 1 is the median of 20,000 random settings, 0 the least value
that is known. Of functions that is their minimum, of tasks the best of the random settings and of
what differential evolution has found:

    python -m benchmarks.searches.problems     # searches the tasks and prints what it finds
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras_tuner
import numpy as np
from scipy import optimize

from benchmarks.searches import functions
from tuners.space import Space

EPOCHS = 52  # of a full training of LCBench
TASKS = ("3945", "7593", "34539", "126025", "126026")
DATA = Path(__file__).parents[3] / "shared" / "data"  # beside the checkout
RANDOM_SETTINGS = 20_000
BEST_FOUND = {  # by `evolve`: least validation error at epoch 52, in percent
    "3945": 0.3417,
    "7593": 8.3025,
    "34539": 0.8540,
    "126025": 0.5274,
    "126026": 0.2515,
}
_SEED = 20_230  # of the random settings

FAMILIES = ("tasks", "functions")


@dataclass(frozen=True, eq=False)
class Problem:
    """Something to be minimised over a search space.

    Attributes:
        name: Name of the problem.
        family: "tasks" or "functions".
        declare: Function of a `keras_tuner.HyperParameters` that declares the space in it.
        scores: Function of a list of settings; returns their values, of shape (settings,).
        least: The least value that is known.
        noise: Standard deviation of what a search observes about the value.
        curves: Function of a list of settings; returns the error in percent after each epoch, of
            shape (settings, 52). None of functions.
    """

    name: str
    family: str
    declare: Callable
    scores: Callable
    least: float
    noise: float = 0.0
    curves: Callable | None = None

    def space(self):
        """Returns the search space as a new `keras_tuner.HyperParameters`."""
        hp = keras_tuner.HyperParameters()
        self.declare(hp)
        return hp

    def value(self, values):
        """Returns the value without noise of a setting, a dict of its active values."""
        return float(self.scores([values])[0])

    def observe(self, values, generator):
        """Returns what a search sees of a setting.

        Args:
            values: Dict of the active values.
            generator: NumPy generator of the noise; it moves on by one number in any case.
        """
        return self.value(values) + self.noise * float(generator.standard_normal())

    def curve(self, values):
        """Returns 100 − validation accuracy in percent after each epoch, of shape (52,)."""
        return self.curves([values])[0]

    def random_settings(self, count, seed):
        """Returns independent random settings, uniform on each parameter's own scale.

        Args:
            count: How many.
            seed: Seed of the NumPy generator.
        """
        space = Space(self.space())
        points = np.random.default_rng(seed).random((count, len(space.parameters)))
        return [space.from_uniform(point) for point in points]

    @functools.cached_property
    def scale(self):
        """The values whose regrets are 0 and 1, as a pair."""
        values = self.scores(self.random_settings(RANDOM_SETTINGS, _SEED))
        return min(self.least, float(values.min())), float(np.median(values))

    def regret(self, value):
        """Returns the normalised regret of a value, or of an array of values."""
        zero, one = self.scale
        return (value - zero) / (one - zero)


def make_problems(data_dir=None):
    """Returns all problems as a dict by name, the tasks first.

    Args:
        data_dir: Folder with `yahpo/lcbench.onnx`; None takes `DATA`.
    """
    listed = [*(_task(name, Path(data_dir or DATA)) for name in TASKS), *_functions()]
    return {problem.name: problem for problem in listed}


# --- tasks ----------------------------------------------------------------------------------------

_LCBENCH = ("batch_size", "learning_rate", "momentum", "weight_decay")
_LCBENCH += ("num_layers", "max_units", "max_dropout")  # in the order of the network's inputs


def declare_lcbench(hp):
    """The search space of LCBench: seven parameters."""
    hp.Int("batch_size", 16, 512, sampling="log")
    hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")
    hp.Float("momentum", 0.1, 0.99)
    hp.Float("weight_decay", 1e-5, 1e-1, sampling="log")
    hp.Int("num_layers", 1, 5)
    hp.Int("max_units", 64, 1024, sampling="log")
    hp.Float("max_dropout", 0.0, 1.0)


def _task(name, data_dir):
    return Problem(
        name=name,
        family="tasks",
        declare=declare_lcbench,
        scores=lambda settings: _errors(data_dir, name, settings, [EPOCHS])[:, 0],
        least=BEST_FOUND[name],
        curves=lambda settings: _errors(data_dir, name, settings, range(1, EPOCHS + 1)),
    )


def _errors(data_dir, task, settings, epochs):
    """Returns validation errors in percent, of shape (settings, epochs), by one call."""
    session, codes = _surrogate(data_dir)
    rows = [[e, *(v[name] for name in _LCBENCH)] for v in settings for e in epochs]
    inputs = {
        "x_cat": np.full((len(rows), 1), codes[task], np.int32),
        "x_cont": np.array(rows, np.float32),
    }
    accuracy = session.run(None, inputs)[0][:, 1]
    return 100.0 - accuracy.reshape(len(settings), len(epochs)).astype(float)


@functools.cache
def _surrogate(data_dir):
    """Returns the network of LCBench on one thread, and the code of each task by its name."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(data_dir / "yahpo" / "lcbench.onnx"), options, providers=["CPUExecutionProvider"]
    )
    text = (data_dir / "yahpo" / "lcbench_encoding.json").read_text(encoding="utf-8")
    return session, json.loads(text)["OpenML_task_id"]


# --- functions ------------------------------------------------------------------------------------


def _functions():
    return [
        _function("branin", functions.declare_branin, functions.branin, 0.397887),
        _function("hartmann6", functions.declare_hartmann6, functions.hartmann6, -3.32237),
        _function("ackley5", functools.partial(functions.declare_ackley, 5), functions.ackley),
        levy(4),
        _function("network", functions.declare_network, functions.network),
        _function("noisy", functions.declare_noisy, functions.noisy, noise=0.1),
        _function("models", functions.declare_models, functions.models, noise=0.02),
    ]


def levy(dimensions):
    """Returns the function of Levy in a number of dimensions."""
    declare = functools.partial(functions.declare_levy, dimensions)
    return _function(f"levy{dimensions}", declare, functions.levy)


def _function(name, declare, function, least=0.0, noise=0.0):
    def scores(settings):
        return np.array([function(values) for values in settings])

    return Problem(name, "functions", declare, scores, least, noise)


# --- the least values of the tasks ----------------------------------------------------------------


def evolve(problem, seed):
    """Returns the least value that differential evolution finds in about 56,000 settings.

    Args:
        problem: A `Problem`.
        seed: Seed of the evolution.
    """
    space = Space(problem.space())

    def population_values(points):
        inside = np.minimum(points.T, np.nextafter(1.0, 0.0))
        return problem.scores([space.from_uniform(point) for point in inside])

    return optimize.differential_evolution(
        population_values,
        [(0.0, 1.0)] * len(space.parameters),
        vectorized=True,
        updating="deferred",
        popsize=40,
        maxiter=200,
        tol=0.0,
        polish=False,
        rng=seed,
    ).fun


if __name__ == "__main__":
    for each in make_problems().values():
        if each.family == "tasks":
            print(each.name, f"{min(evolve(each, seed) for seed in range(3)):.4f}", flush=True)
