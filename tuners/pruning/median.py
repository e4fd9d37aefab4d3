"""The median rule: stop what is worse than half of the others were."""

import dataclasses
import math

import numpy as np

from recipes.errors import check_integer
from tuners.pruning.base import Pruner


@dataclasses.dataclass(frozen=True, kw_only=True)
class MedianRule(Pruner):
    """Stops a trial whose best value so far is worse than the median of the others' at that epoch.

    The others are the trials that ended by themselves and were as long (Golovin et al. 2017,
    "Google Vizier", section 3.2; with values instead of running averages, as in Optuna). A trial
    that has not had a finite value by then stops too.

    Args:
        min_trials: Nothing is stopped before so many others can be compared with.
        grace: As in `Pruner`.
        max_epochs: As in `Pruner`.

    Raises:
        ArgumentError: If a value breaks its rule.

    Example:

        tuner = BayesianOptimization(build_model, "val_accuracy", pruner=MedianRule(min_trials=8))
    """

    min_trials: int = 5

    def __post_init__(self):
        super().__post_init__()
        check_integer(type(self).__name__, "min_trials", self.min_trials, 1)

    def is_hopeless(self, curve, others):
        """Whether a trial is worse than the median of those that ended by themselves."""
        epochs, best = curve.epochs, curve.best(curve.epochs)
        whole = [other for other in others if other.state == "ended" and other.epochs >= epochs]
        if len(whole) < self.min_trials:
            return False
        median = np.median([other.values[epochs - 1] for other in whole])
        return bool(best > median) or best == math.inf
