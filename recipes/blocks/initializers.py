"""Initial weights by the names that the guide gives them (guide rows 57-61).

"he"      uniform(±√(6 / fan_in)), for ReLU and its kin (He et al. 2015, arXiv:1502.01852)
"xavier"  uniform(±√(3 / n)), n the mean of fan-in and fan-out, for tanh and sigmoid
          (Glorot & Bengio 2010)
"svd"     orthogonal, from a singular value decomposition (Saxe et al. 2013, arXiv:1312.6120)
"""

import keras
import numpy as np

from recipes.errors import check_one_of

INITIALIZERS = ("he", "xavier", "svd")
_BY_ACTIVATION = {"relu": "he", "swish": "he", "tanh": "xavier"}


@keras.saving.register_keras_serializable("recipes")
class SVDOrthogonal(keras.initializers.Initializer):
    """Orthogonal weights from a singular value decomposition (guide row 61).

    A kernel is seen as a matrix W of shape (product of all axes but the last, last axis). Then
    WᵀW = gain²·I, or WWᵀ = gain²·I where W is wider than tall. Computed in float64: in float32 the
    equation misses 1e-6 from about 1,000 units on.

    Args:
        gain: Factor on the weights, without a unit.
        seed: A whole number of at least 0, or None for one of Keras' own.
    """

    def __init__(self, gain=1.0, seed=None):
        self.gain = gain
        self.seed = keras.random.make_default_seed() if seed is None else seed

    def __call__(self, shape, dtype=None):
        """Returns a tensor of the given shape, of at least two axes."""
        rows, columns = int(np.prod(shape[:-1])), shape[-1]
        normal = np.random.default_rng(self.seed).standard_normal((rows, columns))
        left, _, right = np.linalg.svd(normal, full_matrices=False)
        return keras.ops.convert_to_tensor((self.gain * left @ right).reshape(shape), dtype=dtype)

    def get_config(self):
        """Returns what Keras saves of this initialiser."""
        return {"gain": self.gain, "seed": self.seed}


def check_initializer(where, name, activation):
    """Returns the name of an initialiser, chosen by the activation where it is None."""
    if name is None:
        return _BY_ACTIVATION[activation]
    return check_one_of(where, "initializer", name, INITIALIZERS)


def make_initializer(name, seed):
    """Returns the Keras initialiser of a name.

    Args:
        name: One of `INITIALIZERS`.
        seed: A whole number of at least 0, or None for one of Keras' own.
    """
    if name == "svd":
        return SVDOrthogonal(seed=seed)
    kind = {"he": keras.initializers.HeUniform, "xavier": keras.initializers.GlorotUniform}[name]
    return kind(seed=seed)
