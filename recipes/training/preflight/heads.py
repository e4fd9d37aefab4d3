"""What is wrong between the head of a model, its loss and its targets."""

import math

from recipes.training.losses.choose import loss_name, shown_name
from recipes.training.losses.tasks import CLASSES
from recipes.training.preflight.labels import (
    class_problems,
    is_one_hot,
    number_problems,
    share_problems,
    unreadable,
)

_ONE_CLASS_OF_SEVERAL = ("categoricalcrossentropy", "categoricalfocalcrossentropy")

_BOUNDS = {
    "relu": (0, math.inf),
    "sigmoid": (0, 1),
    "softmax": (0, 1),
    "softplus": (0, math.inf),
    "tanh": (-1, 1),
}
_OF_NUMBERS = ("mean", "mse", "mae", "huber", "logcosh")  # how their names begin


def head_problems(head, loss, task):
    """Yields what cannot be right between a head and its loss.

    Args:
        head: The `Head` of the model.
        loss: A loss as `compile` takes it, or None where it is yet to be chosen.
        task: What the model is trained for.
    """
    if head.activation == "softmax" and head.units == 1:
        yield (
            f"Layer '{head.layer}' is a softmax over 1 unit, which is always 1. Take a sigmoid "
            "for two classes, or one unit a class."
        )
    if loss is not None and "crossentropy" in loss_name(loss):
        yield from _cross_entropy_problems(head, loss)
    elif loss is None and head.activation == "sigmoid" and head.units > 1 and task in CLASSES:
        yield (
            f"Layer '{head.layer}' is a sigmoid with {head.units} units, for several labels at "
            "once; the targets name one class each. Take a softmax."
        )


def head_warnings(head, loss):
    """Yields what is unusual between a head and its loss; arguments as `head_problems`."""
    name = "" if loss is None else loss_name(loss)
    if head.activation == "softmax" and head.units > 1 and "binary" in name:
        yield (
            "The loss takes each of the softmax's outputs for a label of its own. Take categorical "
            "cross-entropy for one class of several, or a sigmoid for several labels at once."
        )
    if head.activation in ("softmax", "sigmoid") and name in ("mse", "meansquarederror"):
        yield (
            f"The squared error of a {head.activation} has almost no gradient where the model is "
            "surely wrong. Cross-entropy has one."
        )


def _cross_entropy_problems(head, loss):
    name = shown_name(loss)
    from_logits = bool(getattr(loss, "from_logits", False))
    probabilities = head.activation in ("softmax", "sigmoid")
    if probabilities and from_logits:
        yield (
            f"Layer '{head.layer}' ends in a {head.activation}, and the loss {name} has "
            f"from_logits=True: it would be applied twice. Take away one of the two."
        )
    if not probabilities and not from_logits:
        yield (
            f"Layer '{head.layer}' ends in {_ending(head)}, and the loss {name} takes "
            "probabilities. Give the loss from_logits=True, or the layer a softmax or sigmoid."
        )
    if head.activation == "sigmoid" and _takes_one_class(loss) and head.units > 1:
        yield (
            f"Layer '{head.layer}' is a sigmoid, and the loss {name} takes probabilities that sum "
            "up to 1. Take a softmax, or binary_crossentropy for several labels at once."
        )
    if head.units == 1 and _takes_one_class(loss):
        yield (
            f"Layer '{head.layer}' has 1 unit, and the loss {name} needs one a class. Take "
            "binary_crossentropy with a sigmoid."
        )


def _ending(head):
    return "no activation" if head.logits else f"a {head.activation}"


def _takes_one_class(loss):
    return loss_name(loss).endswith(_ONE_CLASS_OF_SEVERAL)


def target_problems(y, head, loss, task):
    """Yields what is wrong with targets for a head and its loss.

    Args:
        y: Array of shape (samples, …).
        head: The `Head` of the model.
        loss: As in `head_problems`.
        task: As in `head_problems`.
    """
    kind = _kind(head, loss, task)
    positions = head.shape[:-1]
    if kind in ("whole", "one-hot"):
        yield from _form_problems(y, head, loss, kind)
    if kind in ("whole", "one-hot", "classes"):
        count, several = max(head.units, 2), head.units > 1
        yield from class_problems(y, count, positions, columns=several)
    elif kind == "shares":
        yield from share_problems(y, head.shape)
    elif kind == "numbers":
        problems = list(number_problems(y, head.shape))
        yield from problems or _bound_problems(y, head)
    else:
        yield from unreadable(y)


def _bound_problems(y, head):
    """Yields numbers that the activation of a head cannot give."""
    low, high = _BOUNDS.get(head.activation, (-math.inf, math.inf))
    if y.size and not (y.min() >= low and y.max() <= high):
        yield (
            f"Layer '{head.layer}' ends in a {head.activation}, whose outputs are in [{low:g}, "
            f"{high:g}]. Received: targets from {y.min():.6g} to {y.max():.6g}. Take no "
            "activation, or scale the targets."
        )


def _kind(head, loss, task):
    """What a loss takes: "whole", "one-hot", "classes" for either, "shares", "numbers", or ""."""
    name = "" if loss is None else loss_name(loss)
    if "categorical" in name:
        return "whole" if "sparse" in name else "one-hot"
    if "binary" in name and "crossentropy" in name:
        return "classes" if head.units == 1 and task in CLASSES else "shares"
    if loss is None and task in CLASSES:
        return "classes"
    if loss is None:
        return "shares" if task == "multi_label" else "numbers"
    return "numbers" if name.startswith(_OF_NUMBERS) else ""


def _form_problems(y, head, loss, kind):
    """Yields one-hot labels where whole numbers are expected, and the reverse."""
    one_hot = is_one_hot(y, head.units, head.shape[:-1])
    columns = f"one-hot of {head.units} columns"
    if one_hot and kind == "whole" and y.dtype.kind in "iubf":
        yield (
            f"The loss {shown_name(loss)} takes whole numbers, and the labels are {columns}. Take "
            "categorical_crossentropy, or `y.argmax(-1)`."
        )
    if not one_hot and kind == "one-hot" and y.dtype.kind in "iubf":
        yield (
            f"The loss {shown_name(loss)} takes {columns}, and the labels have the shape "
            f"{y.shape}. Take sparse_categorical_crossentropy, or "
            f"`keras.utils.to_categorical(y, {head.units})`."
        )
