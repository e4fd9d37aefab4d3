"""A model called on placeholders in a TensorFlow graph of its own; nothing is run.

All its variables are placeholders too, so that no weight, statistic or seed changes, and so that
parts of the graph can be run with other values (`Program`).
"""

import dataclasses
import functools
import warnings

import keras
import numpy as np
import tensorflow as tf

from recipes import keras_compat
from recipes.graph.traced.paths import gradients_of, is_differentiable
from recipes.inputs import own_specs

BATCH = 4  # batch normalization at batch 1 zeroes everything upstream, at 2 it leaves a sign


@dataclasses.dataclass(frozen=True)
class Trace:
    """A model called on placeholders.

    Attributes:
        function: TensorFlow's wrapped function; parts of it can be run.
        structure: The placeholders of the inputs, in the structure that the model takes.
        inputs: The same placeholders by name.
        weights: Pairs (variable, placeholder) of the trainable variables.
        states: Pairs (variable, placeholder) of all others: statistics, seeds.
        outputs: What the model returned, in its structure.
        names: Names of its outputs, in the order of `keras.tree.flatten(outputs)`.
        added: Tensors that `add_loss` added; penalties on weights are left out.
        recording: Which operations were made and called meanwhile.
    """

    function: object
    structure: object
    inputs: dict
    weights: list
    states: list
    outputs: object
    names: tuple
    added: list
    recording: object

    @property
    def graph(self):
        """The TensorFlow graph."""
        return self.function.graph

    @property
    def targets(self):
        """Output tensors, and what `add_loss` added."""
        return [t for t in keras.tree.flatten((self.outputs, self.added)) if tf.is_tensor(t)]

    @functools.cached_property
    def scale(self):
        """A number, 1 unless it is replaced, that the cotangents are multiplied with."""
        with self.graph.as_default():
            return tf.constant(1.0)

    @functools.cached_property
    def cotangents(self):
        """A random tensor for each target: the sum of a softmax has no gradient, for one."""
        with self.graph.as_default():
            return [_cotangent(t, number, self.scale) for number, t in enumerate(self.targets)]

    @functools.cached_property
    def gradients(self):
        """The gradient of each of `weights`, None where none comes."""
        return self.gradients_of([placeholder for _, placeholder in self.weights])

    @property
    def disconnected(self):
        """The pairs of `weights` to which no gradient comes."""
        pairs = zip(self.weights, self.gradients, strict=True)
        return [pair for pair, gradient in pairs if gradient is None]

    def gradients_of(self, tensors):
        """Returns the gradient with respect to tensors of the graph, None where none comes."""
        with self.graph.as_default():
            return gradients_of(self.targets, tensors, self.cotangents)


def _cotangent(target, number, scale):
    if not is_differentiable(target):
        return None
    normal = tf.random.stateless_normal(tf.shape(target), (number, 1))
    return tf.cast(normal * scale, target.dtype)


def input_specs(model, data):
    """Returns the shape and type of each input, in the structure that the model takes.

    Args:
        model: A built `keras.Model`.
        data: A batch of inputs, or None.

    Returns:
        Keras tensors, or None where nothing tells the shapes.
    """
    if data is None:
        return own_specs(model)
    return keras.tree.map_structure(_spec, data)


def _spec(part):
    array = np.asarray(part)
    dtype = "string" if array.dtype.kind in "OSU" else array.dtype.name
    return keras.KerasTensor((BATCH, *array.shape[1:]), dtype)


def trace_model(model, specs, *, training=True):
    """Calls a model on placeholders.

    Args:
        model: A built `keras.Model`.
        specs: What `input_specs` returned.
        training: Whether it is called as in training or as in inference.

    Returns:
        A `Trace`.
    """
    parts = {}

    def call():
        parts.update(_call_on_placeholders(model, specs, training))
        return ()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Keras says of the model it said when it was built
        function = tf.compat.v1.wrap_function(call, [])
    return Trace(function=function, **parts)


def _call_on_placeholders(model, specs, training):
    inputs = keras.tree.map_structure(_placeholder, specs)
    weights = [(v, _variable_placeholder(v)) for v in model.trainable_variables]
    states = [(v, _variable_placeholder(v)) for v in model.non_trainable_variables]
    mode = {"training": training} if keras_compat.takes_training(model) else {}
    with (
        keras_compat.restoring(model),
        keras.StatelessScope(
            [*weights, *states], collect_losses=True, initialize_variables=False
        ) as scope,
        keras_compat.recording() as recording,
    ):
        outputs = model(inputs, **mode)
    return {
        "structure": inputs,
        "inputs": _by_name(specs, inputs),
        "weights": weights,
        "states": states,
        "outputs": outputs,
        "names": output_names(model, outputs),
        "added": [loss for loss in keras.tree.flatten(scope.losses) if tf.is_tensor(loss)],
        "recording": recording,
    }


def output_names(model, outputs):
    """Returns a name for each output, in the order of `keras.tree.flatten(outputs)`."""
    paths = [path for path, _ in keras.tree.flatten_with_path(outputs)]
    graph = keras_compat.functional_part(model) or model
    named = any(isinstance(step, str) for path in paths for step in path)  # as `compile` has it
    names = getattr(graph, "output_names", None) or ()
    if len(names) == len(paths) and not named:
        return tuple(names)
    return tuple("/".join(map(str, path)) if path else "output" for path in paths)


def _placeholder(spec):
    batch, *sides = spec.shape
    return tf.compat.v1.placeholder(spec.dtype, (batch or BATCH, *sides))


def _variable_placeholder(variable):
    return tf.compat.v1.placeholder(variable.dtype, variable.shape)


def _by_name(specs, inputs):
    """Pairs the placeholders with the names that the inputs have in the model."""
    makers = [keras_compat.producer(spec) for spec in keras.tree.flatten(specs)]
    paths = [path for path, _ in keras.tree.flatten_with_path(inputs)]
    names = [
        maker.name if maker else "/".join(map(str, path)) if path else "input"
        for maker, path in zip(makers, paths, strict=True)
    ]
    return dict(zip(names, keras.tree.flatten(inputs), strict=True))


class Program:
    """A part of a traced graph that can be run again and again with other values.

    Args:
        trace: A `Trace`.
        fetches: Tensors of its graph to compute.
        replaced: Tensors of its graph, besides inputs and variables, whose values are given.
    """

    def __init__(self, trace, fetches, replaced=()):
        placeholders = [p for _, p in (*trace.weights, *trace.states)]
        feeds = [*trace.inputs.values(), *placeholders, *replaced]
        self._types = [feed.dtype for feed in feeds]
        self._function = trace.function.prune(feeds, list(fetches))

    def __call__(self, batch, weights, states, replaced=()):
        """Returns the values of the fetched tensors as NumPy arrays.

        Args:
            batch: Arrays in the order of the inputs.
            weights: Values of the trainable variables, in their order.
            states: Values of the other variables, in their order.
            replaced: Values of the replaced tensors.
        """
        values = [*batch, *weights, *states, *replaced]
        tensors = [
            tf.cast(v, t) if t != tf.string else tf.convert_to_tensor(v)
            for v, t in zip(values, self._types, strict=True)
        ]
        return [value.numpy() for value in self._function(*tensors)]
