"""Optimisers by name: the two that the guide recommends, and the others that Keras has (row 37)."""

import keras

from recipes.errors import check_one_of, check_range
from recipes.optim.names import OPTIMIZERS

_NOT_DECAYED = ("gamma", "beta", "bias")  # scales and shifts do not overfit (guide row 33)

_CLASSES = {
    "momentum": keras.optimizers.SGD,
    "adam": keras.optimizers.AdamW,
    "sgd": keras.optimizers.SGD,
    "adagrad": keras.optimizers.Adagrad,
    "adadelta": keras.optimizers.Adadelta,
    "rmsprop": keras.optimizers.RMSprop,
    "adamax": keras.optimizers.Adamax,
    "nadam": keras.optimizers.Nadam,
    "lion": keras.optimizers.Lion,
}


def make_optimizer(name, learning_rate, *, momentum=0.9, weight_decay=0.0, clip_norm=None):
    """Returns a Keras optimiser whose weight decay spares gamma, beta and bias (guide row 33).

    Keras does not save what is spared: an optimiser that comes out of a saved model decays all.

    Args:
        name: "momentum" (`keras.optimizers.SGD`), "adam" (`keras.optimizers.AdamW`), "sgd" (no
            momentum), or "adagrad", "adadelta", "rmsprop", "adamax", "nadam", "lion", which guide
            rows 37, 40 and 70 speak of; `optimizer_note` says what to think of them.
        learning_rate: A float or a Keras schedule, without a unit.
        momentum: Share of the last step that is kept, in [0, 1); of "momentum" alone.
        weight_decay: Share of a weight that is taken off, times the learning rate, a step. It is
            apart from the gradient: `decay_from_l2` turns a published figure into it.
        clip_norm: Largest norm of all gradients together, above 0; larger ones are scaled down to
            it, as recurrent networks need (Pascanu et al. 2013, arXiv:1211.5063). None: no limit.

    Returns:
        A `keras.optimizers.Optimizer` that is not built yet.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        optimizer = make_optimizer("momentum", 0.1, weight_decay=decay_from_l2(5e-4))
        model.compile(optimizer, "sparse_categorical_crossentropy")
    """
    check_one_of("make_optimizer", "optimizer", name, OPTIMIZERS)
    momentum = check_range("make_optimizer", "momentum", momentum, 0, 0.9999)
    weight_decay = check_range("make_optimizer", "weight_decay", weight_decay, 0, 1)
    if clip_norm is not None:
        clip_norm = check_range("make_optimizer", "clip_norm", clip_norm, 0, 1e6, open_low=True)
    options = {"momentum": momentum} if name == "momentum" else {}
    optimizer = _CLASSES[name](
        learning_rate, weight_decay=weight_decay, global_clipnorm=clip_norm, **options
    )
    optimizer.exclude_from_weight_decay(var_names=list(_NOT_DECAYED))
    return optimizer


def decay_from_l2(figure, *, momentum=0.9):
    """Returns the `weight_decay` that does what a published momentum recipe's figure does.

    There the decay is part of the gradient, g + figure · w, and momentum repeats it: in the long
    run a step takes off learning rate · figure / (1 − momentum) of the weight. Keras takes off
    learning rate · weight_decay. (`keras.regularizers.L2(c)` adds 2 · c · w: its figure is 2 · c.)

    Args:
        figure: The published weight decay, such as 1e-4 (He et al. 2015) or 5e-4, in [0, 1].
        momentum: The momentum of that recipe, in [0, 1); 0 for plain gradient descent.

    Returns:
        A float.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        decay_from_l2(5e-4)  # 0.005
    """
    figure = check_range("decay_from_l2", "figure", figure, 0, 1)
    momentum = check_range("decay_from_l2", "momentum", momentum, 0, 0.9999)
    return figure / (1 - momentum)
