"""What a pruner sees of a trial."""

import dataclasses
import math

from recipes.errors import check_integer, check_one_of

STATES = ("running", "stopped", "ended", "failed")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Curve:
    """The learning curve of a trial.

    Args:
        number: The trial's number, from 0 in the order in which trials begin.
        values: The objective after each epoch, the first epoch first; smaller is better. What is
            not finite becomes infinity, the worst value.
        state: "running" (it runs, or will run again), "stopped" (by a pruner: it can go on),
            "ended" (by itself) or "failed".

    Raises:
        ArgumentError: If `number` or `state` breaks its rule.
    """

    number: int
    values: tuple = ()
    state: str = "running"

    def __post_init__(self):
        check_integer("Curve", "number", self.number, 0)
        check_one_of("Curve", "state", self.state, STATES)
        values = (float(value) for value in self.values)
        finite = tuple(value if math.isfinite(value) else math.inf for value in values)
        object.__setattr__(self, "values", finite)

    @property
    def epochs(self):
        """How many epochs were reported."""
        return len(self.values)

    def best(self, epochs):
        """Returns the best value of the first `epochs` epochs; infinity if there is none."""
        return min(self.values[:epochs], default=math.inf)


def ranked(curves, epochs):
    """Returns the curves in order, the best of the first `epochs` epochs first.

    Of equal ones the trial that began first is first. A curve without a finite value has no rank.

    Args:
        curves: List of `Curve`.
        epochs: How many epochs of each count.
    """
    finite = [curve for curve in curves if curve.best(epochs) < math.inf]
    return sorted(finite, key=lambda curve: (curve.best(epochs), curve.number))
