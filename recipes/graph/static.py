"""The static level: what the Keras graph in memory shows; nothing is run (guide row 15)."""

import gc
import math

import keras

from recipes import keras_compat
from recipes.graph.findings import Finding, LayerNode
from recipes.graph.ownership import count_parameters
from recipes.graph.wording import name_layers


def find_static(model, watch=None):
    """Finds layers that reach no output, layers never called, and inputs that feed nothing.

    Args:
        model: A `keras.Model`; one that is neither functional nor sequential has no graph to read.
        watch: The `Watch` of its build, or None.

    Returns:
        List of `Finding`s: DEAD_END, DEAD_CALL, NEVER_CALLED, UNUSED_INPUT.
    """
    graph = keras_compat.functional_part(model)
    findings = []
    if graph is not None:
        findings += [*_dead_ends(graph, watch), *_unused_inputs(graph)]
    if watch is not None:
        findings += [*map(never_called, watch.never_called()), *_dead_calls(watch)]
    return findings


def layer_nodes(model, watch=None, norms=None):
    """Returns the picture of the model's graph, dead ends included, as `LayerNode`s.

    Args:
        model: A `keras.Model`.
        watch: The `Watch` of its build, or None.
        norms: Norm of the gradient of each layer's weights by its name, or None.
    """
    norms, graph = norms or {}, keras_compat.functional_part(model)
    if graph is None:
        return tuple(_node(layer, (), norms) for layer in model.layers)
    dead = [operation for group in _dead_groups(graph, watch) for operation in group]
    operations = [*keras_compat.operations_of(graph), *dead]
    return tuple(
        _node(operation, [feeder.name for feeder in keras_compat.feeders(operation)], norms)
        for operation in operations
    )


def _node(operation, inputs, norms):
    shapes = keras_compat.output_shapes(operation)
    kind, size = type(operation).__name__, count_parameters(operation)
    return LayerNode(operation.name, kind, tuple(inputs), shapes, size, _norm(operation, norms))


def _norm(operation, norms):
    """Returns the norm of the gradient of a layer with all layers inside it, or None."""
    layers = keras_compat.all_layers(operation) if isinstance(operation, keras.Layer) else []
    own = [norms[layer.name] for layer in layers if layer.name in norms]
    return math.hypot(*own) if own else None


def _dead_ends(graph, watch):
    """One finding for each connected group of operations that reaches no output."""
    for group in _dead_groups(graph, watch):
        yield _dead_end(group, seen_by_builder=watch is not None)


def _dead_groups(graph, watch):
    """Returns connected operations that hang on the graph, or were built beside it, in vain."""
    groups = _connected_groups(_dead_operations(graph, watch))
    groups = [group for group in groups if not _is_automatic(group)]
    others = _living_graphs() if groups else []  # it looks at every object: once, and if it must
    return [
        group for group in groups if not any(other.issuperset(map(id, group)) for other in others)
    ]


def _is_automatic(group):
    """Whether Keras made these operations itself: the casts of mixed precision."""
    return all(type(operation).__name__ == "Cast" for operation in group)


def _dead_operations(graph, watch):
    """Returns the operations that reach no output of this model, or of one made in its build."""
    alive = set(map(id, keras_compat.operations_of(graph)))
    if watch is not None:
        for other in watch.functional_models():
            alive.update(map(id, keras_compat.operations_of(other)))
    starts = keras_compat.operations_of(graph)
    if watch is not None:
        starts = [
            *starts,
            *(op for op in watch.record.called.values() if keras_compat.output_shapes(op)),
        ]
    return _reachable(starts, alive)


def _reachable(starts, alive):
    """Returns every operation outside `alive` that the starts are or lead to."""
    seen, queue, dead = set(), list(starts), []
    while queue:
        operation = queue.pop(0)
        if id(operation) in seen:
            continue
        seen.add(id(operation))
        if id(operation) not in alive:
            dead.append(operation)
        queue.extend(keras_compat.consumers(operation))
    return dead


