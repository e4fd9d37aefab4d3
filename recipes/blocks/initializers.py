"""Initial weights by the names that the guide gives them (guide rows 57-61).

"he"          uniform(±√(6 / fan_in)), for ReLU and its kin (He et al. 2015, arXiv:1502.01852)
"xavier"      uniform(±√(3 / n)), n the mean of fan-in and fan-out, for tanh and sigmoid
              (Glorot & Bengio 2010)
"uniform"     uniform(±0.05), whatever the size of the layer
"normal"      normal(0, 0.05), whatever the size of the layer
"svd"         orthogonal, from a singular value decomposition (Saxe et al. 2013, arXiv:1312.6120)
"orthogonal"  Keras' own, from a QR decomposition

The other names are Keras': "he_normal", "glorot_uniform" and so on.
"""

import random

import keras
import numpy as np

from recipes.errors import ArgumentError, check_integer, check_one_of, describe
from recipes.seeds import derive_seed

_SCALE = 0.05  # of "uniform" and "normal", as in Keras

_VARIANCE_SCALING = {  # scale, mode, distribution
    "he": (2.0, "fan_in", "uniform"),
    "xavier": (1.0, "fan_avg", "uniform"),
    "he_uniform": (2.0, "fan_in", "uniform"),
    "he_normal": (2.0, "fan_in", "truncated_normal"),
    "glorot_uniform": (1.0, "fan_avg", "uniform"),
    "glorot_normal": (1.0, "fan_avg", "truncated_normal"),
    "lecun_uniform": (1.0, "fan_in", "uniform"),
    "lecun_normal": (1.0, "fan_in", "truncated_normal"),
}
INITIALIZERS = (
    *("he", "xavier", "svd", "orthogonal", "uniform", "normal"),
    *(name for name in _VARIANCE_SCALING if "_" in name),
)
_BY_ACTIVATION = {"tanh": "xavier", "sigmoid": "xavier"}


@keras.saving.register_keras_serializable("recipes")
class SVDOrthogonal(keras.initializers.Initializer):
    """Orthogonal weights from a singular value decomposition (guide row 61).

    A kernel is seen as a matrix W of shape (product of all axes but the last, last axis). Then
    WᵀW = gain²·I, or WWᵀ = gain²·I where W is wider than tall. Computed in float64: in float32 the
    equation misses 1e-6 from about 1,000 units on.

    Args:
        gain: Factor on the weights, without a unit.
        gates: Number of equal parts of the last axis, each orthogonal by itself: 4 for the kernels
            of an LSTM, 3 for those of a GRU.
        seed: A whole number of at least 0, or None for one from Python's `random`, which
            `set_seed` seeds.

    Raises:
        ArgumentError: When it is called with a last axis that does not fall into so many parts.
    """

    def __init__(self, gain=1.0, gates=1, seed=None):
        self.gain = gain
        self.gates = check_integer("SVDOrthogonal", "gates", gates, 1)
        seed = random.randrange(2**31) if seed is None else seed
        self.seed = check_integer("SVDOrthogonal", "seed", seed, 0)

    def __call__(self, shape, dtype=None):
        """Returns a tensor of the given shape, of at least two axes."""
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        if columns % self.gates:
            rule = f"the last axis must fall into {self.gates} gates"
            raise ArgumentError(describe("SVDOrthogonal", rule, shape=tuple(shape)))
        generator = np.random.default_rng(self.seed)
        parts = [_orthogonal(generator, rows, columns // self.gates) for _ in range(self.gates)]
        weights = self.gain * np.concatenate(parts, axis=1)
        dtype = keras.backend.standardize_dtype(dtype)
        return keras.ops.convert_to_tensor(weights.reshape(shape), dtype=dtype)

    def get_config(self):
        """Returns what Keras saves of this initialiser."""
        return {"gain": self.gain, "gates": self.gates, "seed": self.seed}


def _orthogonal(generator, rows, columns):
    """Returns a float64 matrix of shape (rows, columns) whose singular values are all 1."""
    normal = generator.standard_normal((rows, columns))
    left, _, right = np.linalg.svd(normal, full_matrices=False)
    return left @ right


def check_initializer(where, initializer):
    """Returns an initialiser: a known name, one of Keras' objects, or None."""
    if initializer is None or isinstance(initializer, keras.initializers.Initializer):
        return initializer
    return check_one_of(where, "initializer", initializer, INITIALIZERS)


def initializer_for(activation):
    """Returns the name that suits an activation: Xavier for tanh and sigmoid, He for the rest."""
    return _BY_ACTIVATION.get(activation, "he")


def make_initializer(name, seed, *, gain=1.0, gates=1):
    """Returns the Keras initialiser of a name.

    Args:
        name: One of `INITIALIZERS`.
        seed: A whole number of at least 0, or None for one of Keras' own.
        gain: Factor on the weights.
        gates: Number of parts of the last axis that "svd" makes orthogonal one by one.
    """
    if name in _VARIANCE_SCALING:
        scale, mode, distribution = _VARIANCE_SCALING[name]
        return keras.initializers.VarianceScaling(scale * gain**2, mode, distribution, seed)
    if name == "svd":
        return SVDOrthogonal(gain, gates, seed)
    if name == "orthogonal":
        return keras.initializers.Orthogonal(gain, seed)
    if name == "uniform":
        return keras.initializers.RandomUniform(-_SCALE * gain, _SCALE * gain, seed)
    check_one_of("make_initializer", "name", name, INITIALIZERS)
    return keras.initializers.RandomNormal(0.0, _SCALE * gain, seed)


def depthwise_gain(name, channels):
    """Returns the factor by which Keras makes a depthwise kernel of so many channels too small.

    A channel of the output sees one of the input; Keras takes all of them for the fan-in.
    """
    if name in _VARIANCE_SCALING:
        average = _VARIANCE_SCALING[name][1] == "fan_avg"
        return ((channels + 1) / 2 if average else channels) ** 0.5
    return channels**0.5 if name in ("svd", "orthogonal") else 1.0


def with_seed(initializer, seed, name):
    """Returns a Keras initialiser like this one with a seed of its own.

    One object that serves several layers would give all those of one shape equal weights. Where the
    model has no seed, that of the object serves all layers, each by its name.
    """
    config = initializer.get_config()
    if "seed" not in config:
        return initializer
    if seed is None and isinstance(config["seed"], int):
        seed = derive_seed(config["seed"], name)
    return type(initializer).from_config({**config, "seed": seed})
