"""The rules of a recipe's values."""

from recipes.blocks.regularizers import RUNGS
from recipes.data.augmentation import FLIPS, LEVELS
from recipes.data.preprocessing import PREPROCESSING
from recipes.errors import ArgumentError, check_integer, check_one_of, check_range, describe
from recipes.optim.names import OPTIMIZERS
from recipes.optim.schedules import SCHEDULES

PRECISIONS = ("float32", "mixed_float16", "mixed_bfloat16")

_NAMES = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "augmentation": LEVELS,
    "flip": (*FLIPS, None),
    "precision": PRECISIONS,
    "regularize": RUNGS,
}
_RANGES = {  # low, high, whether low itself is left out
    "learning_rate": (0, 100, True),
    "momentum": (0, 0.9999, False),
    "weight_decay": (0, 1, False),
    "clip_norm": (0, 1e6, True),
    "warmup": (0, 0.9, False),
    "factor": (0, 1, True),
    "label_smoothing": (0, 0.99, False),
    "shift": (0, 0.5, False),
    "ema": (0, 0.999999, True),
    "dropout": (0, 0.99, False),
    "width": (0, 16, True),
}
_COUNTS = ("cycles", "batch_size", "epochs", "depth")
_MAY_BE_NONE = ("clip_norm", "factor", "cycles", "ema", "depth", "width")


def check_values(recipe):
    """Returns the values of a recipe by name, numbers as Python's own.

    Args:
        recipe: An object with the fields of a recipe.

    Raises:
        ArgumentError: If a value breaks its rule.
    """
    values = {name: _check(name, getattr(recipe, name)) for name in (*_NAMES, *_RANGES, *_COUNTS)}
    return {**values, "preprocessing": _check_preprocessing(recipe.preprocessing)}


def check_reasons(reasons, names):
    """Returns reasons as a tuple of pairs, in the order of the fields.

    Args:
        reasons: Pairs (name, sentence), or a dict.
        names: Names of the fields.

    Raises:
        ArgumentError: If they are none, or a name is unknown.
    """
    try:
        given = dict(reasons)
    except (TypeError, ValueError):
        given = {None: None}
    if all(name in names and isinstance(text, str) for name, text in given.items()):
        return tuple((name, given[name]) for name in names if name in given)
    rule = "`reasons` must be pairs (name of a field, sentence)"
    raise ArgumentError(describe("Recipe", rule, reasons=reasons))


def _check(name, value):
    if value is None and name in _MAY_BE_NONE:
        return None
    if name in _NAMES:
        return check_one_of("Recipe", name, value, _NAMES[name])
    if name in _COUNTS:
        return check_integer("Recipe", name, value, 1)
    low, high, open_low = _RANGES[name]
    return check_range("Recipe", name, value, low, high, open_low=open_low)


def _check_preprocessing(value):
    if isinstance(value, (tuple, list)):
        return tuple(check_one_of("Recipe", "preprocessing", name, PREPROCESSING) for name in value)
    return check_one_of("Recipe", "preprocessing", value, PREPROCESSING)
