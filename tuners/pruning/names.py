"""The pruners that have a name."""

from recipes.errors import ArgumentError, describe, listing
from tuners.pruning.base import Pruner
from tuners.pruning.halving import SuccessiveHalving
from tuners.pruning.median import MedianRule

PRUNERS = {"median": MedianRule, "halving": SuccessiveHalving}


def check_pruner(where, pruner):
    """Returns a pruner that was given as one, by name, or as None.

    Args:
        where: Name of the function or class that received it.
        pruner: A `Pruner`, "median", "halving" or None.

    Raises:
        ArgumentError: If it is something else.
    """
    if pruner is None or isinstance(pruner, Pruner):
        return pruner
    if isinstance(pruner, str) and pruner in PRUNERS:
        return PRUNERS[pruner]()
    rule = f"`pruner` must be one of {listing(PRUNERS)}, a Pruner or None"
    raise ArgumentError(describe(where, rule, pruner=pruner))
