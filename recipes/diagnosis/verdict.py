"""A verdict on a run as a value and as a sentence, with its remedies (guide rows 44-46, 74, 85)."""

import dataclasses

# The order is that of row 74: the learning rate first; then dropout, batch normalization,
# augmentation, depth and width.
REMEDIES = {
    "done": ("Nothing is left to tune: use the model",),
    "too early to tell": ("Train on: some metrics lag, and a delayed curve is no bad one",),
    "diverged": (
        "{rate}: a loss of NaN is mostly a step too large",
        "A longer warm-up",
        "Clip the gradients, of a recurrent network above all",
        "Look for broken samples in the data, and scale them to about 0 to 1",
    ),
    "rate too large": ("{rate}", "A longer warm-up", "Batch normalization"),
    "rate too small": ("{rate}", "Batch normalization"),
    "noisy": (
        "{rate}, or let it fall to 0 by the end",
        "A larger batch",
        "Average the weights of the last epochs",
        "More validation data: few samples make a noisy loss",
    ),
    "still improving": ("Train for more epochs", "{rate}"),
    "overfitting": (
        "Dropout before the head",
        "Batch normalization",
        "More data, or augment them",
        "More weight decay",
        "A smaller model, or fewer epochs",
    ),
    "underfitting": (
        "Tune the learning rate first",
        "Less dropout",
        "Batch normalization",
        "Less augmentation and weight decay",
        "A larger model: more depth, then more width",
    ),
}
VERDICTS = tuple(REMEDIES)
PROBLEMS = tuple(v for v in VERDICTS if v not in ("done", "too early to tell", "still improving"))

# What the learning rate is multiplied by. Too large and too small are told from 100 times a good
# rate and a hundredth of it, so that a step of 10 lands between.
FACTORS = {
    "diverged": 0.1,
    "rate too large": 0.1,
    "rate too small": 10.0,
    "noisy": 1 / 3,
    "still improving": 3.0,
}


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """The verdict on a run.

    Args:
        verdict: "done", "overfitting", "underfitting", "still improving", "diverged", "rate too
            large", "rate too small", "noisy" or "too early to tell".
        since: The first epoch that the verdict holds for, counted from 1.
        train_loss: Loss on the training data after the last epoch, in the unit of the loss (nats).
        validation_loss: The same on the validation data.
        goal: The loss up to which a split counts as learned, in the same unit.
        remedies: What to try next, the first first.
        reason: What was seen in the curves, as a sentence without a full stop.
        next_rate: The learning rate to try next; None where the rate is not the matter, or the
            present one is not known.
    """

    verdict: str
    since: int
    train_loss: float
    validation_loss: float
    goal: float
    remedies: tuple
    reason: str = ""
    next_rate: float | None = None

    @property
    def is_problem(self):
        """Whether something is wrong: neither done, nor too early, nor on its way."""
        return self.verdict in PROBLEMS

    def __str__(self):
        since = "" if self.verdict == "too early to tell" else f" since epoch {self.since}"
        figures = (
            f"training loss {self.train_loss:.3f}, validation loss {self.validation_loss:.3f}, "
            f"goal {self.goal:.3f}"
        )
        seen = f" {self.reason}." if self.reason else ""
        return f"{self.verdict}{since}: {figures}.{seen} {'; '.join(self.remedies)}."


def next_rate(verdict, rate):
    """Returns the learning rate to try after a verdict, or None.

    Args:
        verdict: One of `VERDICTS`.
        rate: The learning rate of the run, or None where it is not known.
    """
    if rate is None or verdict not in FACTORS:
        return None
    return float(f"{rate * FACTORS[verdict]:.3g}")


def remedies(verdict, rate):
    """Returns what to try after a verdict, with the next rate in words."""
    factor = FACTORS.get(verdict, 1.0)
    change = f"multiply it by {factor:g}" if factor > 1 else f"divide it by {1 / factor:.3g}"
    named = next_rate(verdict, rate)
    words = f"A learning rate of {named:g}" if named else f"The learning rate: {change}"
    return tuple(remedy.format(rate=words) for remedy in REMEDIES[verdict])
