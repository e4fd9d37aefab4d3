"""Where to start with the learning rate, and how it follows the batch size (rows 51, 52, 53)."""

import math

from recipes.errors import check_integer, check_one_of, check_range
from recipes.recommended.rates import STARTING_RATES

_SCALINGS = ("linear", "sqrt")


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
