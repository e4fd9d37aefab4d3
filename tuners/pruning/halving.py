"""Asynchronous successive halving: many short trials, and long ones for the best of them."""

import dataclasses
import itertools
from typing import ClassVar

from recipes.errors import ArgumentError, check_integer, describe
from tuners.pruning.base import Pruner
from tuners.pruning.curve import ranked


@dataclasses.dataclass(frozen=True, kw_only=True)
class SuccessiveHalving(Pruner):
    """Lets the best 1/factor of the trials go on at each rung (ASHA, Li et al. 2018).

    Rungs are at r, r · factor, r · factor², … epochs, r being `min_epochs` or the grace period,
    whichever is longer. A trial that reaches a rung goes on if it is among the best ⌊n / factor⌋
    of the n that have reached it, and stops otherwise. A stopped trial is continued when enough
    others have been worse. No trial waits for another (arXiv:1810.05934, algorithm 2).

    Args:
        factor: One trial in so many goes on.
        min_epochs: Epochs of the first rung, at least.
        grace: As in `Pruner`.
        max_epochs: As in `Pruner`.

    Raises:
        ArgumentError: If a value breaks its rule.

    Example:

        tuner = BayesianOptimization(build_model, "val_accuracy", pruner="halving")
    """

    continues_trials: ClassVar[bool] = True

    factor: int = 3
    min_epochs: int = 1

    def __post_init__(self):
        super().__post_init__()
        where = type(self).__name__
        check_integer(where, "factor", self.factor, 2)
        check_integer(where, "min_epochs", self.min_epochs, 1)
        if self.max_epochs is not None and self.min_epochs > self.max_epochs:
            rule = f"`min_epochs` must be at most max_epochs={self.max_epochs}"
            raise ArgumentError(describe(where, rule, min_epochs=self.min_epochs))

    def rungs(self, epochs):
        """Returns the rungs that a trial of so many epochs has reached, as a list of epochs."""
        first = max(self.min_epochs, self.grace or 1)
        rungs = (first * self.factor**power for power in itertools.count())
        reached = itertools.takewhile(lambda rung: rung <= epochs, rungs)
        return [rung for rung in reached if self.max_epochs is None or rung < self.max_epochs]

    def is_hopeless(self, curve, others):
        """Whether a trial is at a rung, and not among the best there."""
        at_rung = curve.epochs in self.rungs(curve.epochs)
        return at_rung and curve not in self.best_at(curve.epochs, [curve, *others])

    def best_at(self, rung, curves):
        """Returns the best ⌊n / factor⌋ of the n curves that have reached a rung, in order."""
        reached = [curve for curve in curves if curve.epochs >= rung]
        return ranked(reached, rung)[: len(reached) // self.factor]

    def to_continue(self, curves, *, closed=False):
        """Returns the number of the best stopped trial at the highest rung that has one."""
        longest = max((curve.epochs for curve in curves), default=0)
        for rung in reversed(self.rungs(longest)):
            for curve in self.best_at(rung, curves):
                if curve.state == "stopped" and self.rungs(curve.epochs)[-1] == rung:
                    return curve.number
        return None
