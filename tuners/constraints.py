"""A constraint on a metric of a trial, such as "recall >= 0.95"."""

import dataclasses
import math
import operator
import re

from recipes.errors import ArgumentError, check_one_of, describe

OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_PATTERN = re.compile(rf"\s*([^\W\d][\w./:-]*)\s*(>=|<=|>|<)\s*({_NUMBER})\s*")


@dataclasses.dataclass(frozen=True)
class Constraint:
    """What a metric must hold to.

    Args:
        metric: Name of a metric that trials report.
        operator: ">=", "<=", ">" or "<".
        bound: The number on the other side.

    Raises:
        ArgumentError: If one of them is none of these.

    Example:

        Constraint.parse("recall >= 0.95").is_met(0.96)  # True
    """

    metric: str
    operator: str
    bound: float

    def __post_init__(self):
        if not isinstance(self.metric, str) or not self.metric:
            rule = "`metric` must be the name of a metric"
            raise ArgumentError(describe("Constraint", rule, metric=self.metric))
        check_one_of("Constraint", "operator", self.operator, tuple(OPERATORS))
        is_number = isinstance(self.bound, (int, float)) and not isinstance(self.bound, bool)
        if not is_number or not math.isfinite(self.bound):
            rule = "`bound` must be a finite number"
            raise ArgumentError(describe("Constraint", rule, bound=self.bound))

    @classmethod
    def parse(cls, text):
        """Returns the constraint that a text stands for.

        Args:
            text: A metric, an operator and a number: "recall >= 0.95"; or a `Constraint`.

        Raises:
            ArgumentError: If the text is not of this form.
        """
        if isinstance(text, cls):
            return text
        found = _PATTERN.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            rule = "it must be a metric, one of >= <= > <, and a number"
            raise ArgumentError(
                describe("constraint", rule, 'Write "recall >= 0.95".', constraint=text)
            )
        return cls(found[1], found[2], float(found[3]))

    def is_met(self, value):
        """Whether a value of the metric meets it; NaN meets nothing."""
        return bool(OPERATORS[self.operator](value, self.bound))

    def __str__(self):
        return f"{self.metric} {self.operator} {self.bound:g}"
