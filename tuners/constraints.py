"""Conditions on metrics, such as "val_recall >= 0.95"."""

import dataclasses
import math
import numbers
import re

from recipes.errors import ArgumentError, describe

_FORM = re.compile(r"\s*([^\s<>=]+)\s*(<=|>=)\s*(\S+)\s*")


@dataclasses.dataclass(frozen=True)
class Constraint:
    """A bound on a metric.

    Args:
        metric: Name of a metric that training logs, or `parameters` or `epoch_seconds`.
        sign: "<=" or ">=".
        bound: A finite number, in the unit of the metric.
    """

    metric: str
    sign: str
    bound: float

    def __post_init__(self):
        if self.sign not in ("<=", ">="):
            rule = '`sign` must be "<=" or ">="'
            raise ArgumentError(describe("Constraint", rule, sign=self.sign))
        if not isinstance(self.bound, numbers.Real) or not math.isfinite(self.bound):
            rule = "`bound` must be a finite number"
            raise ArgumentError(describe("Constraint", rule, bound=self.bound))

    def __str__(self):
        # To six digits, as `:g` has it, a bound might be one that is met.
        return f"{self.metric} {self.sign} {self.bound:.15g}"

    @classmethod
    def parse(cls, where, text):
        """Reads one constraint.

        Args:
            where: Name of the function or class that asks, for the message.
            text: A text such as "recall >= 0.95", or a `Constraint`.

        Returns:
            A `Constraint`.

        Raises:
            ArgumentError: If it cannot be read.
        """
        try:
            (constraint,) = parse_constraints(where, text)
        except ValueError:  # it is of another form, or not one alone
            rule = '`constraint` must read "METRIC >= NUMBER" or "METRIC <= NUMBER"'
            raise ArgumentError(describe(where, rule, constraint=text)) from None
        return constraint

    def is_met(self, value):
        """Whether it holds for a value of the metric; NaN meets nothing."""
        return self.violation({self.metric: value}) == 0

    def violation(self, metrics):
        """Returns by how much it is broken, as a share of the bound.

        Args:
            metrics: Dict of numbers by name.

        Returns:
            A float: 0 where it holds, inf where the metric is missing or not a number.
        """
        value = metrics.get(self.metric, math.nan)
        excess = value - self.bound if self.sign == "<=" else self.bound - value
        return math.inf if math.isnan(excess) else max(excess, 0.0) / (abs(self.bound) or 1.0)


def total_violation(constraints, metrics):
    """Returns the sum of the violations of all constraints; 0 where all hold."""
    return sum(constraint.violation(metrics) for constraint in constraints)


def parse_constraints(where, constraints):
    """Reads constraints.

    Args:
        where: Name of the function or class that asks, for the message.
        constraints: A text or `Constraint`, or several in a list or tuple.

    Returns:
        Tuple of `Constraint`s.

    Raises:
        ArgumentError: If one cannot be read, or two contradict each other.
    """
    several = (constraints,) if isinstance(constraints, (str, Constraint)) else constraints
    if not isinstance(several, (list, tuple)):
        raise _misread(where, constraints)
    parsed = tuple(_parse(where, constraint) for constraint in several)
    for metric in {constraint.metric for constraint in parsed}:
        _check_that_all_can_hold(where, [c for c in parsed if c.metric == metric])
    return parsed


def _parse(where, constraint):
    if isinstance(constraint, Constraint):
        return constraint
    found = _FORM.fullmatch(constraint) if isinstance(constraint, str) else None
    try:
        return Constraint(found[1], found[2], float(found[3]))
    except (TypeError, ValueError):  # not of the form; not a number; not a finite one
        raise _misread(where, constraint) from None


def _misread(where, received):
    rule = 'each of `constraints` must read "METRIC >= NUMBER" or "METRIC <= NUMBER"'
    return ArgumentError(describe(where, rule, constraints=received))


def _check_that_all_can_hold(where, constraints):
    low = max((c.bound for c in constraints if c.sign == ">="), default=-math.inf)
    high = min((c.bound for c in constraints if c.sign == "<="), default=math.inf)
    if low > high:
        rule = "`constraints` must leave a value that fulfils them all"
        raise ArgumentError(describe(where, rule, constraints=[str(c) for c in constraints]))
