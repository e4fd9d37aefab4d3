"""The trace level: gradients are traced, nothing is run; None means disconnected (row 15).

A trainable weight is

    fine      its gradient is a tensor
    UNUSED    there is no path of operations from it to an output
    CUT       there is a path, and the gradient is None: an operation on it lets none through
"""

import re

import keras
import tensorflow as tf

from recipes import keras_compat
from recipes.graph.findings import Finding, name_layers
from recipes.graph.static import count_entries, never_called, unused_input
from recipes.graph.trace import input_specs, run_trace


def find_traced(model, data=None):
    """Finds weights without a gradient, layers that are never called, and inputs without effect.

    Args:
        model: A built `keras.Model`.
        data: A batch of inputs as the model takes them, for a model whose inputs Keras does not
            know; only shapes and types are read.

    Returns:
        List of `Finding`s: CUT, UNUSED, NEVER_CALLED, UNUSED_INPUT, NOT_TRACEABLE.
    """
    if keras.backend.backend() != "tensorflow":
        reason = f"the {keras.backend.backend()} backend has no graph to trace"
        return [_not_traceable(model, reason, "Check it on the TensorFlow backend.")]
    if not model.built:
        reason = "it has no weights yet"
        return [_not_traceable(model, reason, "Call it on a batch first, or give its inputs.")]
    specs = input_specs(model, data)
    if specs is None:
        reason = "the shapes of its inputs are not known"
        return [_not_traceable(model, reason, "Pass data=, a batch of inputs.")]
    try:
        trace = run_trace(model, specs)
    except Exception as error:  # whatever a model's own code raises is told, not passed on
        reason = f"calling it on placeholders failed ({type(error).__name__}: {_first_line(error)})"
        return [_not_traceable(model, reason, "Pass data=, a batch that the model takes.")]
    with trace.graph.as_default():
        return list(_judge(model, trace))


def _first_line(error):
    """Returns what an error says, without what Keras puts around it."""
    text = re.sub(r"\x1b\[\d*m", "", str(error.args[0]) if error.args else "")
    lines = [line for line in text.splitlines() if line.strip()]
    return next((line for line in lines if not line.startswith("Exception encountered")), "")


def _not_traceable(model, reason, hint):
    message = f"model '{model.name}' was not traced: {reason}. Its gradients are not checked."
    return Finding("NOT_TRACEABLE", "warning", model.name, (), "", message, hint, (model.name,))


def _judge(model, trace):
    sources = [placeholder for _, placeholder in trace.weights]
    differentiable = [t for t in trace.targets if t.dtype.is_floating or t.dtype.is_complex]
    gradients = _gradients(differentiable, sources)
    missing = [pair for pair, grad in zip(trace.weights, gradients, strict=True) if grad is None]
    useful = _ancestors(trace.targets)  # everything that an output depends on
    unused = [variable for variable, source in missing if id(source.op) not in useful]
    cut = [pair for pair in missing if id(pair[0]) not in set(map(id, unused))]
    uncalled = _uncalled_layers(model, trace)
    yield from map(never_called, uncalled)
    yield from _unused(model, unused, uncalled)
    yield from _cut(model, cut, differentiable, trace.targets, useful)
    if keras_compat.functional_part(model) is None:  # a Keras graph shows its own, statically
        for name, tensor in trace.inputs.items():
            if id(tensor.op) not in useful:
                yield unused_input(name)


def _gradients(targets, sources):
    """Returns d(sum of targets) / d(source) for each source, None where nothing connects them."""
    if not targets or not sources:
        return [None] * len(sources)
    return tf.gradients(targets, sources)


def _ancestors(tensors):
    """Returns the ids of all operations that the tensors depend on."""
    seen, queue = set(), [tensor.op for tensor in tensors]
    while queue:
        operation = queue.pop()
        if id(operation) not in seen:
            seen.add(id(operation))
            queue.extend(tensor.op for tensor in operation.inputs)
    return seen


def _uncalled_layers(model, trace):
    """Layers that were not called, and of whose weights none was read; outermost ones only."""
    read = {id(v) for v, placeholder in trace.weights if placeholder.consumers()}
    uncalled, inside = [], set()
    for layer in keras_compat.all_layers(model):
        weights = layer.trainable_variables
        idle = not layer.built or (weights and not any(id(v) in read for v in weights))
        if id(layer) in trace.called or not idle or id(layer) in inside:
            continue
        inside.update(map(id, keras_compat.all_layers(layer)))
        uncalled.append(layer)
    return [layer for layer in uncalled if not isinstance(layer, keras.layers.InputLayer)]


def _unused(model, variables, uncalled):
    """One finding for each layer with weights that lead to no output."""
    told = {id(v) for layer in uncalled for v in layer.trainable_variables}
    rest = [variable for variable in variables if id(variable) not in told]
    for layer, weights in _by_layer(model, rest).items():
        names, size = _describe_weights(weights)
        yield Finding(
            code="UNUSED",
            severity="error",
            layer=layer,
            weights=tuple(v.name for v in weights),
            culprit="",
            message=f"layer '{layer}' ({names}: {size} parameters) has weights that no output "
            "depends on.",
            hint="Use them in its call, return what it computes, or remove them.",
            layers=(layer,),
        )


