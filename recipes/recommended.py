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
        scale: Scale of these bounds, "linear" or "log".
        step: Distance between neighbours within the bounds, or None for every number.
        choices: Values among which a search looks for a better one, or None.
    """

    value: object
    reason: str
    source: str
    search: tuple | None = None
    scale: str = "linear"
    step: float | None = None
    choices: tuple | None = None


LARGEST_SMALL_SIDE = 64  # pixels: up to here the small-image networks are the default
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
        scale="log",
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
        choices=(16, 32, 64, 128, 256),
    ),
    "weight_decay": Recommendation(
        5e-3,
        "Keras decays apart from the gradient: the published 5e-4 divided by 1 - momentum.",
        "guide row 33; Loshchilov & Hutter 2019, arXiv:1711.05101",
        search=(5e-4, 5e-2),
        scale="log",
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
        search=(0.0, 0.25),
        step=0.0625,
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
        step=0.1,
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
    "norm": Recommendation(
        "batch",
        "It makes training easier and regularises; groups do without a large batch.",
        "guide rows 30, 32; Wu & He 2018, arXiv:1803.08494",
        choices=("batch", "group"),
    ),
    "width": Recommendation(
        1.0,
        "The published width; a change costs its square.",
        "guide rows 25, 71, 74; Zagoruyko & Komodakis 2016, arXiv:1605.07146",
        choices=(0.5, 1.0, 2.0),
    ),
    "initializer": Recommendation(
        None,
        "Chosen by the activation; with a norm it hardly matters.",
        "guide rows 29, 57-61",
        choices=(None, "he_normal", "xavier"),
    ),
    "activation": Recommendation(
        "relu",
        "Besides ReLU only Swish is worth a try.",
        "guide row 35; Ramachandran et al. 2017, arXiv:1710.05941",
        choices=("relu", "swish"),
    ),
    "regularize": Recommendation(
        0,
        "The weight decay is enough to begin with; climb a rung while the verdict is overfitting.",
        "guide rows 33, 82",
        search=(0, 3),
        step=1,
    ),
    "kernel_size": Recommendation(
        3,
        "Two 3×3 kernels see what a 5×5 sees, with fewer weights; blocks are not to be tweaked.",
        "guide rows 42, 82; Simonyan & Zisserman 2014, arXiv:1409.1556",
        choices=(3, 5, 7),
    ),
}


def _depth(value, choices, reason, source="guide rows 71, 74"):
    return Recommendation(value, reason, source, choices=choices)


MODELS = ("resnet", "unet", "fcn", "rnn", "mlp")

# What differs from the table above in each builder; None where the builder has no such option.
BUILDER_VALUES = {
    "resnet": {
        "depth": _depth(
            20,
            (20, 32, 44, 56),
            "The smallest of the published networks for small images.",
            "guide rows 71, 74; He et al. 2015, arXiv:1512.03385",
        ),
    },
    "resnet, large images": {
        "depth": _depth(
            18,
            (18, 34, 50),
            "The smallest of the published networks for large images.",
            "guide rows 71, 74; He et al. 2015, arXiv:1512.03385",
        ),
    },
    "unet": {
        "depth": _depth(
            4,
            (3, 4, 5),
            "The published number of halvings.",
            "guide rows 71, 74; Ronneberger et al. 2015, arXiv:1505.04597",
        ),
        "norm": Recommendation(
            "auto",
            "Instance norm for masks, none for images, where it may be harmful.",
            "guide row 34; Isensee et al. 2021",
            choices=("auto", "batch", "group"),
        ),
        "shift": None,  # a mask would have to be shifted with its image
    },
    "fcn": {
        "depth": _depth(3, (2, 3, 4), "Three halvings take small images to a few pixels."),
        "norm": Recommendation(
            "auto",
            "Batch norm for classes; what suits them for masks and images.",
            "guide rows 30, 34",
            choices=("auto", "batch", "group"),
        ),
    },
    "mlp": {
        "depth": _depth(2, (1, 2, 3, 4), "Two hidden layers; shorter and wider trains easier."),
        "norm": Recommendation(
            "batch",
            "It makes training easier; without one the result may be better.",
            "guide row 32",
            choices=("batch", "layer", None),
        ),
        "shift": None,
        "kernel_size": None,
    },
    "rnn": {
        "learning_rate": Recommendation(
            0.01,
            "Without a norm the smaller of the two rates to begin with.",
            "guide rows 47, 53",
            search=(1e-3, 0.3),
            scale="log",
        ),
        "dropout": Recommendation(
            0.5,
            "At input and output alone half of the features may go.",
            "guide row 28; Zaremba et al. 2014, arXiv:1409.2329",
            search=(0.0, 0.7),
            step=0.1,
        ),
        "depth": _depth(1, (1, 2, 3), "One layer; stacked ones train harder."),
        "norm": Recommendation(
            None,
            "A recurrent network trains without one; layer norm ignores length and batch.",
            "guide row 32; Ba et al. 2016, arXiv:1607.06450",
            choices=(None, "layer"),
        ),
        "activation": None,  # tanh (row 36)
        "shift": None,
        "kernel_size": None,
    },
}


def recommend_model(model, *, side=None):
    """Returns the recommended values of a builder.

    Args:
        model: "resnet", "unet", "fcn", "rnn" or "mlp".
        side: Shorter side of the images, in pixels, or None for small ones.

    Returns:
        Dict of `Recommendation`s by name, without the options that the builder does not have.

    Raises:
        ArgumentError: If the model is unknown.
    """
    check_one_of("recommend_model", "model", model, MODELS)
    is_large = model == "resnet" and side is not None and side > LARGEST_SMALL_SIDE
    own = BUILDER_VALUES["resnet, large images" if is_large else model]
    return {name: each for name, each in {**RECOMMENDED, **own}.items() if each is not None}


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
