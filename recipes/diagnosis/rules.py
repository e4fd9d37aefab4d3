"""The rules that tell what the curves of a run say, in the order in which they are asked.

All losses here are shares of the loss of a model that knows nothing, such as ln(classes). The
thresholds were set on one half of the curves in tests/recipes/curves; `python -m benchmarks.curves`
reports on the other.
"""

import dataclasses
import math

from recipes.diagnosis import shape

GOAL = 0.13  # 0.3 / ln(10): the guide's "large" validation loss, of about ten classes (rows 44-46)
LOST = 3.0  # a loss that is far worse than knowing nothing
_WORSE = 1.5  # a loss that is worse than knowing nothing, also where the first weights were bad
_STUCK = 0.95  # a loss that is still about that of a guess
_GUESS = 1.002  # a loss that a model with nothing but a bias gets under
_MIDDLE = 0.5  # a loss above it is nearer to knowing nothing than to the goal
GAP = 2.0  # validation loss over training loss from which the gap is the matter, not the level
_FLAT = 0.02  # a fall by less from third to third is none
_JUMP = 0.05  # a rise from one epoch to the next that is no small change
_OFTEN = 1 / 3  # share of the epochs that jump, of a rate that is too large
_SOMETIMES = 1 / 4  # the same of a noisy curve
_ROUGH = 0.02  # roughness, and a rise, of a noisy curve
_TREMBLE = 0.004  # roughness of a curve that a large rate keeps from falling
_FEW = 5  # epochs below which a jump cannot be told from a turn
_STEADY = 0.8  # fall over all moves, from which a curve goes one way
_STRAIGHT = 0.15  # straightness of a curve that does not bend: a line has 1, a plateau 0
_SLOW = 0.05  # share of a loss that goes with each epoch, at a good rate
_FAR = 2.5  # thirds of the run that are missing to the goal: nearly as many as were run


@dataclasses.dataclass(frozen=True)
class Case:
    """The curves of a run as shares, and what is known of it.

    Args:
        train: Training losses, one an epoch.
        validation: Validation losses, one an epoch.
        goal: The share up to which the training data count as learned.
        fitted: The same where overfitting is asked: the guide's absolute figure is smaller.
        met: Whether the goal on the validation data is met, one an epoch.
        grace: Epochs before whose end no verdict is passed (row 14).
    """

    train: tuple
    validation: tuple
    goal: float
    fitted: float
    met: tuple
    grace: int

    @property
    def epochs(self):
        """How many epochs there are."""
        return len(self.train)

    @property
    def done(self):
        """Whether both goals are met, one an epoch."""
        return [t <= self.goal and met for t, met in zip(self.train, self.met, strict=True)]


def judge(case):
    """Returns the verdict on a case, the first epoch that it holds for, and the reason.

    Args:
        case: A `Case`.
    """
    for verdict, rule in RULES:
        found = rule(case)
        if found is not None:
            return verdict, *found
    flat = [t - case.train[-1] < _JUMP for t in case.train]
    reason = "The training loss no longer falls, and is above the goal"
    return "underfitting", shape.streak(flat), reason


def _not_finite(case):
    pairs = enumerate(zip(case.train, case.validation, strict=True), 1)
    broken = next((epoch for epoch, pair in pairs if not all(map(math.isfinite, pair))), None)
    return broken and (broken, "A loss is not finite")


def _lost(case):
    lost = [t > LOST or v > LOST**2 for t, v in zip(case.train, case.validation, strict=True)]
    return (shape.streak(lost), "The loss is far above that of a guess") if lost[-1] else None


def _done(case):
    return (shape.streak(case.done), "Both goals are met") if case.done[-1] else None


def _too_early(case):
    if case.epochs < case.grace:
        return 1, f"{case.epochs} of the first {case.grace} epochs, which tell little, are over"
    train, validation = case.train[-1], case.validation[-1]
    if train <= case.fitted and validation >= GAP * train and _falls(case.validation):
        return 1, "The validation loss lags: it falls on while the training data are learned"
    return None


