"""Guide A to the letter; where it contradicts itself, what was taken and how to have the other."""

from recipes.recommended.entry import Recommendation

_CLASSES = {
    "optimizer": Recommendation(
        "momentum",
        "SGD ends best on small data (row 38), and only Momentum and Adam are recommended (row "
        '37). Row 40 says otherwise: take callbacks=[SwitchOptimizer()] with optimizer="adam". Row '
        '70 too: take optimizer="adadelta".',
        "guide rows 37, 38, 40, 70",
    ),
    "learning_rate": Recommendation(
        0.1,
        "From 1.0 or 0.1 (row 39), from 0.1 or 0.01 (row 53): 0.1 is in both.",
        "guide rows 39, 52, 53",
    ),
    "batch_size": Recommendation(
        256, "What a rate of 0.1 was used with on ImageNet.", "guide row 52"
    ),
    "schedule": Recommendation(
        "plateau",
        "Halve the rate where the validation cost no longer falls (rows 39, 54). Row 48 recommends "
        'to know the cosine and the cyclic rate: take schedule="cosine" or "cyclic".',
        "guide rows 39, 48, 54",
    ),
    "factor": Recommendation(
        0.5, "To halve (row 39) is one of the three factors of row 54.", "guide rows 39, 54"
    ),
    "warmup": Recommendation(
        0.0,
        'A warm-up belongs to the cosine (row 48): take it with schedule="cosine".',
        "guide rows 48, 50",
    ),
    "preprocessing": Recommendation(
        "standardize_pixels",
        "X -= mean(X, axis=0), X /= std(X, axis=0), as for outputs that are labels.",
        "guide rows 20, 24",
    ),
}

_IMAGES = {
    "optimizer": Recommendation(
        "adam", "Adam does well where images are generated.", "guide rows 37, 70"
    ),
    "learning_rate": Recommendation(
        2e-4, "2e-4 or 3e-4, with which such trainings are very stable.", "guide row 52"
    ),
    "batch_size": Recommendation(16, "The batch of that rate.", "guide row 52"),
    "schedule": Recommendation(
        "plateau", "A rate must decay; where the cost no longer falls.", "guide row 54"
    ),
    "factor": _CLASSES["factor"],
    "warmup": _CLASSES["warmup"],
    "preprocessing": Recommendation(
        "signed", "x / 127.5 - 1, for outputs that are images.", "guide row 24"
    ),
}

_AUGMENTED = {
    "augmentation": Recommendation(
        3,
        "Cropping, mirroring, rotating, shifting, contrast, exposure and hue: all of them.",
        "guide row 18",
    ),
    "flip": Recommendation(
        "horizontal", "Mirroring is in the list, without a condition.", "guide row 18"
    ),
}

_NEVER_NAMED = {
    "label_smoothing": Recommendation(0.0, "The guide does not name it.", "guide row 11"),
    "clip_norm": Recommendation(None, "The guide does not name it.", "guide row 49"),
    "ema": Recommendation(None, "The guide averages whole models.", "guide row 67"),
}

_SMALL_DROPOUT = Recommendation(
    0.5,
    "Dropout of 0.5 with SGD on small data (row 27); with batch normalization there would be none "
    "(row 31).",
    "guide rows 27, 31",
)
_NO_DROPOUT = Recommendation(0.0, "With batch normalization no dropout.", "guide row 31")


def recommend_guide(task, *, norm, images):
    """Returns what guide A says about a training.

    Args:
        task: "image" for outputs that are images; else outputs are labels.
        norm: The norm of the model, or None.
        images: Whether the samples are images.

    Returns:
        Dict of `Recommendation`s by field of a recipe.
    """
    own = _IMAGES if task == "image" else _CLASSES
    dropout = _SMALL_DROPOUT if norm is None and task != "image" else _NO_DROPOUT
    return {**_NEVER_NAMED, **own, **(_AUGMENTED if images else {}), "dropout": dropout}