def _cut(model, pairs, differentiable, targets, useful):
    """One finding for each operation that stops gradients, with all layers behind it."""
    if not pairs:
        return
    on_paths = _descendants([placeholder for _, placeholder in pairs], useful)
    reached = _with_gradient(differentiable, on_paths)
    by_culprit = {}
    for variable, placeholder in pairs:
        culprit = _culprit(placeholder, on_paths, reached, targets)
        by_culprit.setdefault(culprit.name, (culprit, []))[1].append(variable)
    for culprit, variables in by_culprit.values():
        yield _cut_finding(model, culprit, variables)


def _descendants(tensors, useful):
    """Returns the operations between the tensors and the outputs, by id, in graph order."""
    seen, queue = {}, [tensor.op for tensor in tensors]
    while queue:
        operation = queue.pop(0)
        if id(operation) in useful and id(operation) not in seen:
            seen[id(operation)] = operation
            queue.extend(user for tensor in operation.outputs for user in tensor.consumers())
    return seen


def _with_gradient(targets, operations):
    """Returns the ids of the tensors among the operations' outputs that get a gradient."""
    tensors = [t for op in operations.values() for t in op.outputs if t.dtype.is_floating]
    gradients = _gradients(targets, tensors)
    return {id(t) for t, grad in zip(tensors, gradients, strict=True) if grad is not None}


def _culprit(placeholder, on_paths, reached, targets):
    """Returns the last operation before the gradient begins, on the way from a weight.

    Walking from the weight to the outputs, it is the first operation whose output gets a gradient
    or is an output itself. Where whole numbers lie between, it is the one that made them.
    """
    outputs = set(map(id, targets))
    came_from, queue = {id(placeholder.op): None}, [placeholder.op]
    while queue:
        operation = queue.pop(0)
        if any(id(t) in reached or id(t) in outputs for t in operation.outputs):
            return _where_numbers_became_whole(operation, came_from)
        for user in (user for tensor in operation.outputs for user in tensor.consumers()):
            if id(user) in on_paths and id(user) not in came_from:
                came_from[id(user)] = operation
                queue.append(user)
    return placeholder.op


def _where_numbers_became_whole(operation, came_from):
    before = came_from[id(operation)]
    while before is not None and not any(t.dtype.is_floating for t in before.outputs):
        operation, before = before, came_from[id(before)]
    return operation


def _cut_finding(model, culprit, variables):
    owners = _by_layer(model, variables)
    size = count_entries(variables)
    layers = list(owners)
    only = f"{_describe_weights(owners[layers[0]])[0]}: " if len(layers) == 1 else ""
    plural = len(layers) > 1
    return Finding(
        code="CUT",
        severity="error",
        layer=layers[-1],
        weights=tuple(v.path for v in variables),
        culprit=culprit.type,
        message=f"{name_layers(layers)} ({only}{size} parameters) get{'' if plural else 's'} no "
        f"gradient: it stops at {culprit.type}{_place(model, culprit)}.",
        hint="Remove that operation from the path, or set trainable=False if this is meant.",
        layers=tuple(layers),
    )


def _by_layer(model, variables):
    """Groups variables by the name of the innermost layer that owns them, in model order."""
    owner = {}
    for layer in keras_compat.all_layers(model):
        for variable in layer.trainable_variables:
            owner[id(variable)] = layer.name  # a child comes after its parent
    groups = {}
    for variable in variables:
        groups.setdefault(owner[id(variable)], []).append(variable)
    return groups


def _describe_weights(variables):
    names = ", ".join(variable.name for variable in variables)
    return names, count_entries(variables)


def _place(model, culprit):
    """Says where an operation stands: `, in 'lambda'` or `, before 'concat'`."""
    names = {layer.name for layer in keras_compat.all_layers(model)[1:]}
    inside = _layer_of(culprit, names)
    if inside:
        return f", in '{inside}'"
    seen, queue = set(), [culprit]
    while queue:
        operation = queue.pop(0)
        if _layer_of(operation, names):
            return f", before '{_layer_of(operation, names)}'"
        users = [user for tensor in operation.outputs for user in tensor.consumers()]
        queue.extend(user for user in users if id(user) not in seen)
        seen.update(map(id, users))
    return ", before the output"


def _layer_of(operation, names):
    """Returns the innermost layer in whose scope an operation was made, or None.

    TensorFlow numbers a scope that is entered again: `dense_1` may be the second call of `dense`.
    """
    for scope in reversed(operation.name.split("/")[:-1]):
        for name in (scope, scope.rpartition("_")[0]):
            if name in names:
                return name
    return None
