"""A model's graph, layer by layer."""

import dataclasses
import math

import keras

from recipes import keras_compat
from recipes.graph.connected.dead_ends import dead_groups
from recipes.graph.findings import LayerNode
from recipes.graph.ownership import count_parameters, layer_names


def layer_nodes(model, watch=None, norms=None):
    """Returns a model's graph as `LayerNode`s, dead ends and layers never called included.

    Args:
        model: A `keras.Model`.
        watch: The `Watch` of its build, or None.
        norms: Norm of the gradient of each layer's weights by its name, or None.
    """
    told = _Told(layer_names(model), norms or {})
    graph = keras_compat.functional_part(model)
    if graph is None:
        return tuple(_node(layer, (), told) for layer in model.layers)
    dead = [operation for group in dead_groups(model, watch) for operation in group]
    idle = [] if watch is None else watch.never_called(model)
    operations = [*keras_compat.operations_of(graph), *dead, *idle]
    return tuple(
        _node(operation, [feeder.name for feeder in keras_compat.feeders(operation)], told)
        for operation in operations
    )


@dataclasses.dataclass(frozen=True)
class _Told:
    """By which names layers are told, by id, and the norms of their gradients, by name."""

    names: dict
    norms: dict


def _node(operation, inputs, told):
    layers = keras_compat.all_layers(operation) if isinstance(operation, keras.Layer) else []
    inside = tuple(told.names.get(id(layer), layer.name) for layer in layers)
    own = [told.norms[name] for name in inside if name in told.norms]
    return LayerNode(
        name=operation.name,
        kind=type(operation).__name__,
        inputs=tuple(inputs),
        output_shapes=keras_compat.output_shapes(operation),
        parameters=count_parameters(operation),
        gradient_norm=math.hypot(*own) if own else None,
        inside=inside[1:],
    )
