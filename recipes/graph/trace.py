"""A model called on placeholders in a TensorFlow graph of its own; nothing is run.

Its trainable weights are placeholders too, so that no weight, statistic or seed changes.
"""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from recipes import keras_compat

_BATCH = 2  # batch normalization at batch 1 zeroes everything upstream


@dataclasses.dataclass
class Trace:
    """A model called on placeholders.

    Attributes:
        graph: The TensorFlow graph.
        inputs: Placeholders of the inputs, by name.
        weights: List of pairs (variable, placeholder), trainable ones only.
        targets: Output tensors, and what `add_loss` added.
        called: Operations that were called, by id.
    """

    graph: object
    inputs: dict
    weights: list
    targets: list
    called: dict


def input_specs(model, data):
    """Returns the shape and type of each input, in the structure that the model takes.

    Args:
        model: A built `keras.Model`.
        data: A batch of inputs, or None.

    Returns:
        Keras tensors, or None where nothing tells the shapes.
    """
    if data is not None:
        return keras.tree.map_structure(
            lambda part: keras.KerasTensor(
                (_BATCH, *np.shape(part)[1:]), np.asarray(part).dtype.name
            ),
            data,
        )
    graph = keras_compat.functional_part(model)
    if graph is not None:
        return keras_compat.inputs_structure(graph)
    shape = (model.get_build_config() or {}).get("input_shape") if model.built else None
    return keras.KerasTensor(shape) if shape else None


def run_trace(model, specs):
    """Calls a model on placeholders, in training mode.

    Args:
        model: A built `keras.Model`.
        specs: What `input_specs` returned.

    Returns:
        A `Trace`.
    """
    graph = tf.__internal__.FuncGraph("graph_check")
    with graph.as_default(), keras_compat.restoring_name_scopes():
        inputs = keras.tree.map_structure(_placeholder, specs)
        weights = [(v, _weight_placeholder(v)) for v in model.trainable_variables]
        with (
            keras.StatelessScope(weights, collect_losses=True, initialize_variables=False) as scope,
            keras_compat.recording_calls() as called,
        ):
            training = {"training": True} if keras_compat.takes_training(model) else {}
            outputs = model(inputs, **training)
    targets = [t for t in keras.tree.flatten((outputs, scope.losses)) if tf.is_tensor(t)]
    return Trace(graph, _by_name(specs, inputs), weights, targets, called)


def _placeholder(spec):
    batch, *sides = spec.shape
    return tf.compat.v1.placeholder(spec.dtype, (batch or _BATCH, *sides))


def _weight_placeholder(variable):
    return tf.compat.v1.placeholder(variable.dtype, variable.shape)


def _by_name(specs, inputs):
    """Pairs the placeholders with the names that the inputs have in the model."""
    makers = [keras_compat.producer(spec) for spec in keras.tree.flatten(specs)]
    placeholders = keras.tree.flatten(inputs)
    names = [maker.name if maker else f"input {i + 1}" for i, maker in enumerate(makers)]
    return dict(zip(names, placeholders, strict=True))
