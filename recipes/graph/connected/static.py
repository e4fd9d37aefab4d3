"""The static level: what the Keras graph in memory shows; nothing is run (guide row 15)."""

from recipes import keras_compat
from recipes.graph.connected.dead_ends import find_dead_calls, find_dead_ends
from recipes.graph.findings import Finding
from recipes.graph.wording import about_model, name_layers


def find_static(model, watch=None):
    """Finds layers that reach no output, layers never called, and inputs that feed nothing.

    Args:
        model: A `keras.Model`; of one that is neither functional nor sequential, the functional
            parts are read.
        watch: The `Watch` of its build, or None.

    Returns:
        List of `Finding`s: DEAD_END, DEAD_CALL, NEVER_CALLED, UNUSED_INPUT.
    """
    graph = keras_compat.functional_part(model)
    findings = [*find_dead_ends(model, watch), *(_unused_inputs(graph) if graph else ())]
    if watch is not None:
        findings += [*map(never_called, watch.never_called(model)), *find_dead_calls(watch)]
    return findings


def _unused_inputs(graph):
    """Inputs of the model that no operation of it takes."""
    used = {id(tensor) for node in keras_compat.nodes_in(graph) for tensor in node.input_tensors}
    outputs = set(map(id, graph.outputs))
    for tensor in graph.inputs:
        if id(tensor) not in used | outputs:
            yield unused_input(keras_compat.producer(tensor).name)


def unused_input(name):
    """Returns the finding of an input that no output depends on."""
    message = f"input '{name}' feeds no output of the model: its data change nothing."
    hint = "Connect it, or remove it from the inputs."
    return about_model("UNUSED_INPUT", "error", name, message, hint)


def never_called(layer, name=None):
    """Returns the finding of a layer that exists and is never called.

    Args:
        layer: The layer.
        name: By which name it is told, or None for its own.
    """
    name = name or layer.name
    return Finding(
        code="NEVER_CALLED",
        severity="error",
        layer=name,
        weights=tuple(v.name for v in layer.trainable_variables),
        culprit="",
        message=f"{name_layers([name])} ({type(layer).__name__}) is made and never called.",
        hint="Call it in the model, or remove it.",
        layers=(name,),
    )
