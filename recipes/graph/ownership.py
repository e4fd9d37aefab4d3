"""Which layer owns which variables, and how many numbers they hold."""

import numpy as np

from recipes import keras_compat


def count_parameters(operation):
    """Returns the number of entries of an operation's trainable weights."""
    return count_entries(getattr(operation, "trainable_variables", ()))


def count_entries(variables):
    """Returns the number of entries of some variables together."""
    return sum(int(np.prod(variable.shape)) for variable in variables)


def owners_of(model):
    """Returns the innermost layer that owns each variable of a model, by the variable's id."""
    return {
        id(variable): layer  # a child comes after its parent
        for layer in keras_compat.all_layers(model)
        for variable in layer.variables
    }


def by_layer(model, variables):
    """Groups variables by the name of the innermost layer that owns them, in model order.

    Args:
        model: A `keras.Model`.
        variables: Variables of it.

    Returns:
        Dict from name to list of variables.
    """
    owners, wanted, groups = owners_of(model), {id(v) for v in variables}, {}
    for variable in model.variables:
        if id(variable) in wanted:
            groups.setdefault(owners[id(variable)].name, []).append(variable)
    return groups
