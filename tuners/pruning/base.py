"""The interface of pruners, and the grace period that they all keep (guide row 14)."""

import dataclasses
import math
from typing import ClassVar

from recipes.errors import ArgumentError, check_integer, describe


def grace_epochs(epochs, steps_per_epoch, batch_norm_momentum=0.9):
    """Returns the number of epochs before which no trial may be stopped.

    It is the larger of 10 % of the epochs and 5 / (1 − momentum) steps: after these, less than
    1 % (e⁻⁵) of the moving statistics of a batch normalization is left of their initial values,
    and validation results mean something.

    Args:
        epochs: Epochs of a whole training.
        steps_per_epoch: Batches in an epoch.
        batch_norm_momentum: Momentum of the moving statistics, in [0, 1), or None for a model
            without batch normalization.

    Returns:
        A number of epochs, at least 1, rounded up.

    Raises:
        ArgumentError: If an argument breaks its rule.
    """
    check_integer("grace_epochs", "epochs", epochs, 1)
    check_integer("grace_epochs", "steps_per_epoch", steps_per_epoch, 1)
    tenth = math.ceil(epochs / 10)
    if batch_norm_momentum is None:
        return tenth
    if not 0 <= batch_norm_momentum < 1:
        rule = "`batch_norm_momentum` must be a number in [0, 1), or None"
        received = {"batch_norm_momentum": batch_norm_momentum}
        raise ArgumentError(describe("grace_epochs", rule, **received))
    steps = round(5 / (1 - batch_norm_momentum), 6)  # 50, where floats make it 50.00000000000001
    return max(tenth, math.ceil(steps / steps_per_epoch))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pruner:
    """Base of all pruners. A subclass implements `is_hopeless`.

    What a pruner says depends on the curves alone, so that a resumed search says the same.

    Args:
        grace: No trial is stopped before it has had so many epochs. None: the training loop sets
            it (`prepared`); 1 without one.
        max_epochs: Epochs of a whole training; a trial that has had them is not stopped. None:
            the training loop sets it; no bound without one.

    Raises:
        ArgumentError: If a value breaks its rule.
    """

    continues_trials: ClassVar[bool] = False  # whether what it stopped may go on later

    grace: int | None = None
    max_epochs: int | None = None

    def __post_init__(self):
        for name in ("grace", "max_epochs"):
            if getattr(self, name) is not None:
                check_integer(type(self).__name__, name, getattr(self, name), 1)

    def prepared(self, *, epochs, grace):
        """Returns the pruner for a training: what was left open (None) is filled in.

        Args:
            epochs: Epochs of a whole training.
            grace: Epochs before which nothing stops, as `grace_epochs` says.
        """
        return dataclasses.replace(
            self,
            grace=grace if self.grace is None else self.grace,
            max_epochs=epochs if self.max_epochs is None else self.max_epochs,
        )

    def stops(self, curve, others):
        """Whether a trial stops after the epoch that it has just reported.

        Args:
            curve: The trial's `Curve`.
            others: List of the `Curve`s of all other trials.
        """
        if curve.epochs < (self.grace or 1):
            return False
        if self.max_epochs is not None and curve.epochs >= self.max_epochs:
            return False
        return self.is_hopeless(curve, others)

    def is_hopeless(self, curve, others):
        """Whether a trial stops, when neither the grace period nor the end forbids it."""
        raise NotImplementedError

    def to_continue(self, curves, *, closed=False):
        """Returns the number of the stopped trial that is to go on, or None.

        Args:
            curves: List of the `Curve`s of all trials.
            closed: Whether no new trial will begin: nothing is gained by waiting for one.
        """
        return None
