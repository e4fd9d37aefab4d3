"""Where NaN and infinity come from: the first operation that makes them."""

import keras
import numpy as np
import tensorflow as tf

from recipes import keras_compat
from recipes.graph.findings import Finding
from recipes.graph.ownership import by_layer
from recipes.graph.traced.paths import ancestors, describe_place, layer_of


def bad_weights(model):
    """Returns the finding of weights that hold NaN or infinity, or None."""
    bad = [v for v in model.weights if not is_finite(keras.ops.convert_to_numpy(v))]
    if not bad:
        return None
    layers = tuple(by_layer(model, bad))
    names = ", ".join(f"'{v.path}'" for v in bad[:3])
    return _nonfinite(
        layers,
        f"weights {names} hold NaN or infinity.",
        "Build the model anew, or load weights from before the training diverged.",
    )


def bad_inputs(model, inputs):
    """Returns the finding of given data that hold NaN or infinity, or None."""
    arrays = [
        keras.ops.convert_to_numpy(part) for part in keras.tree.flatten(inputs) if part is not None
    ]
    if all(map(is_finite, arrays)):
        return None
    message = "the given data hold NaN or infinity: nothing can be told from them."
    return _nonfinite((model.name,), message, "Clean the data, or leave out these rows.")


def is_finite(array):
    """Whether an array holds neither NaN nor infinity; texts and whole numbers never do."""
    return array.dtype.kind not in "fcV" or bool(np.all(np.isfinite(array.astype("float64"))))


def nonfinite_finding(model, probe, setting, *, given):
    """Returns the finding of outputs or gradients that are not finite.

    Args:
        model: A `keras.Model`.
        probe: Its `Probe`.
        setting: The `Setting` that gives NaN or infinity.
        given: Whether its batch is the caller's data.
    """
    place, operation = _origin(probe, setting)
    where = f" at {operation.type}{describe_place(model, operation)}" if operation else ""
    names = {layer.name for layer in keras_compat.all_layers(model)[1:]}
    layer = (operation and layer_of(operation, names)) or model.name
    data = "the given data" if given else "every batch that was tried"
    return _nonfinite(
        (layer,),
        f"the {place} of model '{model.name}' hold NaN or infinity on {data}: they begin{where}.",
        "Keep the values of that operation in its range: add a small number, clip, or scale the "
        "inputs.",
        operation.type if operation else "",
    )


def _nonfinite(layers, message, hint, culprit=""):
    return Finding("NONFINITE", "error", layers[0], (), culprit, message, hint, tuple(layers))


def _origin(probe, setting):
    """Returns what is not finite, and the operation at which that begins, or None."""
    useful = ancestors(probe.trace.targets)
    operations = [op for op in probe.trace.graph.get_operations() if id(op) in useful]
    tensors = [t for op in operations for t in op.outputs if t.dtype.is_floating]
    forward = _finite_flags(probe, tensors, tensors, setting)
    for operation in operations:
        if _is_bad(operation.outputs, forward) and not _is_bad(operation.inputs, forward):
            return "outputs", operation
    backward = _finite_flags(probe, tensors, probe.trace.gradients_of(tensors), setting)
    for operation in reversed(operations):  # the last bad gradient: what takes it makes it bad
        if _is_bad(operation.outputs, backward):
            users = [user for tensor in operation.outputs for user in tensor.consumers()]
            return "gradients", next((user for user in users if id(user) in useful), None)
    return "gradients", None


def _finite_flags(probe, tensors, values, setting):
    """Returns whether the value of each tensor is finite, by the tensor's id."""
    pairs = [(t, v) for t, v in zip(tensors, values, strict=True) if v is not None]
    with probe.trace.graph.as_default():
        flags = [tf.reduce_all(tf.math.is_finite(tf.convert_to_tensor(v))) for _, v in pairs]
    found = probe.program(flags)(setting)
    return {id(tensor): bool(flag) for (tensor, _), flag in zip(pairs, found, strict=True)}


def _is_bad(tensors, finite):
    return any(not finite.get(id(tensor), True) for tensor in tensors)
