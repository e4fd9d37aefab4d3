"""The plain way to train, for a model that does not work (guide row 11)."""

from recipes.errors import check_one_of
from recipes.recommended import BUILDER_VALUES, MODELS, RECOMMENDED, Recommendation

_SOURCE = "guide row 11"
_SIMPLEST = {
    "optimizer": ("adam", "It learns almost anything without a schedule."),
    "learning_rate": (1e-3, "Adam's published rate, at which it stays."),
    "weight_decay": (0.0, "No decay."),
    "clip_norm": (None, "No limit."),
    "schedule": ("constant", "No schedule."),
    "warmup": (0.0, "No warm-up."),
    "factor": (None, "No schedule."),
    "cycles": (None, "No schedule."),
    "label_smoothing": (0.0, "The plain loss."),
    "augmentation": (0, "No augmentation."),
    "shift": (0.0, "No augmentation."),
    "flip": (None, "No augmentation."),
    "ema": (None, "No average of weights."),
    "precision": ("float32", "Full precision."),
    "dropout": (0.0, "No dropout."),
    "regularize": (0, "No penalty."),
}


def simplest(model=None):
    """Returns the values without all that is not needed to learn.

    Args:
        model: Name of the builder whose smallest depth is taken, or None.

    Returns:
        Dict of `Recommendation`s by field of a recipe.

    Raises:
        ArgumentError: If there is no such builder.
    """
    simple = {name: Recommendation(*pair, _SOURCE) for name, pair in _SIMPLEST.items()}
    width = min(RECOMMENDED["width"].choices)
    simple["width"] = Recommendation(width, "The smallest model.", _SOURCE)
    if model is not None:
        check_one_of("Recipe.simplify", "model", model, MODELS)
        depth = min(BUILDER_VALUES[model]["depth"].choices)
        simple["depth"] = Recommendation(depth, "The smallest model.", _SOURCE)
    return simple
