"""The loss of a model that knows nothing, which verdicts are measured by (guide row 85)."""

import math

import keras
import numpy as np

from recipes.training.losses.choose import is_cross_entropy, loss_name
from recipes.training.losses.heads import read_head

_OF_NUMBERS = ("meansquarederror", "mse", "meanabsoluteerror", "mae", "huber", "logcosh")


def guess_loss(model, targets):
    """Returns the loss of a model that knows nothing, in the unit of its loss.

    Of a categorical cross-entropy it is ln(classes), of a binary one ln(2), whatever the number of
    labels; of an error of numbers it is that of always answering the mean, or for "mae" the median.

    Args:
        model: A compiled `keras.Model`.
        targets: Function that returns some of the targets, of shape (samples, …). It is called for
            an error of numbers alone: to read data may take long.

    Returns:
        A number of nats, or in the unit of the loss; None where it is not known: several outputs,
        another loss.
    """
    head, name = read_head(model), loss_name(model.loss)
    if head is None:
        return None
    if is_cross_entropy(model.loss):
        return math.log(2 if "binary" in name else max(head.units, 2))
    return _loss_of_the_mean(model.loss, targets()) if name in _OF_NUMBERS else None


def _loss_of_the_mean(loss, y):
    y = np.asarray(y, "float32")
    middle = np.median if loss_name(loss) in ("meanabsoluteerror", "mae") else np.mean
    guesses = np.broadcast_to(middle(y, axis=0), y.shape)
    measure = keras.losses.get(loss)
    rows = (len(y), -1)  # a single number for each sample gets an axis
    losses = measure(y.reshape(rows), guesses.reshape(rows))
    return float(np.mean(keras.ops.convert_to_numpy(losses)))
