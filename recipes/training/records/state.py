"""All from which a training can go on, as arrays: weights, statistics, seeds, optimiser."""

import keras
import numpy as np

from recipes import keras_compat


def state_of(model, *, optimizer=True):
    """Returns the variables of a training, in an order that depends on the model alone.

    Args:
        model: A built `keras.Model`, compiled if the optimiser is part of the state.
        optimizer: Whether it is.
    """
    if not optimizer:
        return list(model.variables)
    optimizer = model.optimizer
    if not optimizer.built:
        optimizer.build(model.trainable_variables)
    return [*model.variables, *optimizer.variables]


def read_state(model, *, optimizer=True):
    """Returns the state as arrays by name, of types that NumPy can store; none loses a digit."""
    variables = state_of(model, optimizer=optimizer)
    return {f"variable_{place}": _array(v) for place, v in enumerate(variables)}


def write_state(model, arrays, *, optimizer=True):
    """Puts a model of the same build where `read_state` was called.

    Args:
        model: A `keras.Model`, compiled if the other one was.
        arrays: Mapping of names to arrays, with the names of `read_state` and perhaps others.
        optimizer: As in `state_of`.

    Returns:
        Whether the arrays are those of such a model; if not, nothing is changed.
    """
    state = state_of(model, optimizer=optimizer)
    found = [
        arrays[name] for name in map("variable_{}".format, range(len(state))) if name in arrays
    ]
    count = sum(name.startswith("variable_") for name in arrays)
    if count != len(state) or [a.shape for a in found] != [tuple(v.shape) for v in state]:
        return False
    for variable, array in zip(state, found, strict=True):
        variable.assign(keras.ops.cast(array, variable.dtype))
    _renew_normalizations(model)
    return True


def _renew_normalizations(model):
    """Lets Normalization layers read their variables anew; they calculate with a copy of them."""
    for layer in keras_compat.all_layers(model):
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def _array(variable):
    array = keras.ops.convert_to_numpy(variable)
    array = array.astype("float32") if array.dtype.name in ("bfloat16", "float16") else array
    return np.array(array)
