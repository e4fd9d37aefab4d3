"""Activations by name: ReLU, Swish, and tanh for recurrent networks (guide rows 29, 35, 36)."""

import keras
from keras import layers

from recipes.errors import ArgumentError, check_one_of, describe

ACTIVATIONS = ("relu", "swish", "tanh")


def check_activation(where, name, *, custom=False):
    """Returns the name of an activation.

    Args:
        where: Name of the function that received it, for the message.
        name: One of `ACTIVATIONS`. Besides ReLU only Swish is worth a try (guide row 35).
        custom: Whether every activation that Keras knows by name is taken (row 42).

    Raises:
        ArgumentError: If the name is unknown; the message lists the known ones.
    """
    if not custom:
        return check_one_of(where, "activation", name, ACTIVATIONS)
    try:
        if isinstance(name, str) and keras.activations.get(name):
            return name
    except ValueError:
        pass  # said below
    rule = "`activation` must be a name that keras.activations knows"
    raise ArgumentError(describe(where, rule, activation=name))


def activation_layer(activation, name):
    """Returns the Keras layer of an activation, under a name of its own."""
    return layers.Activation(activation, name=name)
