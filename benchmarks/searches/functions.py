"""Functions to be minimised, each with the declaration of its search space.

A function takes a dict of the active values by name and returns a float. Sources: Dixon & Szegö
1978 (Branin, Hartmann), Ackley 1987, Laguna & Martí 2005 (Levy), in the domains that are usual for
them (Surjanovic & Bingham, Virtual Library of Simulation Experiments), but for Ackley's. The last
three are ours: sums of penalties that are never negative, so that 0 is their least value.
"""

import math

import numpy as np

# --- published ------------------------------------------------------------------------------------


def declare_branin(hp):
    """Two numbers."""
    hp.Float("x0", -5.0, 10.0)
    hp.Float("x1", 0.0, 15.0)


def branin(values):
    """Branin; its three minima are 0.397887."""
    x, y = values["x0"], values["x1"]
    valley = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def declare_hartmann6(hp):
    """Six numbers."""
    _declare_box(hp, 6, 0.0, 1.0)


def hartmann6(values):
    """Hartmann in six dimensions; its minimum is −3.32237."""
    distances = (_A * (_vector(values) - _P) ** 2).sum(axis=1)
    return -float(_ALPHA @ np.exp(-distances))


def declare_ackley(dimensions, hp):
    """Any number of numbers, in the usual domain moved by 40 % of its half: its minimum would be at
    the centre, where a search that begins there has found it with its first trial."""
    _declare_box(hp, dimensions, -20.0, 45.536)


def ackley(values):
    """Ackley; its minimum is 0 where all are 0."""
    x = _vector(values)
    near = -20.0 * math.exp(-0.2 * math.sqrt(np.mean(x**2)))
    return near - math.exp(np.mean(np.cos(2 * math.pi * x))) + 20.0 + math.e


def declare_levy(dimensions, hp):
    """Any number of numbers."""
    _declare_box(hp, dimensions, -10.0, 10.0)


def levy(values):
    """Levy; its minimum is 0 where all are 1."""
    w = 1 + (_vector(values) - 1) / 4
    inner = (w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return float(math.sin(math.pi * w[0]) ** 2 + inner.sum() + last)


def _declare_box(hp, dimensions, low, high):
    for place in range(dimensions):
        hp.Float(f"x{place}", low, high)


def _vector(values):
    return np.array([values[f"x{place}"] for place in range(len(values))])


# --- ours: a network, its noisy version, and a choice between models ------------------------------

_BEST_RATE = {"sgd": 1e-1, "adam": 1e-3, "rmsprop": 3e-4}
_OPTIMIZER = {"sgd": 0.0, "adam": 0.05, "rmsprop": 0.1}
_ACTIVATION = {"tanh": 0.2, "relu": 0.02, "gelu": 0.0, "sigmoid": 0.6}


def declare_network(hp):
    """Eight parameters: logarithmic, whole, two choices, one conditional, one that does nothing."""
    hp.Choice("optimizer", ["adam", "rmsprop", "sgd"])
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Float("momentum", 0.0, 0.99)
    hp.Float("learning_rate", 1e-5, 1.0, sampling="log")
    hp.Int("units", 8, 1024, sampling="log")
    hp.Int("layers", 1, 8)
    hp.Choice("activation", ["tanh", "relu", "gelu", "sigmoid"])
    hp.Boolean("bias")
    hp.Float("useless", 0.0, 1.0)


def network(values):
    """A sum of penalties: each optimizer has its own best learning rate, SGD a best momentum that
    moves it, and deeper networks want fewer units. The least is 0, of SGD with GELU and biases."""
    rate = math.log10(values["learning_rate"] / _BEST_RATE[values["optimizer"]])
    momentum = values.get("momentum", 0.9)
    if values["optimizer"] == "sgd":
        rate += math.log10(0.1 / (1.0 - momentum))  # what is left of the rate at 0.9
    size = math.log2(values["units"] / 256) + 0.5 * (values["layers"] - 4)
    return (
        (1.0 - math.exp(-(rate**2) / 2))
        + 0.3 * (momentum - 0.9) ** 2
        + 0.05 * size**2
        + 0.02 * (values["layers"] - 4) ** 2
        + _OPTIMIZER[values["optimizer"]]
        + _ACTIVATION[values["activation"]]
        + 0.05 * (not values["bias"])
    )


def declare_noisy(hp):
    """Seven parameters, three of which do nothing."""
    hp.Float("learning_rate", 1e-5, 1.0, sampling="log")
    hp.Float("dropout", 0.0, 0.8)
    hp.Int("batch_size", 16, 512, sampling="log")
    hp.Choice("schedule", ["constant", "cosine", "step", "linear"])
    hp.Choice("useless_choice", ["a", "b", "c"])
    hp.Int("useless_number", 1, 100)
    hp.Float("useless_share", 0.0, 1.0)


def noisy(values):
    """A sum of penalties, seen with noise: large batches want a higher rate. The least is 0, at
    batches of 32, rate 0.001, dropout 0.15 and the cosine."""
    batch = math.log2(values["batch_size"] / 32)
    rate = math.log10(values["learning_rate"] / 1e-3) - 0.3 * batch
    schedule = {"constant": 0.3, "cosine": 0.0, "step": 0.1, "linear": 0.05}
    return (
        0.5 * rate**2 / (1.0 + 0.2 * rate**2)
        + 1.5 * (values["dropout"] - 0.15) ** 2
        + 0.03 * batch**2
        + schedule[values["schedule"]]
    )


def declare_models(hp):
    """A choice between three models, each with parameters of its own, and a nested condition."""
    hp.Choice("model", ["linear", "trees", "network"])
    with hp.conditional_scope("model", ["linear"]):
        hp.Float("penalty", 1e-6, 1e2, sampling="log")
    with hp.conditional_scope("model", ["trees"]):
        hp.Int("trees", 10, 1000, sampling="log")
        hp.Int("depth", 1, 16)
        hp.Float("shrinkage", 1e-3, 1.0, sampling="log")
    with hp.conditional_scope("model", ["network"]):
        hp.Float("learning_rate", 1e-5, 1e-1, sampling="log")
        hp.Int("layers", 1, 4)
        hp.Boolean("dropout")
        with hp.conditional_scope("dropout", [True]):
            hp.Float("dropout_rate", 0.05, 0.7)


def models(values):
    """Linear models are at best 0.3, trees at best 0.1, networks at best 0, with dropout 0.2, three
    layers and rate 0.003. Seen with a little noise."""
    if values["model"] == "linear":
        return 0.3 + 0.01 * math.log10(values["penalty"]) ** 2
    if values["model"] == "trees":
        boosting = math.log10(values["trees"] * values["shrinkage"] / 30)
        return 0.1 + 0.15 * boosting**2 + 0.004 * (values["depth"] - 6) ** 2
    rate = math.log10(values["learning_rate"] / 3e-3)
    dropout = values["dropout_rate"] - 0.2 if values["dropout"] else 0.35
    return 0.25 * rate**2 + 0.05 * (values["layers"] - 3) ** 2 + dropout**2
