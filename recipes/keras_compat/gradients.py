"""Traced graphs that end with their models; run with TensorFlow 2.21.0.

TensorFlow registers a function for each custom gradient that it traces, under a new name, and keeps
it for ever, with the graph that it was traced in. Keras' optimizers trace one in each training step
(`ReplicaContext.all_reduce`), Swish one at each call: of each model that was trained, the graph
would stay in the memory.
"""

import contextlib
import sys
import types
import weakref

_NAMES = "CustomGradient-"
_EMPTY = types.CellType()
_OWNED = "_custom_gradients"  # attribute of a graph: the functions that live as long as it does


@contextlib.contextmanager
def releasing_graphs():
    """Calls `release_graphs` at the end, whatever happens."""
    try:
        yield
    finally:
        release_graphs()


def release_graphs():
    """Lets a traced graph be collected when nobody uses it any more.

    Until then the graph owns the functions of its custom gradients, and the registry refers to them
    weakly: a model that is still in use keeps its gradients.
    """
    registry = _registry()
    for name in [name for name in list(registry) if name.startswith(_NAMES)]:
        function = registry[name]["type"]
        graph = _graph_of(function)
        if graph is not None:
            owned = getattr(graph, _OWNED, [])
            setattr(graph, _OWNED, [*owned, function])
            registry[name]["type"] = _weakly(function)
            weakref.finalize(graph, registry.pop, name, None).atexit = False


def _weakly(function):
    """Returns the same gradient without owning it.

    Args:
        function: What TensorFlow has registered: a function of an operation, and of the gradients
            of its outputs.
    """
    reference = weakref.ref(function)

    def gradient(operation, *gradients):
        return reference()(operation, *gradients)

    return gradient


def _registry():
    """Returns TensorFlow's dict of gradients by name; empty if it is not loaded, or has none."""
    ops = sys.modules.get("tensorflow.python.framework.ops")
    return getattr(getattr(ops, "gradient_registry", None), "_registry", {})


def _graph_of(function):
    """Returns the graph in which a gradient was traced; None of what no tracing has registered."""
    import tensorflow as tf

    traced = _closure(function).get("tape_grad_fn")
    results = tf.nest.flatten(_closure(traced).get("result"))
    return next((each.graph for each in results if tf.is_symbolic_tensor(each)), None)


def _closure(function):
    """Returns what a function takes from around it, by name; nothing of None."""
    cells = getattr(function, "__closure__", None) or ()
    names = function.__code__.co_freevars if cells else ()
    pairs = zip(names, cells, strict=True)
    return {name: cell.cell_contents for name, cell in pairs if cell != _EMPTY}
