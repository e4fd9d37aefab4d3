"""The report of a preflight: all that was found, at once."""

import dataclasses

from recipes.errors import DataError, GraphError

GRAPH = "graph"


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that was found.

    Args:
        part: Where it is: "training data", "validation data", "loss", "recipe", "graph" or "first
            batch".
        message: What is wrong and what to do, in whole sentences.
    """

    part: str
    message: str

    def __str__(self):
        return f"{self.part}: {self.message}"


@dataclasses.dataclass(frozen=True)
class PreflightReport:
    """What can be seen wrong before the first step.

    Args:
        problems: `Problem`s with which a training would fail or learn nothing of use.
        warnings: `Problem`s that a training survives, and that may be meant.
    """

    problems: tuple = ()
    warnings: tuple = ()

    @property
    def ok(self):
        """Whether there is no problem. Warnings do not count."""
        return not self.problems

    def raise_for_errors(self, where="preflight"):
        """Raises an error with every problem in its message, or returns the report.

        Args:
            where: Name of the function that asks, for the message.

        Raises:
            GraphError: If all problems are layers that cannot learn.
            DataError: If there are others.
        """
        if self.ok:
            return self
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        count = _count(self.problems, "problem")
        kind = GraphError if all(each.part == GRAPH for each in self.problems) else DataError
        raise kind(f"{where}: {count} before the first step:\n{lines}")

    def to_dict(self):
        """Returns the report as JSON can hold it."""
        return {
            "ok": self.ok,
            "problems": [dataclasses.asdict(each) for each in self.problems],
            "warnings": [dataclasses.asdict(each) for each in self.warnings],
        }

    def __str__(self):
        found = [_count(self.problems, "problem"), _count(self.warnings, "warning")]
        lines = [f"  problem  {each}" for each in self.problems]
        lines += [f"  warning  {each}" for each in self.warnings]
        return "\n".join([f"Preflight: {', '.join(found)}{':' if lines else '.'}", *lines])


def _count(found, word):
    return f"{len(found) or 'no'} {word}{'' if len(found) == 1 else 's'}"
