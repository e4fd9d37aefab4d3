"""What a model is compiled with: its losses, and the rate and the decay of its optimiser."""

import keras
from keras.src.trainers.compile_utils import CompileLoss


def loss_terms(model, outputs, names, loss=None):
    """Returns the loss of each output that has one.

    Args:
        model: A `keras.Model`; compiled, if `loss` is None.
        outputs: What the model returned.
        names: Names of its outputs.
        loss: A loss as `compile` takes it, or None for that of the model.

    Returns:
        Dict from the number of the output, from 0, to (function of (targets, outputs), weight).

    Raises:
        KeyError, ValueError: Keras' own, if the losses do not fit the outputs.
    """
    compiled = getattr(model, "_compile_loss", None)
    if loss is None and compiled is None:
        return {}
    weights = None if loss is not None else compiled._user_loss_weights
    loss = compiled._user_loss if loss is None else loss
    names = list(names)
    losses = CompileLoss(loss, weights, output_names=getattr(model, "output_names", None))
    losses.build(outputs, outputs)
    numbers = keras.tree.pack_sequence_as(outputs, list(range(len(names))))
    return {_follow(term.path, numbers, names): term[1:3] for term in losses._flat_losses}


def _follow(path, numbers, names):
    """Returns the number of the output at a path of Keras, which may be by name or by place."""
    for step in path:
        if isinstance(step, str) and not isinstance(numbers, dict):
            return names.index(step)
        numbers = numbers[step]
    return numbers


def inner_optimizer(optimizer):
    """Returns the optimiser itself where another one scales its loss, as with 16 bits."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def rate_source(optimizer):
    """Returns what an optimiser takes its learning rate from: a variable, schedule or function."""
    return inner_optimizer(optimizer)._learning_rate


def scale_weight_decay(optimizer, scale):
    """Multiplies the weight decay of steps that are traced from now on by a variable.

    Keras reads `weight_decay` once, when the step is traced; a variable in its place would be
    saved and loaded as one of the optimiser's own.

    Args:
        optimizer: A Keras optimiser.
        scale: A `keras.Variable`.

    Returns:
        A function that undoes this.
    """
    inner = inner_optimizer(optimizer)
    apply = inner._apply_weight_decay

    def scaled(variables):
        decay = inner.weight_decay
        object.__setattr__(inner, "weight_decay", decay * keras.ops.convert_to_tensor(scale))
        try:
            apply(variables)
        finally:
            object.__setattr__(inner, "weight_decay", decay)

    inner._apply_weight_decay = scaled
    return lambda: delattr(inner, "_apply_weight_decay")
