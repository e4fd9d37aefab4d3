"""What the curves of one trial say, for the rules of what to change next (rows 44-46, 85).

They are coarser than those of `recipes.diagnose`, and sooner passed: a search has few epochs a
trial, a change that does not help is taken back, and there is no grace. With the finer ones six
trials end at 0.25 of a guess, with these at 0.18 (`tests/tuners/test_baby_sitting.py`). All losses
are shares of the loss of a model that knows nothing.
"""

import dataclasses
import itertools
import math

from keras_tuner.engine.trial import TrialStatus

from recipes.diagnosis.history import loss_names
from recipes.diagnosis.rules import GAP, GOAL, LOST

_CURVES = ("loss", "train_loss", "val_loss", "val_cross_entropy")
_JUMP = 0.05  # share of the reference: a loss that rises by more from one epoch to the next jumps
_JUMPS = 1 / 3  # share of the epochs from which the jumps are the matter
_STRAIGHT = 0.6  # fall of the second half over the first from which a curve falls straight on
_FLAT = 0.02  # share of the reference: a fall by less is none


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What is the matter with a trial.

    Args:
        name: "diverged", "failed", "unstable", "slow", "improving", "overfitting", "underfitting",
            "done", or "unknown" where no curves were reported.
        text: The verdict as words that follow "trial 3".
    """

    name: str
    text: str


def curves_of(trial):
    """Returns the losses of a trial as a dict of lists, one value an epoch.

    Args:
        trial: A `keras_tuner` trial.
    """
    names = [name for name in _CURVES if trial.metrics.exists(name)]
    history = {name: trial.metrics.get_history(name) for name in names}
    return {name: [float(seen.mean()) for seen in each] for name, each in history.items()}


def judge(trial, reference=None):
    """Tells what is the matter with an ended trial.

    Args:
        trial: A `keras_tuner` trial.
        reference: Loss of a model that knows nothing, such as ln(classes), or None for the largest
            of the trial's first losses.

    Returns:
        A `Verdict`.
    """
    curves = curves_of(trial)
    training, held = loss_names(curves)
    losses = curves.get(training, [])
    validation = curves.get(held, losses)
    if not all(map(math.isfinite, [*losses, *validation])):
        return Verdict("diverged", "has diverged: its loss is not finite")
    if trial.status != TrialStatus.COMPLETED:
        return Verdict("failed", "has failed")
    if reference is None and losses:
        reference = max(losses[0], validation[0])
    if len(losses) < 2 or len(losses) != len(validation) or reference <= 0:
        return Verdict("unknown", "is the best so far")
    train, validation = ([loss / reference for loss in curve] for curve in (losses, validation))
    return _judge(train, validation)


def _judge(train, validation):
    """Judges curves that are shares of the reference."""
    levels = f"training loss {train[-1]:.2f}, validation loss {validation[-1]:.2f} of a guess"
    if train[-1] > LOST:
        return Verdict("diverged", f"has diverged: {levels}")
    if max(train[-1], validation[-1]) <= GOAL:
        return Verdict("done", f"is done ({levels})")
    if _jumps(train):
        return Verdict("unstable", f"is unstable: its training loss jumps ({levels})")
    learned = train[-1] <= GOAL and validation[-1] >= GAP * train[-1]
    if not learned and _falls_slowly(train):
        return Verdict("slow", f"falls slowly ({levels})")
    if validation[-1] - train[-1] > train[-1] - GOAL:  # the gap is more than what is left to learn
        return Verdict("overfitting", f"is overfitting ({levels})")
    if _falls_still(train):
        return Verdict("improving", f"still improves when it ends ({levels})")
    return Verdict("underfitting", f"is underfitting ({levels})")


def _jumps(train):
    rises = sum(after - before > _JUMP for before, after in itertools.pairwise(train))
    return rises >= _JUMPS * (len(train) - 1)


def _falls_still(train):
    """Whether the last third of a curve falls on."""
    last = train[-max(len(train) // 3, 1) - 1 :]
    return last[0] - last[-1] >= _FLAT


def _falls_slowly(train):
    """Whether a loss falls as a straight line, or not at all; a good rate falls in a curve."""
    middle = (len(train) - 1) // 2
    if len(train) < 3 or train[0] - train[-1] < _FLAT:
        return train[0] - train[-1] < _FLAT
    first, second = train[0] - train[middle], train[middle] - train[-1]
    lengths = middle / (len(train) - 1 - middle)
    return second * lengths >= _STRAIGHT * first