def _living_graphs():
    """Returns the operations of every functional model that is alive, as sets of ids.

    A truncated backbone or a feature tap shares its layers with the whole network: what is dead
    in the part is alive in the whole.
    """
    models = (item for item in gc.get_objects() if isinstance(item, keras.Model))
    graphs = (keras_compat.functional_part(model) for model in models)
    return [
        set(map(id, keras_compat.operations_of(graph))) for graph in graphs if graph is not None
    ]


def _connected_groups(operations):
    """Splits operations into groups that are joined by edges, in order."""
    members = {id(operation): operation for operation in operations}
    while members:
        group, queue = [], [next(iter(members.values()))]
        while queue:
            operation = queue.pop()
            if members.pop(id(operation), None) is None:
                continue
            group.append(operation)
            neighbours = keras_compat.consumers(operation) + keras_compat.feeders(operation)
            queue.extend(n for n in neighbours if id(n) in members)
        yield [operation for operation in operations if operation in group]


def _dead_end(group, *, seen_by_builder):
    weighted = [operation for operation in group if count_parameters(operation)]
    named = [operation.name for operation in (weighted or group)]
    size = sum(map(count_parameters, weighted))
    ends = [op.name for op in group if not any(c in group for c in keras_compat.consumers(op))]
    lost = f" ({size} parameters)" if size else ""
    return Finding(
        code="DEAD_END",
        severity="error" if weighted and seen_by_builder else "warning",
        layer=named[0],
        weights=tuple(v.name for op in weighted for v in op.trainable_variables),
        culprit=ends[-1] if ends else "",
        message=f"{name_layers(named)}{lost} {_verb(named, 'reach')} no output of the model: what "
        f"follows ends at '{ends[-1] if ends else named[-1]}', and Keras drops it.",
        hint="Connect it to an output, or remove it.",
        layers=tuple(named),
    )


def _dead_calls(watch):
    """Calls that lead nowhere, of layers that are alive by another call."""
    graphs = watch.functional_models()
    alive = {id(node) for graph in graphs for node in keras_compat.nodes_in(graph)}
    for operation in watch.record.called.values():
        calls = keras_compat.calls_of(operation)
        dead = [n for n, call in enumerate(calls, 1) if id(call) not in alive and _is_last(call)]
        made_here = id(operation) in watch.record.made
        if made_here and dead and any(id(call) in alive for call in calls):
            yield _dead_call(operation, dead[0], len(calls))


def _is_last(call):
    """Whether nothing takes what a call returned."""
    taken = {
        id(tensor)
        for user in keras_compat.consumers(call.operation)
        for other in keras_compat.calls_of(user)
        for tensor in other.input_tensors
    }
    return not any(id(tensor) in taken for tensor in call.output_tensors)


def _dead_call(operation, number, count):
    return Finding(
        code="DEAD_CALL",
        severity="warning",
        layer=operation.name,
        weights=(),
        culprit="",
        message=f"{name_layers([operation.name])} is called {count} times, and what call {number} "
        "returns reaches no output of the model.",
        hint="Connect it to an output, or remove that call.",
        layers=(operation.name,),
    )


def _unused_inputs(graph):
    """Inputs of the model that no operation of it takes."""
    used = {id(tensor) for node in keras_compat.nodes_in(graph) for tensor in node.input_tensors}
    outputs = set(map(id, graph.outputs))
    for tensor in graph.inputs:
        if id(tensor) not in used | outputs:
            yield unused_input(keras_compat.producer(tensor).name)


def unused_input(name):
    """Returns the finding of an input that no output depends on."""
    return Finding(
        code="UNUSED_INPUT",
        severity="error",
        layer=name,
        weights=(),
        culprit="",
        message=f"input '{name}' feeds no output of the model: its data change nothing.",
        hint="Connect it, or remove it from the inputs.",
        layers=(name,),
    )


def never_called(layer):
    """Returns the finding of a layer that exists and is never called."""
    return Finding(
        code="NEVER_CALLED",
        severity="error",
        layer=layer.name,
        weights=tuple(v.name for v in layer.trainable_variables),
        culprit="",
        message=f"{name_layers([layer.name])} ({type(layer).__name__}) is made and never called.",
        hint="Call it in the model, or remove it.",
        layers=(layer.name,),
    )


def _verb(names, stem):
    return stem if len(names) > 1 else f"{stem}es"
