"""The exceptions of the package, and the one place that words them.

Every message has the same shape: the function, the rule, what was received, what to do.

    build_resnet: `depth` must be one of 18, 20. Received: depth=21. Use the nearest one.
"""

import numbers


class RecipesError(Exception):
    """Base of every error that this package raises on purpose."""


class ArgumentError(RecipesError, ValueError):
    """An argument breaks a rule of the function that received it."""


class DataError(RecipesError, ValueError):
    """The data cannot be trained on as they are."""


class GraphError(RecipesError, ValueError):
    """The graph check found layers that cannot learn.

    Attributes:
        report: The `GraphReport` with the findings, or None.
    """

    def __init__(self, message, report=None):
        super().__init__(message)
        self.report = report


class DivergedError(RecipesError, ArithmeticError):
    """A training came to NaN or infinity again and again.

    Attributes:
        layer: Name of the first layer that broke, or None.
    """

    def __init__(self, message, layer=None):
        super().__init__(message)
        self.layer = layer


class SearchError(RecipesError, RuntimeError):
    """A search cannot go on."""


class FolderError(RecipesError, OSError):
    """A folder or file cannot be used as asked."""


def describe(where, rule, hint="", **received):
    """Returns the sentence of an error.

    Args:
        where: Name of the function or command that refuses.
        rule: What must hold, without a full stop.
        hint: What to do about it: whole sentences, or nothing.
        **received: The values that were received, by argument name.

    Returns:
        The message as one line of text.
    """
    values = ", ".join(f"{name}={value!r}" for name, value in received.items())
    parts = [f"{where}: {rule}.", f"Received: {values}." if values else "", hint]
    return " ".join(part for part in parts if part)


def listing(known):
    """Returns known names, numbers and None as text: `"relu", "swish"`."""
    return ", ".join(f'"{item}"' if isinstance(item, str) else str(item) for item in known)


def check_one_of(where, name, value, known):
    """Returns `value` if it is one of `known`; raises `ArgumentError` with the list otherwise."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        value = int(value)  # NumPy's too
    if (value is None or type(value) in (str, int)) and value in known:
        return value
    rule = f"`{name}` must be one of {listing(known)}"
    raise ArgumentError(describe(where, rule, **{name: value}))


def check_flag(where, name, value):
    """Returns `value` if it is True or False; a text such as "false" would count as True."""
    if type(value).__name__ in ("bool", "bool_"):  # NumPy's too
        return bool(value)
    raise ArgumentError(describe(where, f"`{name}` must be True or False", **{name: value}))


def check_integer(where, name, value, minimum, hint=""):
    """Returns `value` as an int if it is a whole number of at least `minimum`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if whole and value >= minimum:
        return int(value)
    rule = f"`{name}` must be a whole number of at least {minimum}"
    raise ArgumentError(describe(where, rule, hint, **{name: value}))


def check_range(where, name, value, low, high, *, open_low=False):
    """Returns `value` as a float if it is in [low, high], or in (low, high] with `open_low`."""
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if real and low <= value <= high and not (open_low and value == low):
        return float(value)
    rule = f"`{name}` must be a number in {'(' if open_low else '['}{low}, {high}]"
    raise ArgumentError(describe(where, rule, **{name: value}))
