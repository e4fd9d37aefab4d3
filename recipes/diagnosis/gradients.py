"""The gradient of the loss on one batch, layer by layer; nothing of the model changes."""

import keras

from recipes import keras_compat
from recipes.errors import ArgumentError, RecipesError, describe


def kernel_gradients(where, model, kernels, data, loss=None):
    """Returns the gradients of the kernels of a model on a batch, in inference mode.

    Penalties such as L2 are left out: they give gradients to weights that nothing else does.

    Args:
        where: Name of the function that asks, for messages.
        model: A built `keras.Model`.
        kernels: `Kernel`s of it.
        data: Pair (x, y) of arrays as the model and its loss take them.
        loss: A loss as `compile` takes it; None for that of the model.

    Returns:
        List of arrays, each of the shape of the kernel's variable; None where it has no gradient.

    Raises:
        ArgumentError: If there is no loss, or it does not fit the data.
        RecipesError: If the backend of Keras is not TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        rule = "gradients are measured with TensorFlow"
        hint = "Leave `data` out, or set KERAS_BACKEND=tensorflow."
        raise RecipesError(describe(where, rule, hint, backend=keras.backend.backend()))
    import tensorflow as tf

    x, y = _pair(where, data)
    with keras_compat.restoring(model), tf.GradientTape() as tape:
        total = _loss(where, model, x, y, loss)
    gradients = tape.gradient(total, [kernel.variable.value for kernel in kernels])
    return [None if g is None else keras.ops.convert_to_numpy(g) for g in gradients]


def _pair(where, data):
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return data
    rule = "`data` must be a pair (x, y): one batch with its targets"
    raise ArgumentError(describe(where, rule, data=type(data).__name__))


def _loss(where, model, x, y, loss):
    """Returns the loss of a batch, the sum over all outputs."""
    outputs = model(x, **({"training": False} if keras_compat.takes_training(model) else {}))
    flat, targets = keras.tree.flatten(outputs), keras.tree.flatten(y)
    names = getattr(model, "output_names", None) or [f"output_{i}" for i in range(len(flat))]
    terms = keras_compat.loss_terms(model, outputs, names, loss)
    if not terms or len(targets) != len(flat):
        rule = "the model must have a loss, and `data` the targets of each output"
        hint = "Compile the model, or give loss=."
        received = {"compiled": model.compiled, "outputs": len(flat), "targets": len(targets)}
        raise ArgumentError(describe(where, rule, hint, **received))
    try:
        parts = [
            (1.0 if weight is None else weight) * function(targets[number], flat[number])
            for number, (function, weight) in terms.items()
            if function is not None
        ]
    except (ValueError, TypeError) as error:
        rule = "the loss must fit the model's outputs and the targets"
        hint = f"({keras_compat.describe_error(error)})"
        raise ArgumentError(describe(where, rule, hint)) from error
    return sum(keras.ops.mean(part) for part in parts)
