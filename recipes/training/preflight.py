"""All that can be seen wrong with the data before the first step, reported at once (row 4)."""

import numpy as np

from recipes.errors import DataError


def check_data(x, y, *, num_classes, input_shape=None, where="fit", name="training"):
    """Refuses data that cannot be trained on, with every reason in one message.

    Args:
        x: Array of shape (samples, …).
        y: Integer labels of shape (samples,) or (samples, 1), or one-hot of shape
            (samples, num_classes).
        num_classes: Number of outputs of the model.
        input_shape: Shape of one sample that the model takes, None where any length will do; None
            for a model that takes any shape.
        where: Name of the function that asks, for the message.
        name: What the data are called in the message.

    Raises:
        DataError: Names every problem that was found.
    """
    x, y = np.asarray(x), np.asarray(y)
    problems = [*_problems_of_x(x, input_shape), *_problems_of_y(x, y, max(num_classes, 2))]
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DataError(f"{where}: the {name} data have {count}:\n{lines}")


def _problems_of_x(x, input_shape):
    if not len(np.atleast_1d(x)):
        yield f"There is no sample in x. Received: x of shape {x.shape}."
        return
    if input_shape is not None and not _fits(x.shape[1:], input_shape):
        yield f"The model takes samples of shape {input_shape}. Received: {x.shape[1:]}."
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        broken = np.unique(np.argwhere(~np.isfinite(x))[:, 0])
        yield f"{len(broken)} samples of x hold NaN or infinity, the first is number {broken[0]}."


def _problems_of_y(x, y, num_classes):
    if len(np.atleast_1d(x)) != len(np.atleast_1d(y)):
        yield f"x and y must be of the same length. Received: {len(x)} samples, {len(y)} labels."
    if y.ndim == 2 and y.shape[1] == num_classes and y.shape[1] > 1:
        return  # one-hot
    if y.dtype.kind not in "iub" or y.shape[1:] not in ((), (1,)):
        yield (
            f"Labels must be whole numbers of shape (samples,), or one-hot of {num_classes} "
            f"columns. Received: {y.dtype} of shape {y.shape}."
        )
    elif y.size and not (y.min() >= 0 and y.max() < num_classes):
        yield (
            f"Labels must be in [0, {num_classes}), one for each class of the model. Received: "
            f"labels from {y.min()} to {y.max()}."
        )


def _fits(shape, expected):
    return len(shape) == len(expected) and all(
        want in (None, got) for got, want in zip(shape, expected, strict=True)
    )
