"""What may be asked of a tuner's loop beside what keras_tuner offers, and of which oracle."""

import dataclasses
import math

from recipes.errors import ArgumentError, check_integer, check_range, describe
from tuners.constraints import parse_constraints
from tuners.oracles.base import Oracle


@dataclasses.dataclass(frozen=True)
class LoopOptions:
    """The options of the loop; they check themselves.

    Args:
        keep: How many of the best trials keep their weights, at least 1; None for all.
        stop_at: Value of the objective that is good enough, or None.
        hours: Hours that the search may run, above 0, or None.
        constraints: Texts such as "val_recall >= 0.95", or one of them.
        executions: How many executions a trial has.

    Raises:
        ArgumentError: If a value breaks its rule.
    """

    keep: int | None = 5
    stop_at: float | None = None
    hours: float | None = None
    constraints: tuple = ()
    executions: int = 1

    def __post_init__(self):
        object.__setattr__(self, "constraints", parse_constraints("Tuner", self.constraints))
        check_integer("Tuner", "executions_per_trial", self.executions, 1)
        if self.keep is not None:
            check_integer("Tuner", "keep", self.keep, 1, "None keeps all.")
        if self.hours is not None:
            check_range("Tuner", "hours", self.hours, 0, math.inf, open_low=True)
        if self.stop_at is not None:
            check_range("Tuner", "stop_at", self.stop_at, -math.inf, math.inf)


def check_oracle(oracle, options, pruner):
    """Refuses an oracle that is not ours, or that the options contradict.

    Args:
        oracle: What a tuner was given as its oracle.
        options: The `LoopOptions`.
        pruner: What it was given as its pruner, or None.

    Raises:
        ArgumentError: If there is a contradiction.
    """
    if not isinstance(oracle, Oracle):
        rule = "`oracle` must be one of tuners.oracles"
        hint = "keras_tuner.Tuner takes those of keras_tuner, and ours."
        raise ArgumentError(describe("Tuner", rule, hint, oracle=type(oracle).__name__))
    names = [objective.name for objective in getattr(oracle.objective, "objectives", ())]
    if options.stop_at is not None and names:
        rule = "`stop_at` is a value of one objective, and there are several"
        hint = "Leave it out, or make the others constraints."
        raise ArgumentError(describe("Tuner", rule, hint, stop_at=options.stop_at, objective=names))
    if pruner is not None and getattr(oracle, "pruner", None) is not None:
        rule = f"a search takes one pruner, and {type(oracle).__name__} has its own"
        raise ArgumentError(describe("Tuner", rule, "Leave `pruner` out.", pruner=pruner))
