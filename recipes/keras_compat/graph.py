"""The graph of a model: its operations, their calls on Keras tensors, and the layers inside."""

import functools

import keras
from keras.src.models.functional import Functional
from keras.src.ops.function import make_node_key


def functional_part(model):
    """Returns the Keras graph of a functional or sequential model, or None for another one."""
    if isinstance(model, keras.Sequential):
        return model._functional
    # Keras makes a first, empty instance of a class that is to become a functional one.
    return model if isinstance(model, Functional) and hasattr(model, "_nodes") else None


def operations_of(functional):
    """Returns the operations of a functional model in topological order, inputs included."""
    return functional.operations


def nodes_in(functional):
    """Returns the calls (nodes) of a functional model: each operation may have several."""
    keys = functional._nodes
    return [
        node
        for operation in functional.operations
        for index, node in enumerate(operation._inbound_nodes)
        if make_node_key(operation, index) in keys
    ]


def calls_of(operation):
    """Returns the calls (nodes) of an operation on Keras tensors, in their order."""
    return list(operation._inbound_nodes)


def inputs_structure(functional):
    """Returns the input tensors in the structure in which the model takes them."""
    return functional._inputs_struct


def outputs_structure(functional):
    """Returns the output tensors in the structure in which the model returns them."""
    return functional._outputs_struct


def producer(tensor):
    """Returns the operation that made a Keras tensor, or None."""
    history = getattr(tensor, "_keras_history", None)
    return history.operation if history else None


def consumers(operation):
    """Returns the operations that take an output of this one, each once, dead ones too."""
    return list(dict.fromkeys(node.operation for node in operation._outbound_nodes))


def feeders(operation):
    """Returns the operations whose outputs this one takes, each once."""
    nodes = operation._inbound_nodes
    made_by = (producer(tensor) for node in nodes for tensor in node.input_tensors)
    return list(dict.fromkeys(maker for maker in made_by if maker is not None))


def output_shapes(operation):
    """Returns the shapes of an operation's outputs at its first call."""
    return tuple(tuple(tensor.shape) for tensor in _first_outputs(operation))


def gives_truth_values(operation):
    """Whether the outputs of an operation's first call are all true or false, as masks are."""
    tensors = _first_outputs(operation)
    kinds = (keras.backend.standardize_dtype(tensor.dtype) for tensor in tensors)
    return bool(tensors) and all(kind == "bool" for kind in kinds)


def _first_outputs(operation):
    nodes = operation._inbound_nodes
    return nodes[0].output_tensors if nodes else ()


def leading_steps(model):
    """Yields what a model does first, up to where its graph parts: (operation, function) pairs.

    Models inside are entered. A function takes a batch, and calls the operation as the model does.

    Args:
        model: A `keras.Model`; nothing is yielded unless it has a graph with one input.
    """
    functional = functional_part(model)
    if functional is None or len(functional.inputs) != 1:
        return
    nodes, tensor = nodes_in(functional), functional.inputs[0]
    while True:
        after = [node for node in nodes if any(tensor is given for given in node.input_tensors)]
        if len(after) != 1 or len(after[0].input_tensors) != 1 or len(after[0].output_tensors) != 1:
            return
        operation = after[0].operation
        if isinstance(operation, keras.Model):
            yield from leading_steps(operation)
        else:
            yield operation, functools.partial(_call_again, after[0], id(tensor))
        tensor = after[0].output_tensors[0]


def _call_again(node, key, value):
    arguments, options = node.arguments.fill_in({key: value})
    return node.operation(*arguments, **options)


def children(layer):
    """Returns the layers directly inside a layer."""
    return layer._flatten_layers(include_self=False, recursive=False)


def all_layers(layer):
    """Returns a layer and every layer inside it, parents before children."""
    return layer._flatten_layers(include_self=True, recursive=True)


def is_own(layer):
    """Whether Keras itself has written the class of a layer; models and wrappers do not count."""
    others = (keras.Model, keras.layers.Wrapper, keras.layers.RNN)
    return type(layer).__module__.startswith("keras.") and not isinstance(layer, others)


def is_finished_layer(operation):
    """Whether it is a layer whose constructor came to its end."""
    return isinstance(operation, keras.Layer) and hasattr(operation, "_layers")


def takes_training(model):
    """Whether the model's `call` has the argument `training`."""
    return model._call_has_training_arg
