"""A look at a schedule before it is used (guide row 48): computed first, then drawn as text."""

import dataclasses

import numpy as np

from recipes.errors import check_integer

_ROWS = 8  # lines of the drawing
_COLUMNS = 60  # characters of each


@dataclasses.dataclass(frozen=True)
class Preview:
    """The rates of a schedule; `print` draws them.

    Attributes:
        steps: Whole numbers from 0 to the length of the run, rising.
        rates: The learning rate at each of them.
    """

    steps: tuple
    rates: tuple

    def __str__(self):
        """Draws the curve, and says where it begins, peaks and ends."""
        top = int(np.argmax(self.rates))
        said = (
            f"learning rate: {self.rates[0]:.3g} at step 0, "
            f"highest {self.rates[top]:.3g} at step {self.steps[top]}, "
            f"{self.rates[-1]:.3g} at step {self.steps[-1]}"
        )
        return "\n".join([*_drawn(np.array(self.rates)), said])


def preview(schedule, total_steps, *, points=_COLUMNS + 1):
    """Returns the rates of a schedule at evenly spaced steps; nothing is trained.

    Args:
        schedule: A Keras `LearningRateSchedule`, or a constant rate.
        total_steps: Length of the run, in steps.
        points: Number of steps that are looked at, at least 2; no more than there are.

    Returns:
        A `Preview`.

    Raises:
        ArgumentError: If `total_steps` or `points` is no such number.

    Example:

        print(preview(make_schedule("cosine", 0.1, 1_000, warmup=0.1), 1_000))
    """
    total_steps = check_integer("preview", "total_steps", total_steps, 1)
    points = check_integer("preview", "points", points, 2)
    steps = np.linspace(0, total_steps, min(points, total_steps + 1)).round().astype(int).tolist()
    rates = [float(schedule(step) if callable(schedule) else schedule) for step in steps]
    return Preview(tuple(steps), tuple(rates))


def _drawn(rates):
    """Yields the lines of the curve, the highest rate first; a column is a share of the run."""
    columns = rates[np.linspace(0, len(rates) - 1, _COLUMNS).round().astype(int)]
    heights = np.ceil(columns / max(columns.max(), 1e-30) * _ROWS)
    for row in range(_ROWS, 0, -1):
        label = f"{rates.max():8.3g}" if row == _ROWS else " " * 8
        yield f"{label} |" + "".join("█" if height >= row else " " for height in heights).rstrip()
    yield f"{0:8} +" + "-" * _COLUMNS
