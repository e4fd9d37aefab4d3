"""What the curves of a run say (guide rows 14, 44-46, 85). Pure Python.

A loss is seen as a share of that of a model that knows nothing: ln(classes) for cross-entropy, the
variance of the targets for a squared error.
"""

import math

from recipes.diagnosis.history import curves_of
from recipes.diagnosis.rules import GOAL, Case, judge
from recipes.diagnosis.verdict import Diagnosis, next_rate, remedies
from recipes.errors import (
    ArgumentError,
    check_flag,
    check_integer,
    check_range,
    describe,
)

GUIDE_GOAL = 0.3  # nats: a loss above it is "large" (guide rows 44-46)
GUIDE_FITTED = 0.01  # nats: a training loss below it is "very small" (guide row 45)
_FEWEST = 3  # epochs: two points show no curve
_LAG = 5  # time constants of a moving average, after which 1 % of its start is left (row 14)


def diagnose(
    history,
    num_classes=None,
    *,
    target=None,
    goal=None,
    absolute=False,
    reference=None,
    learning_rate=None,
    epochs=None,
    steps_per_epoch=None,
    bn_momentum=0.9,
):
    """Tells what the curves of a run say, since which epoch, and what to try.

    - "done": the training and the validation loss both meet the goal.
    - "overfitting": the training data are learned, the validation data are not; or the validation
      loss rises while the training loss falls.
    - "underfitting": both losses are too large, and fall no more.
    - "still improving": they are too large, and fall on.
    - "diverged": a loss is not finite, or the training loss is 3 times that of a guess.
    - "rate too large": the training loss jumps, or stays at or above that of a guess.
    - "rate too small": the training loss falls slowly, as a straight line.
    - "noisy": a loss jumps around its way, so that its last value says little.
    - "too early to tell": the grace period is not over (row 14): 10 % of the epochs, or
      5 / (1 - momentum) steps of batch normalization, whichever is more, and at least 3 epochs. Or
      the validation loss still follows a training loss that is there already.

    Args:
        history: Keras' `History`, or a dict with the lists `loss` and `val_loss`: one loss an
            epoch. `train_loss` takes the place of `loss` if it is there: `fit` measures it in
            inference mode, without augmentation. Beside it `val_cross_entropy` takes the place of
            `val_loss`: both are then measured without label smoothing and penalties.
        num_classes: Number of classes of a cross-entropy in nats; None for a regression.
        target: Validation accuracy from which the validation data count as learned, in (0, 1], in
            place of the goal for their loss; None for the loss.
        goal: The loss up to which a split counts as learned; None takes the share 0.13 of
            `reference`, which for ten classes is the guide's 0.3.
        absolute: Whether the guide's own figures count, whatever the number of classes: a loss up
            to 0.3 is learned, and overfitting needs a training loss below 0.01.
        reference: Loss of a model that knows nothing, such as the variance of the targets for a
            squared error. None takes ln(classes), or of a regression the larger of the two losses
            of the first epoch.
        learning_rate: The (largest) learning rate of the run, for the next one to try. None takes
            `learning_rate` of the history, if it is there.
        epochs: Length that the run was to have, in epochs; None for as many as there are.
        steps_per_epoch: Batches in an epoch; None if not known: then the lag is not counted.
        bn_momentum: Momentum of the moving statistics of batch normalization, in [0, 1).

    Returns:
        A `Diagnosis`.

    Raises:
        ArgumentError: If a curve is missing, the two are empty or of different lengths, a loss is
            below 0, or an argument breaks its rule.

    Example:

        history = model.fit(x, y, validation_split=0.2, epochs=30)
        print(diagnose(history, num_classes=10, learning_rate=0.1))
    """
    curves = curves_of(history)
    reference = _reference(curves, num_classes, reference)
    goal = _goal(goal, reference, absolute=check_flag("diagnose", "absolute", absolute))
    case = Case(
        train=tuple(loss / reference for loss in curves.train),
        validation=tuple(loss / reference for loss in curves.validation),
        goal=goal / reference,
        fitted=(GUIDE_FITTED if absolute else goal) / reference,
        met=_met(curves, goal, target),
        grace=grace_epochs(
            len(curves.train) if epochs is None else epochs,
            steps_per_epoch=steps_per_epoch,
            bn_momentum=bn_momentum,
        ),
    )
    verdict, since, reason = judge(case)
    rate = _rate(learning_rate, curves.rate)
    return Diagnosis(
        verdict,
        since,
        curves.train[-1],
        curves.validation[-1],
        goal,
        remedies(verdict, rate),
        reason,
        next_rate(verdict, rate),
    )


def grace_epochs(epochs, *, steps_per_epoch=None, bn_momentum=0.9):
    """Returns the number of epochs before whose end no verdict is passed (guide row 14).

    Args:
        epochs: Length of the run, in epochs.
        steps_per_epoch: Batches in an epoch, or None if not known.
        bn_momentum: Momentum of batch normalization, in [0, 1).
    """
    epochs = check_integer("diagnose", "epochs", epochs, 1)
    momentum = check_range("diagnose", "bn_momentum", bn_momentum, 0, 0.9999)
    grace = max(_FEWEST, math.ceil(epochs / 10))
    if steps_per_epoch is None:
        return grace
    steps = check_integer("diagnose", "steps_per_epoch", steps_per_epoch, 1)
    return max(grace, math.ceil(round(_LAG / (1 - momentum), 6) / steps))


def _reference(curves, num_classes, reference):
    """Returns the loss of a model that knows nothing."""
    if num_classes is not None:
        num_classes = check_integer("diagnose", "num_classes", num_classes, 1)
    if reference is not None:
        return check_range("diagnose", "reference", reference, 0, math.inf, open_low=True)
    if num_classes is not None:
        return math.log(max(num_classes, 2))
    first = [loss for loss in (curves.train[0], curves.validation[0]) if math.isfinite(loss)]
    return max(first, default=1.0) or 1.0


def _goal(goal, reference, *, absolute):
    if goal is not None and absolute:
        rule = "`goal` and `absolute` exclude each other"
        raise ArgumentError(describe("diagnose", rule, goal=goal, absolute=absolute))
    if goal is None:
        return GUIDE_GOAL if absolute else GOAL * reference
    return check_range("diagnose", "goal", goal, 0, math.inf, open_low=True)


def _met(curves, goal, target):
    """Returns whether the validation data count as learned, one an epoch."""
    if target is None:
        return tuple(loss <= goal for loss in curves.validation)
    target = check_range("diagnose", "target", target, 0, 1, open_low=True)
    if len(curves.accuracy) != len(curves.validation):
        rule = "`target` needs an accuracy on the validation data for each epoch"
        hint = 'Compile with metrics=["accuracy"], or give goal=, a loss.'
        received = {"target": target, "val_accuracy": f"{len(curves.accuracy)} values"}
        raise ArgumentError(describe("diagnose", rule, hint, **received))
    return tuple(accuracy >= target for accuracy in curves.accuracy)


def _rate(given, logged):
    if given is None:
        return logged if logged else None
    return check_range("diagnose", "learning_rate", given, 0, math.inf, open_low=True)
