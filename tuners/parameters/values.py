"""Values as they stand in settings and in texts."""

import keras_tuner
import numpy as np

_kinds = keras_tuner.engine.hyperparameters


def is_fixed(hp):
    """Whether a hyperparameter has one value alone."""
    return isinstance(hp, _kinds.Fixed)


def plain_value(hp, value):
    """Returns a value of a hyperparameter as the plain Python type that it has in a setting.

    Args:
        hp: A hyperparameter of `keras_tuner`.
        value: A value, perhaps a NumPy scalar, or a whole number as a float.

    Returns:
        The value, or None if it is out of range or not one of the choices.
    """
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(hp, (_kinds.Int, _kinds.Float)):
        return _plain_number(hp, value)
    if isinstance(hp, _kinds.Boolean):
        return value if isinstance(value, bool) else None
    choices = [hp.value] if is_fixed(hp) else hp.values
    return next((choice for choice in choices if choice == value), None)


def range_text(hp):
    """Returns the values of a hyperparameter as text: "0.001..0.1 (log)", "relu, tanh"."""
    if is_fixed(hp):
        return f"fixed {hp.value}"
    if isinstance(hp, _kinds.Boolean):
        return "False, True"
    if isinstance(hp, _kinds.Choice):
        return ", ".join(map(str, hp.values))
    details = [hp.sampling] if hp.sampling != "linear" else []
    details += [f"step {hp.step:g}"] if hp.step not in (None, 1) else []
    kind = "whole " if isinstance(hp, _kinds.Int) else ""
    scale = f" ({', '.join(details)})" if details else ""
    return f"{kind}{hp.min_value:g}..{hp.max_value:g}{scale}"


def _plain_number(hp, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not hp.min_value <= value <= hp.max_value:
        return None
    if isinstance(hp, _kinds.Float):
        return float(value)
    return int(value) if value == int(value) else None
