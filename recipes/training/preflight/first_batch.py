"""The loss of one batch before any step: about ln(classes), or something is wrong (row 12)."""

import math

import keras
import numpy as np

from recipes import keras_compat
from recipes.training.losses.choose import is_cross_entropy
from recipes.training.losses.tasks import CLASSES

_TOO_HIGH = 2.0  # times the loss of a model that knows nothing: it is surely wrong already
BATCH = 32  # samples: enough for a mean loss, and quick


def first_loss(model, loss, inputs, targets):
    """Returns the mean loss of a batch in training mode; the model stays as it is.

    Args:
        model: A built `keras.Model`.
        loss: A `keras.losses.Loss`, a function of (targets, outputs), or its name.
        inputs: A batch of inputs.
        targets: The batch of targets.
    """
    with keras_compat.restoring(model):
        outputs, _ = model.stateless_call(
            [variable.value for variable in model.trainable_variables],
            [variable.value for variable in model.non_trainable_variables],
            keras.tree.map_structure(keras.ops.convert_to_tensor, inputs),
            training=True,
        )
        function, _ = keras_compat.loss_terms(model, outputs, ["output"], loss)[0]
        losses = function(keras.ops.convert_to_tensor(targets), outputs)
    return float(np.mean(keras.ops.convert_to_numpy(losses)))


def failure(error):
    """Returns what to say of a model or loss that fails on the first batch.

    Args:
        error: What was raised.
    """
    return (
        f"The first batch fails ({keras_compat.describe_error(error)}). Give data and a loss that "
        "fit the model."
    )


def loss_problems(value):
    """Yields a loss that is no number.

    Args:
        value: The loss of the first batch.
    """
    if not math.isfinite(value):
        yield (
            f"The loss of the first batch is {value}, before any step. Look for values that are "
            "not finite in the weights, or for a logarithm or a division in the model or its loss."
        )


def loss_warnings(value, loss, head, task):
    """Yields a loss far above that of a model that knows nothing.

    Args:
        value: The loss of the first batch.
        loss: As in `first_loss`.
        head: The `Head` of the model.
        task: What the model is trained for.
    """
    expected = expected_loss(loss, head, task)
    if expected is not None and math.isfinite(value) and value > _TOO_HIGH * expected:
        yield (
            f"The loss of the first batch is {value:.3g}. A model that knows nothing has "
            f"{_formula(head)} = {expected:.3g}: its outputs begin too large. Look at the range of "
            "the inputs and at the initial weights."
        )


def expected_loss(loss, head, task):
    """Returns the cross-entropy of equal probabilities; None where the loss is another one."""
    if not is_cross_entropy(loss) or task not in (*CLASSES, "multi_label"):
        return None
    return math.log(2 if _is_binary(loss, head) else head.units)


def _is_binary(loss, head):
    return head.units == 1 or head.activation == "sigmoid"


def _formula(head):
    return "ln(2)" if head.units == 1 or head.activation == "sigmoid" else f"ln({head.units})"
