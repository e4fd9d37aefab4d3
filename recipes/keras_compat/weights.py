"""The weights of a model: made, limited, written, read and copied."""

import contextlib
import math
import re

import keras
from keras.src import backend
from keras.src.saving import saving_lib


def make_weights(model, specs):
    """Makes the weights of a model as calling it on its first batch would; nothing is computed.

    Args:
        model: A `keras.Model`, built or not.
        specs: Keras tensors, in the structure that the model takes.
    """
    backend.compute_output_spec(lambda inputs: model(inputs), specs)


@contextlib.contextmanager
def limiting_weights(most):
    """Stops the block at the variable with which they would be too large, before it is made.

    Args:
        most: Bytes of the variables (weights, an optimiser's slots) made in the block, at most.

    Raises:
        MemoryError: Its argument are the bytes with that variable.
    """
    made = 0
    make = keras.Variable._initialize_with_initializer

    def limited(self, initializer):
        nonlocal made
        made += math.prod(self.shape) * _bits(self.dtype) // 8
        if made > most:
            raise MemoryError(made)
        return make(self, initializer)

    keras.Variable._initialize_with_initializer = limited
    try:
        yield
    finally:
        keras.Variable._initialize_with_initializer = make


def _bits(dtype):
    digits = re.search(r"\d+", dtype)  # "bfloat16" has 16; "bool" takes a byte
    return int(digits.group()) if digits else 8


def save_weights(model, path):
    """Writes the weights of a built model as `Model.save_weights` does, without the optimiser.

    Args:
        model: A built `keras.Model`.
        path: A path that ends in `.weights.h5`.
    """
    saving_lib.save_weights_only(model, str(path), objects_to_skip=_optimizers(model))


def load_weights(model, path):
    """Reads weights into a built model as `Model.load_weights` does; its optimiser stays as it is.

    Args:
        model: A built `keras.Model`.
        path: A path that ends in `.weights.h5`; there may be an optimiser in the file.
    """
    saving_lib.load_weights_only(model, str(path), objects_to_skip=_optimizers(model))


def _optimizers(model):
    optimizer = getattr(model, "optimizer", None)
    return [] if optimizer is None else [optimizer]


def copy_state(layer, twin):
    """Gives a built layer the variables of another one of the same kind.

    `set_weights` would not do: a Normalization works with copies of its weights, which loading
    makes anew.
    """
    state = {}
    layer.save_own_variables(state)
    twin.load_own_variables(state)
