"""The one table of recommended values: builders, recipe and search spaces read it.

Every value has its reason and its source (guide row 64).
"""

import dataclasses

from recipes.errors import check_integer, check_one_of


@dataclasses.dataclass(frozen=True)
class Recommendation:
    """One recommended value.

    Args:
        value: The value.
        reason: Why this one, in a sentence.
        source: Guide row, paper, or the command that measures it.
        search: Bounds (low, high) in which a search looks for a better one, or None.
    """

    value: object
    reason: str
    source: str
    search: tuple | None = None


NORMS = ("batch", "group", "layer", "instance", None)

RECOMMENDED = {
    "optimizer": Recommendation(
        "momentum",
        "With a decaying rate it ends at least as well as Adam on small images.",
        "guide rows 37, 38",
    ),
    "learning_rate": Recommendation(
        0.1,
        "The peak that momentum with batch normalization bears; the first value to tune.",
        "guide rows 47, 52",
        search=(0.01, 1.0),
    ),
    "momentum": Recommendation(
        0.9,
        "The value of the published residual networks.",
        "He et al. 2015, arXiv:1512.03385",
    ),
    "batch_size": Recommendation(
        64,
        "Small data need many steps an epoch more than they need large batches.",
        "guide row 47; Masters & Luschi 2018, arXiv:1804.07612",
    ),
    "weight_decay": Recommendation(
        5e-3,
        "Keras decays apart from the gradient: the published 5e-4 divided by 1 - momentum.",
        "guide row 33; Loshchilov & Hutter 2019, arXiv:1711.05101",
        search=(5e-4, 5e-2),
    ),
    "schedule": Recommendation(
        "cosine",
        "A smooth fall to 0 needs no milestones to be chosen.",
        "guide row 48; Loshchilov & Hutter 2017, arXiv:1608.03983",
    ),
    "warmup": Recommendation(
        0.1,
        "A small rate for the first steps keeps fresh weights from diverging.",
        "guide rows 49, 50; Goyal et al. 2017, arXiv:1706.02677",
    ),
    "shift": Recommendation(
        0.125,
        "Shifts by up to an eighth of the side: 0.994 of the test digits, 0.984 without.",
        "guide row 18; python -m benchmarks.digits",
    ),
    "epochs": Recommendation(
        30,
        "Enough for a residual network on a thousand small images.",
        "python -m benchmarks.digits",
    ),
    "dropout": Recommendation(
        0.0,
        "Batch normalization regularises already; before the head more is safe.",
        "guide row 31; Li et al. 2018, arXiv:1801.05134",
        search=(0.0, 0.5),
    ),
    "strong_dropout": Recommendation(
        0.5,
        "Half of the features: the guides' figure where a network learns its data by heart.",
        "guide rows 27, 33; Srivastava et al. 2014",
    ),
    "bn_momentum": Recommendation(
        0.9,
        "Keras' 0.99 lags behind for hundreds of steps, and short runs validate badly.",
        "guide row 14; tests/recipes/test_resnet.py",
    ),
    "l2": Recommendation(
        1e-4,
        "A penalty that shrinks kernels and leaves gamma, beta and biases alone.",
        "guide row 33; He et al. 2015, arXiv:1512.03385",
    ),
    "l1": Recommendation(
        1e-5,
        "A tenth of the L2 penalty: enough to bring weights that do nothing to 0.",
        "guide row 33",
    ),
}

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
