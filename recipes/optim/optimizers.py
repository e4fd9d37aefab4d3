"""The two optimisers that the guide recommends: momentum and Adam (guide row 37)."""

import keras

from recipes.errors import check_one_of

OPTIMIZERS = ("momentum", "adam")
_NOT_DECAYED = ("gamma", "beta", "bias")  # scales and shifts do not overfit (guide row 33)


def make_optimizer(name, learning_rate, *, momentum=0.9, weight_decay=0.0):
    """Returns a Keras optimiser whose weight decay spares gamma, beta and bias.

    Args:
        name: "momentum" (`keras.optimizers.SGD`) or "adam" (`keras.optimizers.AdamW`).
        learning_rate: A float or a Keras schedule, without a unit.
        momentum: Share of the last step that is kept, in [0, 1); of "momentum" alone.
        weight_decay: Share of a weight that is taken off, times the learning rate, a step. It is
            apart from the gradient: the L2 figure of a published momentum recipe must be divided
            by (1 - momentum).

    Raises:
        ArgumentError: If the name is unknown.
    """
    check_one_of("make_optimizer", "optimizer", name, OPTIMIZERS)
    if name == "momentum":
        optimizer = keras.optimizers.SGD(
            learning_rate, momentum=momentum, weight_decay=weight_decay
        )
    else:
        optimizer = keras.optimizers.AdamW(learning_rate, weight_decay=weight_decay)
    optimizer.exclude_from_weight_decay(var_names=list(_NOT_DECAYED))
    return optimizer
