"""A model as one TensorFlow graph without variables, which most formats are written from."""

import dataclasses
import functools

import keras
import tensorflow as tf
from tensorflow.core.framework import types_pb2

# TensorFlow's own converters and tf2onnx import it from here too: there is no public name.
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

_HALF = (types_pb2.DT_HALF, types_pb2.DT_BFLOAT16)


class NotConstantError(ValueError):
    """A model holds what a graph of constants cannot hold."""


@dataclasses.dataclass(frozen=True)
class FrozenGraph:
    """A graph of constants.

    Attributes:
        graph_def: The `tf.compat.v1.GraphDef`.
        specs: Dict from the name of each input to its `tf.TensorSpec`.
        outputs: Names of the outputs.
    """

    graph_def: tf.compat.v1.GraphDef
    specs: dict
    outputs: tuple

    def as_function(self):
        """Returns a function from flat inputs to the list of outputs."""
        importing = functools.partial(tf.graph_util.import_graph_def, self.graph_def, name="")
        whole = tf.compat.v1.wrap_function(importing, [])
        return whole.prune([f"{name}:0" for name in self.specs], self.output_tensors())

    def output_tensors(self):
        """Returns the names of the outputs as TensorFlow names tensors."""
        return [f"{name}:0" for name in self.outputs]

    def in_single_precision(self):
        """Returns the graph with float32 wherever it has float16 or bfloat16.

        No format for small devices computes in half precision on every processor.
        """
        graph_def = tf.compat.v1.GraphDef()
        graph_def.CopyFrom(self.graph_def)
        _widen(graph_def)
        specs = {
            name: tf.TensorSpec(
                spec.shape, tf.float32 if spec.dtype.is_floating else spec.dtype, name
            )
            for name, spec in self.specs.items()
        }
        return FrozenGraph(graph_def, specs, self.outputs)


class _Recording(keras.StatelessScope):
    """Nothing is assigned inside, and no loss is collected; it keeps what would have been."""

    def __init__(self):
        super().__init__()
        self.updates = {}

    def add_update(self, update):
        """Keeps a pair (variable, value), by the variable."""
        self.updates[id(update[0])] = update
        super().add_update(update)


def infer(model, inputs):
    """Calls a model for inference; returns its outputs, and pairs (variable, new value).

    The model stays as it is: variables that such a call changes are those of stateful layers, and
    the seeds of layers that draw.
    """
    with _Recording() as scope:
        outputs = model(inputs, training=False)
    return outputs, list(scope.updates.values())


def freeze(model, structure, specs, outputs):
    """Traces a model for inference and puts constants in the place of its variables.

    Args:
        model: A `keras.Model`.
        structure: What it takes; the values do not matter.
        specs: `tf.TensorSpec`s of the inputs, flat, with names.
        outputs: Names for the outputs, flat.

    Returns:
        A `FrozenGraph`.

    Raises:
        NotConstantError: If the model holds what is no constant.
    """
    changed = []

    @tf.function(input_signature=specs, autograph=False)
    def call(*inputs):
        results, updates = infer(model, keras.tree.pack_sequence_as(structure, list(inputs)))
        changed.extend(variable.path for variable, _ in updates)
        return keras.tree.flatten(results)

    traced = call.get_concrete_function()
    if changed:
        raise NotConstantError(
            f"Each call changes {changed[0]!r}, and the format holds constants alone"
        )
    frozen = convert_variables_to_constants_v2(traced, lower_control_flow=False)
    if len(frozen.inputs) != len(specs):  # what is left is a handle of something outside
        raise NotConstantError("The model has lookup tables, and the format holds constants alone")
    names = {old.op.name: new for old, new in zip(frozen.outputs, outputs, strict=True)}
    graph_def = frozen.graph.as_graph_def()
    for node in graph_def.node:
        node.name = names.get(node.name, node.name)  # the last nodes: nothing else refers to them
    return FrozenGraph(graph_def, {spec.name: spec for spec in specs}, tuple(outputs))


def _widen(graph_def):
    """Makes half precision single, in place; functions get other names, as they are others."""
    functions = graph_def.library.function
    nodes = [*graph_def.node, *(node for function in functions for node in function.node_def)]
    attributes = [value for node in nodes for value in node.attr.values()]
    for function in functions:
        function.signature.name += "_single"
        attributes.extend(function.attr.values())
        attributes.extend(v for of_one in function.arg_attr.values() for v in of_one.attr.values())
        for argument in (*function.signature.input_arg, *function.signature.output_arg):
            argument.type = _single(argument.type)
    for attribute in attributes:
        _widen_attribute(attribute)


def _widen_attribute(attribute):
    kind = attribute.WhichOneof("value")
    if kind == "type":
        attribute.type = _single(attribute.type)
    elif kind == "list":
        attribute.list.type[:] = [_single(dtype) for dtype in attribute.list.type]
        for function in attribute.list.func:
            function.name += "_single"
    elif kind == "func":
        attribute.func.name += "_single"
    elif kind == "tensor" and attribute.tensor.dtype in _HALF:
        values = tf.make_ndarray(attribute.tensor).astype("float32")
        attribute.tensor.CopyFrom(tf.make_tensor_proto(values))


def _single(dtype):
    return types_pb2.DT_FLOAT if dtype in _HALF else dtype
