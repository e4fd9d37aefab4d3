"""Walks through a TensorFlow graph: what leads where, and where gradients stop."""

import tensorflow as tf

from recipes import keras_compat

_SUMS = ("Add", "AddV2", "BiasAdd", "Sub")
_SHAPINGS = ("Cast", "ExpandDims", "Identity", "Reshape", "BroadcastTo")


def gradients_of(targets, sources, cotangents=None):
    """Returns d(sum of targets · cotangents) / d(source) for each source, None if not connected.

    Args:
        targets: Tensors; those that hold no floating-point numbers have no gradient.
        sources: Tensors.
        cotangents: A tensor for each target, or None for ones.
    """
    pairs = zip(targets, cotangents or [None] * len(targets), strict=True)
    pairs = [(target, cotangent) for target, cotangent in pairs if is_differentiable(target)]
    if not pairs or not sources:
        return [None] * len(sources)
    targets, cotangents = zip(*pairs, strict=True)
    return tf.gradients(list(targets), list(sources), grad_ys=list(cotangents))


def is_differentiable(tensor):
    """Whether a tensor holds floating-point or complex numbers."""
    return tensor.dtype.is_floating or tensor.dtype.is_complex


def ancestors(tensors):
    """Returns the ids of all operations that the tensors depend on."""
    seen, queue = set(), [tensor.op for tensor in tensors]
    while queue:
        operation = queue.pop()
        if id(operation) not in seen:
            seen.add(id(operation))
            queue.extend(tensor.op for tensor in operation.inputs)
    return seen


def descendants(tensors, within=None):
    """Returns the operations that depend on the tensors, nearest first, by id.

    Args:
        tensors: Tensors; the operations that made them are among those returned.
        within: Ids of the operations that count, or None for all.
    """
    seen, queue = {}, [tensor.op for tensor in tensors]
    for operation in queue:
        if id(operation) not in seen and (within is None or id(operation) in within):
            seen[id(operation)] = operation
            queue.extend(user for tensor in operation.outputs for user in tensor.consumers())
    return seen


def is_summand(tensor):
    """Whether a tensor is only added to others: it cannot stop their gradients, even if zero."""
    users = [user for user in tensor.consumers() if not user.name.startswith("gradients")]
    return all(
        user.type in _SUMS or (user.type in _SHAPINGS and is_summand(user.outputs[0]))
        for user in users
    )


def find_culprit(source, on_paths, reached, targets, zeros=()):
    """Returns the last operation before the gradient begins, on the way from a weight.

    Walking from the weight to the outputs, it is the first operation whose output gets a gradient
    or is an output itself. Where whole numbers lie between, or zeros alone, it is the one that
    made them.

    Args:
        source: The tensor of the weight.
        on_paths: Operations between the weights and the outputs, by id.
        reached: Ids of the tensors that get a gradient.
        targets: The outputs.
        zeros: Ids of tensors that are always zero: a ReLU behind `x * 0` gives no gradient either.
    """
    outputs = set(map(id, targets))
    came_by, queue = {id(source.op): None}, [source.op]  # the tensor by which it was reached
    for operation in queue:
        if any(id(t) in reached or id(t) in outputs for t in operation.outputs):
            return _where_it_began(operation, came_by, zeros)
        for tensor in operation.outputs:
            for user in tensor.consumers():
                if id(user) in on_paths and id(user) not in came_by:
                    came_by[id(user)] = tensor
                    queue.append(user)
    return source.op


def _where_it_began(operation, came_by, zeros):
    tensor = came_by[id(operation)]
    while tensor is not None and (not tensor.dtype.is_floating or id(tensor) in zeros):
        operation = tensor.op
        tensor = came_by[id(operation)]
    return operation


def describe_place(model, operation):
    """Says where an operation stands: `, in 'lambda'` or `, before 'concat'`."""
    names = {layer.name for layer in keras_compat.all_layers(model)[1:]}
    inside = layer_of(operation, names)
    if inside:
        return f", in '{inside}'"
    for user in descendants(operation.outputs).values():
        if not user.name.startswith("gradients") and layer_of(user, names):
            return f", before '{layer_of(user, names)}'"
    return ", before the output"


def layer_of(operation, names):
    """Returns the innermost layer in whose scope an operation was made, or None.

    TensorFlow numbers a scope that is entered again: `dense_1` may be the second call of `dense`.

    Args:
        operation: A TensorFlow operation.
        names: Names of the layers that count.
    """
    for scope in reversed(operation.name.split("/")[:-1]):
        for name in (scope, scope.rpartition("_")[0]):
            if name in names:
                return name
    return None
