"""What is wrong with targets, by what a loss takes."""

import numpy as np

_FEW_NAMES = 3


def class_problems(y, num_classes, positions=(), *, columns=True):
    """Yields what is wrong with the labels of classes.

    Args:
        y: Array of shape (samples, *positions), (samples, *positions, 1), or one-hot of shape
            (samples, *positions, num_classes).
        num_classes: Number of classes.
        positions: Shape of one sample's labels: (height, width) for masks.
        columns: Whether one-hot labels are fine.
    """
    problems = list(unreadable(y))
    if problems:
        yield from problems
    elif columns and is_one_hot(y, num_classes, positions):
        yield from _one_hot_problems(y)
    elif not _is_whole(y) or not fits(y.shape[1:], positions, column=True):
        one_hot = f", or one-hot of {num_classes} columns" if columns else ""
        yield (
            f"Labels must be whole numbers of shape {_shape(positions)}{one_hot}. Received: "
            f"{y.dtype} of shape {y.shape}."
        )
    elif y.size and not (y.min() >= 0 and y.max() < num_classes):
        yield (
            f"Labels must be in [0, {num_classes}), one for each class of the model. Received: "
            f"labels from {y.min()} to {y.max()}.{_how_to_number(y, num_classes)}"
        )


def share_problems(y, shape):
    """Yields what is wrong with targets from 0 to 1, one for each output.

    Args:
        y: Array of shape (samples, *shape).
        shape: Shape of one output of the model.
    """
    problems = list(unreadable(y))
    if problems:
        yield from problems
    elif not fits(y.shape[1:], shape):
        yield (
            f"Labels must have the shape {_shape(shape)}, a 0 or 1 for each output of the model. "
            f"Received: shape {y.shape}."
        )
    elif y.size and not (y.min() >= 0 and y.max() <= 1):
        yield f"Labels must be from 0 to 1. Received: labels from {y.min()} to {y.max()}."


def number_problems(y, shape):
    """Yields what is wrong with targets that are numbers of any size.

    Args:
        y: Array of shape (samples, *shape), or without a last axis of length 1.
        shape: Shape of one output of the model.
    """
    problems = list(unreadable(y))
    shorter = shape[:-1] if shape[-1] == 1 else shape
    if problems:
        yield from problems
    elif not (fits(y.shape[1:], shape) or fits(y.shape[1:], shorter)):
        yield f"Targets must have the shape {_shape(shape)}. Received: shape {y.shape}."


def is_one_hot(y, num_classes, positions=()):
    """Whether labels have a column for each class."""
    return num_classes > 1 and fits(y.shape[1:], (*positions, num_classes))


def fits(shape, expected, *, column=False):
    """Whether a shape is the expected one, where None stands for any length.

    Args:
        shape: A tuple.
        expected: A tuple.
        column: Whether one more axis of length 1 is fine.
    """
    if column and len(shape) == len(expected) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    return len(shape) == len(expected) and all(
        want in (None, got) for got, want in zip(shape, expected, strict=True)
    )


def unreadable(y):
    """Yields what makes targets no numbers, or numbers of no use.

    Args:
        y: Array of shape (samples, …).
    """
    if y.dtype.kind in "OSU":
        yield _texts(y)
    elif y.dtype.kind not in "iubf":
        yield f"Labels must be numbers. Received: {y.dtype} of shape {y.shape}."
    elif y.dtype.kind == "f" and not np.isfinite(y).all():
        broken = np.unique(np.argwhere(~np.isfinite(y))[:, 0])
        some = "1 label holds" if len(broken) == 1 else f"{len(broken):,} labels hold"
        yield f"{some} NaN or infinity, the first is number {broken[0]}."


def _texts(y):
    names = sorted({str(name) for name in y.ravel()[:1000]})
    more = f", … ({len(names)} in all)" if len(names) > _FEW_NAMES else ""
    return (
        f"Labels must be numbers, not texts. Received: "
        f"{', '.join(map(repr, names[:_FEW_NAMES]))}{more}. Number them: "
        "`names, y = numpy.unique(y, return_inverse=True)`."
    )


def _is_whole(y):
    return y.dtype.kind in "iub" or bool(np.all(y == np.floor(y)))


def _one_hot_problems(y):
    if not y.size:
        return
    if y.min() < 0:
        yield f"One-hot labels must not be negative. Received: labels from {y.min()}."
    off = ~np.isclose(y.sum(-1), 1.0, atol=1e-3)
    if off.any():
        first = np.argwhere(off)[0, 0]
        yield (
            f"Each row of one-hot labels must sum up to 1. Received: {off.sum()} rows that do not, "
            f"the first is number {first}. For several labels at once take a sigmoid head."
        )


def _how_to_number(y, num_classes):
    """What to do about labels out of range, where it can be told."""
    found = np.unique(y)
    if len(found) > num_classes:
        return ""
    if found.min() == 1 and found.max() == num_classes:
        return " They count from 1: take `y - 1`."
    return " Number them anew: `names, y = numpy.unique(y, return_inverse=True)`."


def _shape(positions):
    return f"(samples, {', '.join(map(str, positions))})" if positions else "(samples,)"