def _thrown(case):
    """The first steps have thrown the weights away from where they could learn."""
    early = case.train[: max(case.epochs // 3, 3)]
    over = [e for e, t in enumerate(early, 1) if t > (_WORSE if e > 1 else LOST)]
    over += [e for e, v in enumerate(case.validation[:3], 1) if v > LOST]
    steady = shape.steadiness(case.train[1:]) > _STEADY  # it comes down from bad first weights
    far = max(case.train) > LOST**2
    comes = steady and not far and (max(case.train) <= LOST or shape.level(case.train) <= _MIDDLE)
    if not over or comes or not _is_high(case):
        return None
    worse = min(over)
    return worse, "The loss was above that of a guess, and has not come down to the goal since"


def _unstable(case):
    jumps = shape.rises(case.train, _JUMP)
    if shape.level(case.train) > _MIDDLE and len(jumps) >= _OFTEN * (case.epochs - 1):
        return jumps[0], "The training loss jumps up and down"
    return None


def _stuck(case):
    late = _late(case.train)
    trembles = shape.level(late) > _STUCK and shape.roughness(late) > _TREMBLE
    kept = trembles or shape.level(late) > _GUESS
    if kept and shape.steadiness(late) < _STEADY:
        return 1, "The training loss trembles at that of a guess"
    return None


def _noisy(case):
    if case.epochs < _FEW:
        return None
    gap = shape.level(case.validation) - max(shape.level(case.train), case.goal)
    for name, curve in (("validation", case.validation), ("training", case.train)):
        late = curve[-max(case.epochs // 4, 7) :]  # where the rate falls, the noise ends
        jumps, noise = shape.rises(late, _ROUGH), shape.roughness(late)
        often = len(jumps) >= _SOMETIMES * (len(late) - 1)
        if _is_high(case) and often and noise > max(_ROUGH, gap / 3):
            since = jumps[0] + case.epochs - len(late)
            return since, f"The {name} loss jumps up and down around its way"
    return None


def _overfitting(case):
    lowest = case.validation.index(min(case.validation)) + 1
    train, validation = case.train[-1], case.validation[-1]
    if train <= case.fitted and not case.met[-1] and validation >= GAP * train:
        flags = [t <= case.fitted and not met for t, met in zip(case.train, case.met, strict=True)]
        since = max(shape.streak(flags), lowest)
        return since, "The training data are learned, the validation data are not"
    risen = shape.level(case.validation) - min(case.validation)
    if risen > _JUMP and case.train[-1] < case.train[lowest - 1]:
        return lowest, "The validation loss rises while the training loss falls"
    left = max(train - case.goal, _JUMP)
    if validation - train > left and not _falls(case.validation):
        return lowest, "The gap to the validation loss is more than what is left to learn"
    return None


def _rate_too_small(case):
    t = case.train
    before, last = shape.thirds(t)
    slow = last > before * (1 - _SLOW) ** max(case.epochs // 3, 1)
    steady = shape.steadiness(t[case.epochs // 2 :]) > _STEADY and shape.steadiness(t) > _STEADY
    straight = shape.straightness(t) > _STRAIGHT
    if slow and steady and straight and shape.thirds_to(t, case.goal) > _FAR:
        return 1, "The training loss falls steadily, and would need as many epochs again, or more"
    return None


def _still_improving(case):
    for name, curve in (("training", case.train), ("validation", case.validation)):
        if shape.late_fall(curve) >= max(_FLAT, _SLOW * (shape.level(curve) - case.goal)):
            return curve.index(max(curve)) + 1, f"The {name} loss falls on"
    return None


def _falls(curve):
    return shape.late_fall(curve) >= _FLAT


def _late(curve):
    """Returns the last two thirds of a curve."""
    return curve[len(curve) // 3 :]


def _is_high(case):
    """Whether one of the goals is not met in the last third, but for single epochs."""
    return shape.level(case.train) > case.goal or sum(case.met[-max(case.epochs // 3, 1) :]) == 0


RULES = (
    ("diverged", _not_finite),
    ("diverged", _lost),
    ("done", _done),
    ("too early to tell", _too_early),
    ("rate too large", _thrown),
    ("rate too large", _unstable),
    ("rate too large", _stuck),
    ("noisy", _noisy),
    ("overfitting", _overfitting),
    ("rate too small", _rate_too_small),
    ("still improving", _still_improving),
)
