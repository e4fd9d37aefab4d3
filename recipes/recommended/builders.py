"""What differs from builder to builder: the recommended values of their options."""

import dataclasses

from recipes.errors import check_one_of
from recipes.recommended.entry import Recommendation
from recipes.recommended.tasks import RECURRENT
from recipes.recommended.training import TRAINING

LARGEST_SMALL_SIDE = 64  # pixels: up to here the small-image networks are the default
NORMS = ("batch", "group", "layer", "instance", None)

BUILDING = {
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
    "kernel_size": Recommendation(
        3,
        "Two 3×3 kernels see what a 5×5 sees, with fewer weights; blocks are not to be tweaked.",
        "guide rows 42, 82; Simonyan & Zisserman 2014, arXiv:1409.1556",
        choices=(3, 5, 7),
    ),
}

RECOMMENDED = {**TRAINING, **BUILDING}  # where a builder has a value of its own, that one


def _depth(value, choices, reason, source="guide rows 71, 74"):
    return Recommendation(value, reason, source, choices=choices)


MODELS = ("resnet", "unet", "fcn", "rnn", "mlp")

# What differs from the table above in each builder; None where the builder has no such option.
BUILDER_VALUES = {
    "resnet": {
        "depth": _depth(
            20,
            (10, 20, 32, 44, 56),
            "The smallest of the published networks for small images; 10 for minutes on a CPU.",
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
        "optimizer": RECURRENT["optimizer"],
        "clip_norm": RECURRENT["clip_norm"],
        "learning_rate": dataclasses.replace(
            RECURRENT["learning_rate"], search=(1e-4, 0.1), scale="log"
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
