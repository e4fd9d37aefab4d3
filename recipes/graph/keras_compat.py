"""All that touches private parts of Keras in the graph check; run with Keras 3.14.0 and 3.15.1."""

import contextlib

import keras
from keras.src.backend.common import global_state
from keras.src.models.functional import Functional
from keras.src.ops.function import make_node_key
from keras.src.ops.operation import Operation


def functional_part(model):
    """Returns the Keras graph of a functional or sequential model, or None for another one."""
    if isinstance(model, keras.Sequential):
        return model._functional
    return model if isinstance(model, Functional) else None


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


def inputs_structure(functional):
    """Returns the input tensors in the structure in which the model takes them."""
    return functional._inputs_struct


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
    nodes = operation._inbound_nodes
    return tuple(tuple(tensor.shape) for tensor in nodes[0].output_tensors) if nodes else ()


def all_layers(layer):
    """Returns a layer and every layer inside it, parents before children."""
    return layer._flatten_layers(include_self=True, recursive=True)


def takes_training(model):
    """Whether the model's `call` has the argument `training`."""
    return model._call_has_training_arg


@contextlib.contextmanager
def recording_calls():
    """Yields a dict that fills with every operation that is called inside the block, by id."""
    called = {}
    original = Operation.__call__

    def recorded(self, *args, **kwargs):
        called[id(self)] = self
        return original(self, *args, **kwargs)

    Operation.__call__ = recorded
    try:
        yield called
    finally:
        Operation.__call__ = original


@contextlib.contextmanager
def recording_construction():
    """Yields two dicts by id: operations made inside the block, and those given to another."""
    made, given = {}, {}
    original = Operation.__new__

    def recorded(cls, *args, **kwargs):
        operation = original(cls, *args, **kwargs)
        made[id(operation)] = operation
        parts = keras.tree.flatten((args, kwargs))
        given.update((id(part), part) for part in parts if isinstance(part, Operation))
        return operation

    Operation.__new__ = recorded
    try:
        yield made, given
    finally:
        Operation.__new__ = original


@contextlib.contextmanager
def restoring_name_scopes():
    """Puts Keras' stack of name scopes back: a call that fails leaves its own behind."""
    before = list(global_state.get_global_attribute("name_scope_stack", default=[]))
    try:
        yield
    finally:
        global_state.set_global_attribute("name_scope_stack", before)
