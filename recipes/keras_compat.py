"""All that touches private parts of Keras; run with Keras 3.14.0 and 3.15.1."""

import contextlib
import dataclasses
import functools
import inspect
import math
import random
import re

import keras
import numpy as np
from keras.src import backend
from keras.src.backend.common import global_state
from keras.src.models.functional import Functional
from keras.src.ops.function import make_node_key
from keras.src.ops.operation import Operation
from keras.src.random.seed_generator import GLOBAL_SEED_GENERATOR
from keras.src.saving import saving_lib
from keras.src.trainers.compile_utils import CompileLoss


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
    nodes = operation._inbound_nodes
    return tuple(tuple(tensor.shape) for tensor in nodes[0].output_tensors) if nodes else ()


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


def is_own(layer):
    """Whether Keras itself has written the class of a layer; models and wrappers do not count."""
    others = (keras.Model, keras.layers.Wrapper, keras.layers.RNN)
    return type(layer).__module__.startswith("keras.") and not isinstance(layer, others)


def gives_truth_values(operation):
    """Whether the outputs of an operation's first call are all true or false, as masks are."""
    nodes = operation._inbound_nodes
    return bool(nodes) and all(_dtype(tensor) == "bool" for tensor in nodes[0].output_tensors)


def children(layer):
    """Returns the layers directly inside a layer."""
    return layer._flatten_layers(include_self=False, recursive=False)


def all_layers(layer):
    """Returns a layer and every layer inside it, parents before children."""
    return layer._flatten_layers(include_self=True, recursive=True)


def takes_training(model):
    """Whether the model's `call` has the argument `training`."""
    return model._call_has_training_arg


def loss_terms(model, outputs, names, loss=None):
    """Returns the loss of each output that has one.

    Args:
        model: A `keras.Model`; compiled, if `loss` is None.
        outputs: What the model returned.
        names: Names of its outputs.
        loss: A loss as `compile` takes it, or None for that of the model.

    Returns:
        Dict from the number of the output, from 0, to (function of (targets, outputs), weight).

    Raises:
        KeyError, ValueError: Keras' own, if the losses do not fit the outputs.
    """
    compiled = getattr(model, "_compile_loss", None)
    if loss is None and compiled is None:
        return {}
    weights = None if loss is not None else compiled._user_loss_weights
    loss = compiled._user_loss if loss is None else loss
    names = list(names)
    losses = CompileLoss(loss, weights, output_names=getattr(model, "output_names", None))
    losses.build(outputs, outputs)
    numbers = keras.tree.pack_sequence_as(outputs, list(range(len(names))))
    return {_follow(term.path, numbers, names): term[1:3] for term in losses._flat_losses}


def _follow(path, numbers, names):
    """Returns the number of the output at a path of Keras, which may be by name or by place."""
    for step in path:
        if isinstance(step, str) and not isinstance(numbers, dict):
            return names.index(step)
        numbers = numbers[step]
    return numbers


_AROUND = (  # lines before what an error says
    "Exception encountered",
    "Graph execution error",
    "Detected at node",
    "<stack traces",
    "File ",
)


def describe_error(error):
    """Returns kind and first line of an error, such as `KeyError: only dicts`."""
    return f"{type(error).__name__}: {first_line(error)}"


def first_line(error):
    """Returns what an error says, without what Keras and TensorFlow put around it."""
    text = str(error.args[0]) if error.args else str(error)
    text = re.sub(r"\x1b\[\d*m|\{\{function_node [^}]*\}\} ?| \[Op:\w+\]", "", text)
    lines = [line.strip() for line in text.splitlines()]
    return next((line for line in lines if line and not line.startswith(_AROUND)), "")


@contextlib.contextmanager
def _replacing(name, method):
    """Puts a method in the place of one that all operations have, inside the block."""
    original = getattr(Operation, name)
    setattr(Operation, name, method)
    try:
        yield
    finally:
        setattr(Operation, name, original)


def is_finished_layer(operation):
    """Whether it is a layer whose constructor came to its end."""
    return isinstance(operation, keras.Layer) and hasattr(operation, "_layers")


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


@contextlib.contextmanager
def restoring_names():
    """Puts back what Keras names things by.

    A call that fails leaves its name scope on a stack; a layer that is made counts up the number
    in the names of later ones.
    """
    scopes = list(global_state.get_global_attribute("name_scope_stack", default=[]))
    counts = dict(global_state.get_global_attribute("object_name_uids", default={}))
    try:
        yield
    finally:
        global_state.set_global_attribute("name_scope_stack", scopes)
        uids = global_state.get_global_attribute("object_name_uids", default=None)
        if uids is not None:
            uids.clear()
            uids.update(counts)


@contextlib.contextmanager
def restoring(model):
    """Puts back what calling a model leaves behind besides its variables.

    Names, added losses, and the global seed generator: one that is made within a stateless scope
    has no value afterwards, and every later draw fails (seen with Keras 3.15.1).
    """
    losses = [(layer, list(layer._losses), set(layer._loss_ids)) for layer in all_layers(model)]
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    python_state = random.getstate()  # a new generator takes its seed from there
    try:
        with restoring_names():
            yield
    finally:
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        random.setstate(python_state)
        for layer, added, ids in losses:
            layer._losses[:] = added
            layer._loss_ids = ids


@contextlib.contextmanager
def restoring_process():
    """Puts back what making a model takes from the process: random numbers, and names."""
    generator = global_state.get_global_attribute(GLOBAL_SEED_GENERATOR)
    drawn = None if generator is None else keras.ops.convert_to_numpy(generator.state.value)
    python_state, numpy_state = random.getstate(), np.random.get_state()
    try:
        with restoring_names():
            yield
    finally:
        if generator is not None:
            generator.state.assign(drawn)
        global_state.set_global_attribute(GLOBAL_SEED_GENERATOR, generator)
        random.setstate(python_state)
        np.random.set_state(numpy_state)


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


def make_weights(model, specs):
    """Makes the weights of a model as calling it on its first batch would; nothing is computed.

    Args:
        model: A `keras.Model`, built or not.
        specs: Keras tensors, in the structure that the model takes.
    """
    backend.compute_output_spec(lambda inputs: model(inputs), specs)


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


def inner_optimizer(optimizer):
    """Returns the optimiser itself where another one scales its loss, as with 16 bits."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def rate_source(optimizer):
    """Returns what an optimiser takes its learning rate from: a variable, schedule or function."""
    return inner_optimizer(optimizer)._learning_rate


def scale_weight_decay(optimizer, scale):
    """Multiplies the weight decay of steps that are traced from now on by a variable.

    Keras reads `weight_decay` once, when the step is traced; a variable in its place would be
    saved and loaded as one of the optimiser's own.

    Args:
        optimizer: A Keras optimiser.
        scale: A `keras.Variable`.

    Returns:
        A function that undoes this.
    """
    inner = inner_optimizer(optimizer)
    apply = inner._apply_weight_decay

    def scaled(variables):
        decay = inner.weight_decay
        object.__setattr__(inner, "weight_decay", decay * keras.ops.convert_to_tensor(scale))
        try:
            apply(variables)
        finally:
            object.__setattr__(inner, "weight_decay", decay)

    inner._apply_weight_decay = scaled
    return lambda: delattr(inner, "_apply_weight_decay")


def copy_state(layer, twin):
    """Gives a built layer the variables of another one of the same kind.

    `set_weights` would not do: a Normalization works with copies of its weights, which loading
    makes anew.
    """
    state = {}
    layer.save_own_variables(state)
    twin.load_own_variables(state)
