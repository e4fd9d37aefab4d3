"""The trace level: gradients are traced, nothing is run; None means disconnected (row 15).

A trainable weight is

    fine      its gradient is a tensor
    UNUSED    there is no path of operations from it to an output
    CUT       there is a path, and the gradient is None: an operation on it lets none through
"""

import keras

from recipes import keras_compat
from recipes.graph.connected.static import never_called, unused_input
from recipes.graph.ownership import by_layer, layer_names
from recipes.graph.traced.paths import (
    ancestors,
    descendants,
    describe_place,
    find_culprit,
)
from recipes.graph.wording import about_layers


def find_disconnected(model, trace, infer):
    """Finds weights without a gradient, layers that are never called, and inputs without effect.

    Args:
        model: A built `keras.Model`.
        trace: Its `Trace` in training mode.
        infer: A function that returns the `Trace` in inference mode, or None where it fails; it is
            asked only if something is missing in training.

    Returns:
        List of `Finding`s: NEVER_CALLED, UNUSED, CUT, ZERO_IN_TRAINING, UNUSED_INPUT.
    """
    uncalled, missing = _idle_layers(model, trace), trace.disconnected
    later = infer() if uncalled or missing else None
    if later is not None:
        uncalled = [op for op in uncalled if id(op) not in later.recording.called]
    resting = [variable for variable, _ in missing if id(variable) in _connected_ids(later)]
    told = {id(v) for layer in uncalled for v in layer.trainable_variables} | set(map(id, resting))
    missing = [pair for pair in missing if id(pair[0]) not in told]
    useful = ancestors(trace.targets)  # everything that an output depends on
    names = layer_names(model)
    unused = [pair for pair in missing if id(pair[1].op) not in useful]
    cut = [pair for pair in missing if id(pair[1].op) in useful]
    return [
        *(never_called(layer, names[id(layer)]) for layer in uncalled),
        *_unused(model, unused),
        *_cut(model, cut, trace, useful),
        *_in_inference_alone(by_layer(model, resting)),
        *_unused_inputs(trace, useful, infer),
    ]


def _connected_ids(trace):
    """Returns the ids of the trainable variables to which a gradient comes."""
    if trace is None:
        return set()
    return {id(v) for v, _ in trace.weights} - {id(v) for v, _ in trace.disconnected}


def _idle_layers(model, trace):
    """Layers that were not called, and of whose weights none was read; outermost ones only."""
    idle, inside = [], _parts_of_keras_layers(model)
    read = {id(v) for v, placeholder in trace.weights if placeholder.consumers()}
    for layer in keras_compat.all_layers(model):
        if _is_idle(layer, trace, read) and id(layer) not in inside:
            inside.update(map(id, keras_compat.all_layers(layer)))
            idle.append(layer)
    return idle


def _parts_of_keras_layers(model):
    """Returns the ids of the layers inside layers of Keras' own: which it calls is its affair."""
    whole = [layer for layer in keras_compat.all_layers(model) if keras_compat.is_own(layer)]
    return {id(part) for layer in whole for part in keras_compat.all_layers(layer)[1:]}


def _is_idle(layer, trace, read):
    if id(layer) in trace.recording.called or isinstance(layer, keras.layers.InputLayer):
        return False
    weights = layer.trainable_variables
    return not layer.built or (weights and not any(id(v) in read for v in weights))


def _unused(model, pairs):
    """One finding for each group of layers that lead to no output together."""
    for group in _connected(model, pairs):
        yield about_layers(
            "UNUSED",
            "error",
            by_layer(model, group),
            ("has", "have"),
            "weights that no output depends on",
            "Use them in the call, return what it computes, or remove them.",
            main=0,
        )


def _connected(model, pairs):
    """Groups variables whose layers are the same, or lead to the same operations."""
    owner = {
        id(v): layer for layer, own in by_layer(model, [v for v, _ in pairs]).items() for v in own
    }
    groups = []  # pairs (reached: operations and owner, variables)
    for variable, placeholder in pairs:
        reached = {*descendants([placeholder]), owner[id(variable)]}
        joined = [group for group in groups if group[0] & reached]
        groups = [group for group in groups if not group[0] & reached]
        variables = [v for _, own in joined for v in own] + [variable]
        groups.append((reached.union(*(ids for ids, _ in joined)), variables))
    return [variables for _, variables in groups]


def _cut(model, pairs, trace, useful):
    """One finding for each operation that stops gradients, with all layers behind it."""
    if not pairs:
        return
    on_paths = descendants([placeholder for _, placeholder in pairs], useful)
    reached = _with_gradient(trace, on_paths)
    by_culprit = {}
    for variable, placeholder in pairs:
        culprit = find_culprit(placeholder, on_paths, reached, trace.targets)
        by_culprit.setdefault(culprit.name, (culprit, []))[1].append(variable)
    for culprit, variables in by_culprit.values():
        yield _cut_finding(model, culprit, variables)


def _with_gradient(trace, operations):
    """Returns the ids of the tensors among the operations' outputs that get a gradient."""
    tensors = [t for op in operations.values() for t in op.outputs if t.dtype.is_floating]
    gradients = trace.gradients_of(tensors)
    return {id(t) for t, grad in zip(tensors, gradients, strict=True) if grad is not None}


def _cut_finding(model, culprit, variables):
    return about_layers(
        "CUT",
        "error",
        by_layer(model, variables),
        ("gets", "get"),
        f"no gradient: it stops at {culprit.type}{describe_place(model, culprit)}",
        "Remove that operation from the path, or set trainable=False if this is meant.",
        culprit=culprit.type,
    )


def _in_inference_alone(groups):
    """The layers that training leaves out and inference uses."""
    if groups:
        yield about_layers(
            "ZERO_IN_TRAINING",
            "warning",
            groups,
            ("gets", "get"),
            "no gradient in training, and one in inference",
            "Let the branch through in training: no dropout rate of 1, for one.",
        )


def _unused_inputs(trace, useful, infer):
    """Inputs that no output depends on, in training and in inference."""
    idle = [name for name, tensor in trace.inputs.items() if id(tensor.op) not in useful]
    later = infer() if idle else None
    if later is not None:
        needed = ancestors(later.targets)
        idle = [name for name in idle if id(later.inputs[name].op) not in needed]
    return list(map(unused_input, idle))
