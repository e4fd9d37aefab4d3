"""Layers, and calls of layers, that reach no output: Keras drops them without a word."""

import gc

import keras

from recipes import keras_compat
from recipes.graph.findings import Finding
from recipes.graph.ownership import count_parameters
from recipes.graph.wording import name_layers


def find_dead_ends(model, watch):
    """Returns one finding for each connected group of operations that reaches no output.

    Args:
        model: A `keras.Model`.
        watch: The `Watch` of its build, or None.
    """
    return [
        _dead_end(group, seen_by_builder=watch is not None) for group in dead_groups(model, watch)
    ]


def dead_groups(model, watch):
    """Returns connected operations that hang on the graph, or were built beside it, in vain.

    Args:
        model: A `keras.Model`.
        watch: The `Watch` of its build, or None.

    Returns:
        List of lists of operations.
    """
    groups = _connected_groups(_dead_operations(model, watch))
    groups = [group for group in groups if not _is_automatic(group)]
    others = _living_graphs() if groups else []  # it looks at every object: once, and if it must
    return [
        group for group in groups if not any(other.issuperset(map(id, group)) for other in others)
    ]


def _is_automatic(group):
    """Whether Keras made these operations itself: casts of mixed precision, masks."""
    return all(
        type(operation).__name__ == "Cast" or keras_compat.gives_truth_values(operation)
        for operation in group
    )


def _dead_operations(model, watch):
    """Returns the operations that reach no output of this model, or of one made in its build."""
    graphs = _graphs_of(model) + ([] if watch is None else watch.functional_models())
    alive = [operation for graph in graphs for operation in keras_compat.operations_of(graph)]
    called = [] if watch is None else watch.record.called.values()
    starts = [*alive, *(op for op in called if keras_compat.output_shapes(op))]
    return _reachable(starts, set(map(id, alive)))


def _graphs_of(model):
    """Returns the Keras graphs of a model and of the models inside it."""
    models = (op for op in keras_compat.all_layers(model) if isinstance(op, keras.Model))
    graphs = map(keras_compat.functional_part, models)
    return [graph for graph in graphs if graph is not None]


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


def find_dead_calls(watch):
    """Yields the findings of calls that lead nowhere, of layers alive by another call.

    Args:
        watch: The `Watch` of a build.
    """
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


def _verb(names, stem):
    return stem if len(names) > 1 else f"{stem}es"
