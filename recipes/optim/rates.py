"""Where to start with the learning rate, and how it follows the batch size (rows 51, 52, 53)."""

import math

from recipes.errors import check_integer, check_one_of, check_range
from recipes.recommended import Recommendation

_SCALINGS = ("linear", "sqrt")

STARTING_RATES = {
    "classes": Recommendation(
        0.1,
        "Momentum with batch normalization bears it; at batch 256 it is ImageNet's.",
        "guide rows 52, 53; Goyal et al. 2017, arXiv:1706.02677",
        search=(0.01, 1.0),
        scale="log",
    ),
    "without norm": Recommendation(
        0.01,
        "The smaller of the two rates to try first: no normalization tames the step.",
        "guide row 53",
        search=(1e-3, 0.3),
        scale="log",
    ),
    "large model": Recommendation(
        1e-3,
        "A large rate for Adam, which a large model bears with large batches and batch norm.",
        "guide row 52; Kingma & Ba 2015, arXiv:1412.6980",
        search=(1e-4, 1e-2),
        scale="log",
    ),
    "gan": Recommendation(
        2e-4,
        "At batch 16 images are translated stably with Adam at 2e-4 to 3e-4.",
        "guide row 52; Isola et al. 2017, arXiv:1611.07004",
        search=(2e-4, 3e-4),
        scale="log",
    ),
}


def starting_rate(situation):
    """Returns the learning rate to try first (guide rows 52, 53).

    Args:
        situation: "classes" (momentum, with a norm), "without norm" (momentum, no norm),
            "large model" (Adam, large batches and batch normalization) or "gan" (Adam, batch 16).

    Returns:
        A `Recommendation`: the rate, its reason, its source, and where to look for a better one.

    Raises:
        ArgumentError: If the situation is unknown.

    Example:

        starting_rate("gan").value  # 0.0002
    """
    check_one_of("starting_rate", "situation", situation, tuple(STARTING_RATES))
    return STARTING_RATES[situation]


def scale_learning_rate(learning_rate, batch_size, new_batch_size, *, scaling="linear"):
    """Returns the learning rate that fits another batch size (guide row 51).

    Args:
        learning_rate: The rate that is good at `batch_size`, above 0.
        batch_size: Samples a step so far.
        new_batch_size: Samples a step from now on.
        scaling: "linear" for gradient descent (Goyal et al. 2017, arXiv:1706.02677), "sqrt" for
            Adam (Malladi et al. 2022, arXiv:2205.10287).

    Returns:
        A float.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        scale_learning_rate(0.1, 256, 512)  # 0.2
    """
    where = "scale_learning_rate"
    learning_rate = check_range(where, "learning_rate", learning_rate, 0, 1e6, open_low=True)
    batch_size = check_integer(where, "batch_size", batch_size, 1)
    new_batch_size = check_integer(where, "new_batch_size", new_batch_size, 1)
    check_one_of(where, "scaling", scaling, _SCALINGS)
    ratio = new_batch_size / batch_size
    return learning_rate * (ratio if scaling == "linear" else math.sqrt(ratio))
