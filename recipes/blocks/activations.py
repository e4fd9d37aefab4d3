"""Activations by name: ReLU, Swish, and tanh for recurrent networks (guide rows 29, 35, 36)."""

from keras import layers

from recipes.errors import check_one_of

ACTIVATIONS = ("relu", "swish", "tanh")


def check_activation(where, name):
    """Returns the name of a recommended activation.

    Args:
        where: Name of the function that received it, for the message.
        name: One of `ACTIVATIONS`. Besides ReLU only Swish is worth a try (guide row 35).

    Raises:
        ArgumentError: If the name is unknown; the message lists the known ones.
    """
    return check_one_of(where, "activation", name, ACTIVATIONS)


def activation_layer(activation, name):
    """Returns the Keras layer of an activation, under a name of its own."""
    return layers.Activation(activation, name=name)
