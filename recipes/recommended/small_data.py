"""What small data change in the recommended values (guide rows 27, 38)."""

from recipes.errors import check_integer, check_one_of
from recipes.recommended.builders import NORMS, RECOMMENDED
from recipes.recommended.entry import Recommendation

_SMALL_DATA = 10_000  # samples: up to here a network without a norm needs dropout to generalise
_SMALL_DATA_VALUES = {
    "optimizer": Recommendation(
        "momentum",
        "On small data gradient descent with momentum ends better than adaptive steps.",
        "guide rows 27, 38",
    ),
    "dropout": Recommendation(
        RECOMMENDED["strong_dropout"].value,
        "Without batch normalization half of the features may go: on small data it helps a lot.",
        "guide row 27; Srivastava et al. 2014",
        search=(0.0, 0.7),
        step=0.1,
    ),
}


def recommend(samples, *, norm="batch"):
    """Returns the recommended values for so many samples.

    Small data without batch normalization get dropout 0.5 and gradient descent with momentum (guide
    row 27); all else gets the values of `RECOMMENDED`.

    Args:
        samples: Number of training samples.
        norm: The norm of the model: "batch", "group", "layer", "instance" or None.

    Returns:
        Dict of `Recommendation`s by name: those of `RECOMMENDED`, some of them replaced.

    Raises:
        ArgumentError: If `samples` is no whole number of at least 1, or the norm is unknown.

    Example:

        best = recommend(len(x), norm=None)
        model = build_mlp((30,), 2, norm=None, dropout=best["dropout"].value)
        run = fit(model, (x, y), recipe=Recipe(optimizer=best["optimizer"].value))
    """
    samples = check_integer("recommend", "samples", samples, 1)
    check_one_of("recommend", "norm", norm, NORMS)
    small = samples <= _SMALL_DATA and norm != "batch"
    return {**RECOMMENDED, **(_SMALL_DATA_VALUES if small else {})}
