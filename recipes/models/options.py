"""The options that all builders share, checked in one place."""

import numbers

from recipes.blocks.regularizers import least_dropout
from recipes.blocks.style import Style
from recipes.errors import ArgumentError, check_integer, check_one_of, check_range, describe

_CLASSIFIER_ACTIVATIONS = ("softmax", "sigmoid")
_NUMBER_ACTIVATIONS = ("sigmoid", "tanh")
_NUMBERS = ("regression", "image")  # tasks whose outputs are numbers, not classes


def check_options(
    where,
    num_classes,
    task,
    tasks,
    *,
    activation,
    initializer,
    norm,
    dropout,
    regularize,
    classifier_activation,
    custom,
    seed,
):
    """Checks the options that all builders take and mean the same by.

    Args:
        where: Name of the builder, for messages.
        num_classes: Number of classes or other outputs.
        task: What the outputs stand for.
        tasks: The tasks that the builder knows, each with the norm that "auto" stands for.
        activation: As in `Style`.
        initializer: As in `Style`.
        norm: As in `Style`, or "auto" for that of the task.
        dropout: Share of the features dropped before the head, in [0, 1).
        regularize: As in `Style`; from rung 2 on the dropout is 0.5 at least.
        classifier_activation: Activation of the output, or None.
        custom: As in `Style`.
        seed: As in `Style`.

    Returns:
        Pair of the `Style` of the blocks, and a dict of what a head takes by name.

    Raises:
        ArgumentError: If one of them breaks its rule.
    """
    num_classes = check_integer(where, "num_classes", num_classes, 1)
    check_one_of(where, "task", task, tuple(tasks))
    norm = tasks[task] if isinstance(norm, str) and norm == "auto" else norm
    style = Style(activation, initializer, norm, regularize, seed, custom, where=where)
    dropout = check_range(where, "dropout", dropout, 0, 0.99)
    return style, {
        "num_classes": num_classes,
        "dropout": max(dropout, least_dropout(regularize)),
        "classifier_activation": _output_activation(
            where, classifier_activation, num_classes, task
        ),
        "style": style,
    }


def check_image_shape(where, input_shape, *, open_sides=False):
    """Returns (height, width, channels).

    Args:
        where: Name of the builder.
        input_shape: What it received.
        open_sides: Whether None stands for any height or width.

    Raises:
        ArgumentError: If it is no such shape.
    """
    shape = _as_tuple(input_shape)
    if len(shape) != 3:
        rule = "`input_shape` must be (height, width, channels), without the batch"
        hint = "A grey image has one channel: (28, 28, 1)."
        if len(shape) == 1:
            hint = "A row of a table is for build_mlp, or --model mlp."
        raise ArgumentError(describe(where, rule, hint, input_shape=input_shape))
    sides = tuple(side for side in shape[:2] if not (open_sides and side is None))
    _check_lengths(where, shape, sides + shape[2:])
    return tuple(side if side is None else int(side) for side in shape)


def check_vector_shape(where, input_shape):
    """Returns the shape of one sample of any number of axes, all of known length."""
    shape = _as_tuple(input_shape)
    if not shape:
        rule = "`input_shape` must be the shape of one sample, without the batch"
        hint = "A vector of 30 features has the shape (30,)."
        raise ArgumentError(describe(where, rule, hint, input_shape=input_shape))
    _check_lengths(where, shape, shape)
    return tuple(map(int, shape))


def _output_activation(where, name, num_classes, task):
    """Returns the Keras activation of the output, or None.

    A softmax over one class would always be 1, so one class has a sigmoid. Numbers ("regression",
    "image") have no activation, unless one is asked for that numbers can have.
    """
    if task in _NUMBERS:
        known = ("softmax", None, *_NUMBER_ACTIVATIONS)  # softmax is the default of all builders
        check_one_of(where, "classifier_activation", name, known)
        return None if name == "softmax" else name
    check_one_of(where, "classifier_activation", name, (*_CLASSIFIER_ACTIVATIONS, None))
    return "sigmoid" if name and num_classes == 1 else name


def scaled(count, width):
    """Returns a number of channels or units times the width, at least 1."""
    return max(1, round(count * width))


def check_scaled(where, name, count, width):
    """Returns a number of channels or units times the width, both checked."""
    return scaled(check_integer(where, name, count, 1), check_width(where, width))


def check_width(where, width):
    """Returns the factor on all channels or units."""
    return check_range(where, "width", width, 0, 16, open_low=True)


def _check_lengths(where, shape, known):
    """Refuses lengths that are no whole numbers of at least 1; the message shows all of them."""
    for side in known:
        if isinstance(side, bool) or not isinstance(side, numbers.Integral) or side < 1:
            rule = "`input_shape` must be made of whole numbers of at least 1"
            hint = "" if side is not None else "build_fcn and build_unet take sides of any length."
            raise ArgumentError(describe(where, rule, hint, input_shape=shape))


def _as_tuple(shape):
    try:
        return () if isinstance(shape, str) else tuple(shape)
    except TypeError:
        return ()
