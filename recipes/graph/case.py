"""What a model is checked with: a batch of inputs, its targets, a loss."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from recipes.errors import ArgumentError, describe


@dataclasses.dataclass(frozen=True)
class Case:
    """What a model is checked with.

    Attributes:
        inputs: Arrays of shape (batch, …) in the structure that the model takes, or None.
        targets: Its targets, or None.
        loss: A loss as `compile` takes it, or None for that of the model.
    """

    inputs: object = None
    targets: object = None
    loss: object = None


def read_case(data, loss):
    """Returns the `Case` of the arguments of a check.

    Args:
        data: Inputs, a tuple (inputs, targets) or (inputs, targets, weights), a `tf.data.Dataset`
            of one of these (its first batch is taken), or None.
        loss: A loss, or None.

    Raises:
        ArgumentError: If these are not arrays with a row for each sample, all as many.
    """
    if isinstance(data, tf.data.Dataset):
        data = next(iter(data.take(1)), None)
    parts = data if isinstance(data, tuple) and len(data) in (2, 3) else (data,)
    if data is not None:
        _check_rows(parts)
    return Case(parts[0], parts[1] if len(parts) > 1 else None, loss)


def _check_rows(parts):
    leaves = [leaf for leaf in keras.tree.flatten(list(parts)) if leaf is not None]
    rule = "`data` must be arrays with a row for each sample, or a tuple (inputs, targets) of them"
    if not leaves or not all(_is_array(leaf) for leaf in leaves):
        kinds = sorted({type(leaf).__name__ for leaf in leaves})
        hint = "Dense arrays of NumPy or of the backend, or a tf.data.Dataset of batches."
        raise ArgumentError(describe("check_graph", rule, hint, types=kinds))
    rows = [leaf.shape[0] for leaf in leaves]
    if len(set(rows)) > 1 or rows[0] == 0:
        raise ArgumentError(describe("check_graph", rule, "Each needs as many.", rows=rows))


def _is_array(leaf):
    return (isinstance(leaf, np.ndarray) or keras.ops.is_tensor(leaf)) and len(leaf.shape) > 0
