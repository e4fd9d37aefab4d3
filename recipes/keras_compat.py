"""All that touches private parts of Keras; run with Keras 3.14.0 and 3.15.1."""

import contextlib
import dataclasses
import inspect

import keras
from keras.src import backend
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
def _replacing(name, method):
    """Puts a method in the place of one that all operations have, inside the block."""
    original = getattr(Operation, name)
    setattr(Operation, name, method)
    try:
        yield
    finally:
        setattr(Operation, name, original)


@contextlib.contextmanager
def recording_calls():
    """Yields a dict that fills with every operation that is called inside the block, by id."""
    called = {}
    original = Operation.__call__

    def recorded(self, *args, **kwargs):
        called[id(self)] = self
        return original(self, *args, **kwargs)

    with _replacing("__call__", recorded):
        yield called


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

    with _replacing("__new__", recorded):
        yield made, given


@contextlib.contextmanager
def restoring_name_scopes():
    """Puts Keras' stack of name scopes back: a call that fails leaves its own behind."""
    before = list(global_state.get_global_attribute("name_scope_stack", default=[]))
    try:
        yield
    finally:
        global_state.set_global_attribute("name_scope_stack", before)


@dataclasses.dataclass(frozen=True)
class Call:
    """One call of an operation, with the calls that it made itself.

    Args:
        operation: The layer, model or operation that was called.
        inputs: Shape of each tensor that it was given, in the order of the arguments of its `call`.
        outputs: Shape of each tensor that it returned.
        made: Pairs (shape, dtype) of the outputs that no call inside it had returned before.
        inner: The `Call`s inside it, in the order in which they ended.
    """

    operation: object
    inputs: tuple
    outputs: tuple
    made: tuple
    inner: tuple


def trace_call(model, specs, **arguments):
    """Calls a model on shapes alone; nothing is computed and no weight changes.

    Args:
        model: A built `keras.Model`.
        specs: Keras tensors without unknown sides, in the structure that the model takes.
        **arguments: Other arguments of the model's `call`.

    Returns:
        The `Call` of the model: the calls of its layers stand in it, nested ones too.
    """
    with restoring_name_scopes(), _recording_nested_calls() as calls:
        backend.compute_output_spec(lambda inputs: model(inputs, **arguments), specs)
    return calls[-1]  # PyTorch traces a second time where the first way is not supported


@contextlib.contextmanager
def _recording_nested_calls():
    """Yields a list that fills with the outermost `Call`s inside the block."""
    outermost, returned = [], []  # the tensors are kept: a freed one would give its id away
    open_calls = [outermost]
    original = Operation.__call__

    def recorded(self, *args, **kwargs):
        inner, start = [], len(returned)
        open_calls.append(inner)
        try:
            result = original(self, *args, **kwargs)
        finally:
            open_calls.pop()
        known = {id(tensor) for tensor in returned[start:]}
        outputs = _tensors(result)
        made = tuple((_shape(t), _dtype(t)) for t in outputs if id(t) not in known)
        inputs = tuple(_shape(tensor) for tensor in _tensors(_in_order(self, args, kwargs)))
        shapes = tuple(_shape(tensor) for tensor in outputs)
        open_calls[-1].append(Call(self, inputs, shapes, made, tuple(inner)))
        returned.extend(outputs)
        return result

    with _replacing("__call__", recorded):
        yield outermost


def _in_order(operation, args, kwargs):
    """Returns the arguments of a call in the order of its signature."""
    bound = inspect.signature(operation.call).bind(*args, **kwargs)
    return list(bound.arguments.values())


def _tensors(structure):
    return [part for part in keras.tree.flatten(structure) if keras.ops.is_tensor(part)]


def _shape(tensor):
    return tuple(tensor.shape)


def _dtype(tensor):
    return keras.backend.standardize_dtype(tensor.dtype)
