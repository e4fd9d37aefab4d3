"""Which recommended values fit some data, a task and a model (guide rows 27, 28, 38, 52, 53)."""

import dataclasses

from recipes.optim.rates import scale_learning_rate
from recipes.recommended import TRAINING, Recommendation, recommend
from recipes.recommended.tasks import (
    ADAMS_DECAY,
    ATTENTION,
    BUDGETED_EPOCHS,
    BUDGETED_RATE,
    NO_IMAGES,
    RECURRENT,
    SMALL_RECURRENT,
    TASK_VALUES,
    WITHOUT_NORM,
)

_FEWEST_STEPS = 16  # an epoch; with fewer the last batches would be a good part of the run
_SMALLEST_BATCH = {"mask": 2, "image": 2}  # samples; else 8, for the mean of batch normalization
_LARGEST_SHIFT = 0.125  # of the side
_LEAST_SHIFT = 1 / 16  # of the side: 2 of 32 pixels, as measured
_DENSE = ("mask", "image")


def choose_for_data(traits, *, budgeted=False):
    """Returns what differs from the recommended values where nothing is known.

    Args:
        traits: `Traits` of data, task and model.
        budgeted: Whether the run has a budget of time.

    Returns:
        Dict of `Recommendation`s by field of a recipe.
    """
    chosen = {
        **_by_size(traits),
        **TASK_VALUES[traits.task],
        **_by_model(traits),
        **_by_kind(traits),
        **(_by_budget(traits) if budgeted else {}),
    }
    chosen |= _batches(traits, chosen)
    if _optimizer(chosen) == "adam":
        chosen["weight_decay"] = ADAMS_DECAY
    return chosen


def _by_size(traits):
    """Small data without batch normalization: SGD and dropout (rows 27, 38), if with a norm."""
    if traits.task not in ("classification", "multi_label"):
        return {}
    best = recommend(traits.samples, norm=traits.norm)
    return {
        name: _because(f"On {traits.samples:,} samples", best[name])
        for name in ("optimizer", "dropout")
        if best[name] != TRAINING[name]
    }


def _by_model(traits):
    """Recurrent and attention layers, and networks without a norm."""
    if traits.recurrent:
        small = recommend(traits.samples, norm=None)["dropout"] != TRAINING["dropout"]
        dropout = SMALL_RECURRENT["dropout"] if small else TRAINING["dropout"]
        return {**RECURRENT, "dropout": dropout}
    if traits.attention:
        return ATTENTION
    by_momentum = "optimizer" not in TASK_VALUES[traits.task]
    return WITHOUT_NORM if traits.norm is None and by_momentum else {}


def _by_kind(traits):
    """Images are shifted, and mirrored where that changes no label (row 18)."""
    if traits.kind != "image":
        return NO_IMAGES
    shift = min(max(_LEAST_SHIFT, 1 / traits.side), _LARGEST_SHIFT)
    chosen = {"shift": _shift(shift, traits.side)}
    if traits.flip:
        reason = "A mirror image keeps its label, by what the training images show."
        if traits.task in _DENSE:
            reason = "What comes out is mirrored with its image."
        chosen["flip"] = Recommendation(traits.flip, reason, "guide row 18")
    return chosen


def _by_budget(traits):
    """Few epochs, whose number follows from the clock; of images with a larger rate."""
    chosen = {"epochs": BUDGETED_EPOCHS}
    if traits.task == "classification" and traits.kind == "image" and traits.norm == "batch":
        chosen["learning_rate"] = BUDGETED_RATE
    return chosen


def _shift(shift, side):
    if shift == _LEAST_SHIFT:
        return Recommendation(
            shift,
            f"A sixteenth of the side of {side} pixels, as measured on images of 32.",
            "guide row 18; measured on CIFAR-10: python -m benchmarks.recipes",
        )
    return Recommendation(
        shift,
        f"One pixel of {side}, at most an eighth: less would be no shift. 0.994 of the test "
        "digits (8 pixels), 0.991 without.",
        "guide row 18; python -m benchmarks.digits",
    )


def _batches(traits, chosen):
    """Batches of which an epoch has enough, and the rate that goes with them (row 51)."""
    usual = chosen.get("batch_size", TRAINING["batch_size"])
    size, reason = _batch_size(traits, usual.value)
    if size == usual.value:
        return {}
    rate = chosen.get("learning_rate", TRAINING["learning_rate"])
    return {
        "batch_size": Recommendation(size, reason, "guide row 47"),
        "learning_rate": _scaled(rate, usual.value, size, chosen),
    }


def _batch_size(traits, usual):
    """Returns the samples a step, and why there are so many: given, or enough steps an epoch."""
    if traits.batch_size is not None:
        return traits.batch_size, "The data come in batches of so many, or it was asked for."
    size = usual
    while size > _SMALLEST_BATCH.get(traits.task, 8) and traits.samples < _FEWEST_STEPS * size:
        size //= 2
    reason = f"With larger batches {traits.samples:,} samples are fewer than 16 steps an epoch."
    return size, reason


def _scaled(rate, batch_size, size, chosen):
    """The rate for other batches: in proportion for momentum, by the root for Adam."""
    scaling = "linear" if _optimizer(chosen) == "momentum" else "sqrt"
    value = scale_learning_rate(rate.value, batch_size, size, scaling=scaling)
    reason = f"{rate.value:g} at batch size {batch_size}, scaled to {size}. {rate.reason}"
    return Recommendation(value, reason, f"{rate.source}; guide row 51")


def _optimizer(chosen):
    return chosen.get("optimizer", TRAINING["optimizer"]).value


def _because(condition, recommendation):
    """Returns a recommendation whose reason begins with what it follows from."""
    reason = recommendation.reason
    return dataclasses.replace(
        recommendation, reason=f"{condition}: {reason[0].lower()}{reason[1:]}"
    )
