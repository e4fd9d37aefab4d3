"""Which layer owns which variables, and how many numbers they hold."""

import keras
import numpy as np

from recipes import keras_compat


def count_parameters(operation):
    """Returns the number of entries of an operation's trainable weights."""
    return count_entries(getattr(operation, "trainable_variables", ()))


def count_entries(variables):
    """Returns the number of entries of some variables together."""
    return sum(int(np.prod(variable.shape)) for variable in variables)


def layer_names(model):
    """Returns the name by which each layer inside a model is told, by the layer's id.

    It is the layer's own name. Parts of a layer follow its name: `rnn1/lstm_cell`, since all cells
    have the same; so do layers of a model inside whose name another layer has as well.
    """
    names, taken = {id(model): model.name}, {layer.name for layer in keras_compat.children(model)}
    queue = [(model, layer, layer.name) for layer in keras_compat.children(model)]
    for parent, layer, name in queue:
        if id(layer) in names:
            continue
        if parent is not model and name in taken:
            name = f"{parent.name}/{name}"
        names[id(layer)] = name
        taken.add(name)
        prefix = "" if isinstance(layer, keras.Model) else f"{name}/"
        queue += [(layer, part, f"{prefix}{part.name}") for part in keras_compat.children(layer)]
    return names


def by_layer(model, variables):
    """Groups variables by the innermost layer that owns them, in model order.

    Args:
        model: A `keras.Model`.
        variables: Variables of it.

    Returns:
        Dict from name, as in `layer_names`, to list of variables.
    """
    names, wanted, groups = layer_names(model), {id(v) for v in variables}, {}
    owners = {  # a child comes after its parent
        id(v): names[id(layer)] for layer in keras_compat.all_layers(model) for v in layer.variables
    }
    for variable in model.variables:
        if id(variable) in wanted:
            groups.setdefault(owners[id(variable)], []).append(variable)
    return groups
