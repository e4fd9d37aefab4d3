"""What the curves of a run say: the three cases of the guide (rows 44-46). Pure Python.

A loss is seen as a share of ln(classes), the loss of a model that knows nothing. The guide's
"large" validation loss of 0.3, given for tasks of about ten classes, is the share 0.13.
"""

import dataclasses
import math

from recipes.errors import ArgumentError, check_integer, check_range, describe

GOAL = 0.13  # share of ln(classes): 0.3 / ln(10), guide rows 44-46
LOST = 3.0  # share of ln(classes) from which a training loss is far worse than knowing nothing
GAP = 2.0  # validation loss over training loss from which the gap is the matter, not the level

REMEDIES = {
    "done": ("Nothing is left to tune: use the model.",),
    "overfitting": (
        "More data, or augment them",
        "Stronger regularisation: weight decay, dropout before the head",
        "A smaller model, or fewer epochs",
    ),
    "underfitting": (
        "Tune the learning rate first",
        "Train for more epochs",
        "A larger model: more depth, then more width",
        "Less regularisation",
    ),
    "diverged": (
        "Divide the learning rate by 3 to 10: a loss of NaN is mostly a step too large",
        "A longer warm-up",
        "Look for broken samples in the data, and scale them to about 0 to 1",
    ),
}


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """The verdict on a run.

    Args:
        verdict: "done", "overfitting", "underfitting" or "diverged".
        since: The first epoch that the verdict holds for, counted from 1.
        train_loss: Cross-entropy on the training data after the last epoch, in nats.
        validation_loss: The same on the validation data.
        goal: The loss under which a split counts as learned, in nats.
        remedies: What to try next, the first first.
    """

    verdict: str
    since: int
    train_loss: float
    validation_loss: float
    goal: float
    remedies: tuple

    def __str__(self):
        figures = (
            f"training loss {self.train_loss:.3f}, validation loss {self.validation_loss:.3f}, "
            f"goal {self.goal:.3f}"
        )
        advice = "; ".join(remedy.rstrip(".") for remedy in self.remedies)
        return f"{self.verdict} since epoch {self.since}: {figures}. {advice}."


def diagnose(history, num_classes, *, goal=None):
    """Tells which of the guide's three cases a run is, and since when.

    - "done": training and validation loss both meet the goal.
    - "overfitting": the training loss does, the validation loss does not, and is at least twice as
      large.
    - "underfitting": otherwise: the losses are too large together.
    - "diverged": a loss is not finite, or the training loss is over 3 · ln(classes).

    Args:
        history: Keras' `History`, or a dict with the lists `loss` and `val_loss`: one
            cross-entropy an epoch, in nats. `train_loss` takes the place of `loss` if it is there:
            `fit` measures it in inference mode, without augmentation.
        num_classes: Number of classes.
        goal: The loss that counts as learned, in nats; None takes 0.13 · ln(classes).

    Returns:
        A `Diagnosis`.

    Raises:
        ArgumentError: If a curve is missing, or the two are empty or of different lengths.
    """
    classes = max(check_integer("diagnose", "num_classes", num_classes, 1), 2)
    train, validation = _curves(history)
    chance = math.log(classes)
    goal = GOAL * chance if goal is None else goal
    goal = check_range("diagnose", "goal", goal, 0, math.inf, open_low=True)
    verdict, since = _judge(train, validation, goal, chance)
    return Diagnosis(verdict, since, train[-1], validation[-1], goal, REMEDIES[verdict])


def _curves(history):
    history = getattr(history, "history", history)
    measured = "train_loss" if "train_loss" in history else "loss"
    train, validation = (list(map(float, history.get(key, ()))) for key in (measured, "val_loss"))
    if train and len(train) == len(validation):
        return train, validation
    rule = "`history` must hold one `loss` and one `val_loss` an epoch"
    received = {"loss": f"{len(train)} values", "val_loss": f"{len(validation)} values"}
    raise ArgumentError(describe("diagnose", rule, "Train with validation data.", **received))


def _judge(train, validation, goal, chance):
    """Returns the verdict on the last epoch, and the first epoch from which it holds."""
    for epoch, pair in enumerate(zip(train, validation, strict=True), 1):
        if not all(map(math.isfinite, pair)):
            return "diverged", epoch
    cases = [_case(pair, goal, chance) for pair in zip(train, validation, strict=True)]
    since = len(cases)
    while since > 1 and cases[since - 2] == cases[-1]:
        since -= 1
    if cases[-1] == "overfitting":  # the gap opens where the validation loss is lowest
        since = max(since, validation.index(min(validation)) + 1)
    return cases[-1], since


def _case(pair, goal, chance):
    train, validation = pair
    if train > LOST * chance:
        return "diverged"
    if max(train, validation) <= goal:
        return "done"
    return "overfitting" if train <= goal and validation >= GAP * train else "underfitting"
