"""Recipes from records, those of earlier versions too."""

from recipes.errors import ArgumentError, describe, listing
from recipes.recommended import TRAINING

# What records of version 0.1 do not hold, and what was done then.
_SINCE_0_1 = {
    "clip_norm": None,
    "factor": None,
    "cycles": None,
    "label_smoothing": 0.0,
    "augmentation": 1,
    "flip": None,
    "preprocessing": "none",
    "ema": None,
    "precision": "float32",
    "dropout": 0.0,
    "depth": None,
    "width": None,
    "regularize": 0,
    "reasons": {},
}


def read_dict(values):
    """Returns the arguments of a `Recipe` from what was written down.

    Args:
        values: Dict by name, as `Recipe.to_dict` makes it.

    Raises:
        ArgumentError: If it is no dict, or a name is unknown or missing.
    """
    if not isinstance(values, dict):
        rule = "`values` must be a dict as `to_dict` makes it"
        raise ArgumentError(describe("Recipe.from_dict", rule, values=values))
    known = (*TRAINING, "reasons")
    unknown = [name for name in values if name not in known]
    if unknown:
        rule = f"every name must be one of {listing(known)}"
        hint = "A record of a later version needs that version."
        raise ArgumentError(describe("Recipe.from_dict", rule, hint, unknown=unknown))
    missing = [name for name in known if name not in {**_SINCE_0_1, **values}]
    if missing:
        rule = "every value must be there"
        hint = "Recipe(…) takes recommended values for what is not given."
        raise ArgumentError(describe("Recipe.from_dict", rule, hint, missing=missing))
    return {**_SINCE_0_1, **values}
