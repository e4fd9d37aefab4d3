"""One recommended value, with its reason and its source (guide row 64)."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Recommendation:
    """One recommended value.

    Args:
        value: The value.
        reason: Why this one, in a sentence.
        source: Guide row, paper, or the command that measures it.
        search: Bounds (low, high) in which a search looks for a better one, or None.
        scale: Scale of these bounds, "linear" or "log".
        step: Distance between neighbours within the bounds, or None for every number.
        choices: Values among which a search looks for a better one, or None.
    """

    value: object
    reason: str
    source: str
    search: tuple | None = None
    scale: str = "linear"
    step: float | None = None
    choices: tuple | None = None

    def __str__(self):
        return f"{self.reason} ({self.source})"
