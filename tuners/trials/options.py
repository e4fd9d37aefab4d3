"""What may be asked of a tuner's loop beside what keras_tuner offers."""

import dataclasses
import math

from recipes.errors import ArgumentError, check_integer, check_range, describe
from tuners.constraints import parse_constraints


@dataclasses.dataclass(frozen=True)
class LoopOptions:
    """The options of the loop; they check themselves, and each other.

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

    def check_with(self, oracle, pruner):
        """Raises `ArgumentError` if they contradict the oracle, or its pruner another one."""
        if self.stop_at is not None and hasattr(oracle.objective, "objectives"):
            rule = "`stop_at` is a value of one objective, and there are several"
            hint = "Leave it out, or make the others constraints."
            names = [objective.name for objective in oracle.objective.objectives]
            raise ArgumentError(
                describe("Tuner", rule, hint, stop_at=self.stop_at, objective=names)
            )
        own = getattr(oracle, "pruner", None)
        if pruner is not None and own is not None:
            rule = f"a search takes one pruner, and {type(oracle).__name__} has its own"
            raise ArgumentError(describe("Tuner", rule, "Leave `pruner` out.", pruner=pruner))
