"""The picture of a model's graph, layer by layer."""

import math

import keras

from recipes import keras_compat
from recipes.graph.connected.dead_ends import dead_groups
from recipes.graph.findings import LayerNode
from recipes.graph.ownership import count_parameters


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
    dead = [operation for group in dead_groups(model, watch) for operation in group]
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
