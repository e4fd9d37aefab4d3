"""The value that a callback watches: which way is better, and what to say where it is missing."""

import math
import warnings

from recipes.errors import ArgumentError, check_one_of, describe

MODES = ("auto", "min", "max")
_FALLING = ("loss", "error", "mse", "mae", "perplexity", "cost")
_RISING = ("acc", "auc", "precision", "recall", "f1", "score", "iou", "dice", "r2")


def sign_of(where, monitor, mode):
    """Returns 1 if a smaller value is better, -1 if a larger one is: times it, all are costs.

    Args:
        where: Name of the callback, for the message.
        monitor: Name of the value in the logs, such as "val_loss" or "val_accuracy".
        mode: "min", "max", or "auto", which tells by the name.

    Raises:
        ArgumentError: If the mode is unknown, or the name says nothing.
    """
    check_one_of(where, "mode", mode, MODES)
    name = str(monitor).lower()
    if mode == "min" or (mode == "auto" and any(word in name for word in _FALLING)):
        return 1.0
    if mode == "max" or any(word in name for word in _RISING):
        return -1.0
    rule = "`mode` must say which way is better where the name of the value does not"
    raise ArgumentError(
        describe(where, rule, 'Give mode="min" or mode="max".', monitor=monitor, mode=mode)
    )


def value_in(where, logs, monitor):
    """Returns the value of an epoch, or None with a warning if the logs do not have it."""
    value = (logs or {}).get(monitor)
    if value is None:
        rule = "`monitor` must be a name in the logs of an epoch"
        hint = "Nothing is done after this epoch. A name with val_ needs validation data."
        names = sorted(logs or {})
        warnings.warn(describe(where, rule, hint, monitor=monitor, logs=names), stacklevel=3)
        return None
    return float(value)


def is_better(cost, best, min_delta=0.0):
    """Whether a cost is lower than the best one by more than `min_delta`; NaN never is."""
    return not math.isnan(cost) and (best is None or cost < best - min_delta)
