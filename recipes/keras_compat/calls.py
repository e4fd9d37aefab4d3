"""What happens while operations (layers, models, functions of `keras.ops`) are made and called."""

import contextlib
import dataclasses
import inspect

import keras
from keras.src import backend
from keras.src.ops.operation import Operation

from recipes.keras_compat.graph import is_finished_layer
from recipes.keras_compat.restoring import restoring


@dataclasses.dataclass(frozen=True)
class Recording:
    """What happened to operations (layers, models, functions of `keras.ops`) in a block.

    Attributes:
        made: Every operation that was constructed, by id.
        makers: The innermost operation whose call constructed it, by id; those alone.
        given: Operations that were passed to the constructor of another one, by id: a wrapper's
            layer, a model's outputs.
        called: Every operation that was called, by id.
    """

    made: dict = dataclasses.field(default_factory=dict)
    makers: dict = dataclasses.field(default_factory=dict)
    given: dict = dataclasses.field(default_factory=dict)
    called: dict = dataclasses.field(default_factory=dict)


@contextlib.contextmanager
def recording():
    """Yields a `Recording` that fills while the block runs."""
    record, open_calls = Recording(), []
    construct, call = Operation.__new__, Operation.__call__

    def recorded_construct(cls, *args, **kwargs):
        operation = construct(cls, *args, **kwargs)
        record.made[id(operation)] = operation
        if open_calls:
            record.makers[id(operation)] = open_calls[-1]
        parts = keras.tree.flatten((args, kwargs))
        record.given.update((id(part), part) for part in parts if isinstance(part, Operation))
        return operation

    def recorded_call(self, *args, **kwargs):
        record.called[id(self)] = self
        open_calls.append(self)
        try:
            return call(self, *args, **kwargs)
        finally:
            open_calls.pop()

    with _replacing("__new__", recorded_construct), _replacing("__call__", recorded_call):
        yield record


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
    with restoring(model), _recording_nested_calls() as calls:
        backend.compute_output_spec(lambda inputs: model(inputs, **arguments), specs)
    return calls[-1]  # PyTorch traces a second time where the first way is not supported


def first_output(model, inputs, is_wanted):
    """Returns the first layer within a model with an output that is wanted, or None.

    Args:
        model: A built `keras.Model`; it is called as in training, operation by operation.
        inputs: A batch.
        is_wanted: A function of a tensor.
    """
    found = []
    original = Operation.__call__

    def watched(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        if not found and is_finished_layer(self) and any(map(is_wanted, _tensors(result))):
            found.append(self)
        return result

    with _replacing("__call__", watched):
        model(inputs, training=True)
    return found[0] if found else None


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


@contextlib.contextmanager
def _replacing(name, method):
    """Puts a method in the place of one that all operations have, inside the block."""
    original = getattr(Operation, name)
    setattr(Operation, name, method)
    try:
        yield
    finally:
        setattr(Operation, name, original)


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
