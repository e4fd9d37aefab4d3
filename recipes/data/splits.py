"""Training, validation and test split (guide row 43)."""

import dataclasses

import numpy as np

from recipes.errors import DataError, check_range, describe

PARTS = ("train", "validation", "test")
_CLASSES = 0.1  # classes a sample up to which whole floats are classes, and not prices or ages


@dataclasses.dataclass(frozen=True)
class Split:
    """Three parts of one data set that share no sample. Each is a pair (x, y).

    Args:
        train: What the weights learn from.
        validation: What settings are chosen by.
        test: What is looked at once, when all is chosen.
    """

    train: tuple
    validation: tuple
    test: tuple


def split_data(x, y, *, validation=0.16, test=0.2, seed=0):
    """Splits a data set so that each part has the same share of every class.

    Numbers that are no classes, several labels a sample, and masks are drawn without shares.

    Args:
        x: Array of shape (samples, …).
        y: Targets of shape (samples, …): classes as whole numbers, names or one-hot, or others.
        validation: Share of all samples that choose the settings, in (0, 0.9].
        test: Share of all samples that are kept for the end, in (0, 0.9].
        seed: A whole number of at least 0.

    Returns:
        A `Split`.

    Raises:
        DataError: If x and y differ in length, or a class has too few samples to be in each part.
        ArgumentError: If a share is out of its range.

    Example:

        split = split_data(x, y, test=0.1)
        run = fit(model, split.train, validation=split.validation)
        print(run.confusion_matrix(*split.test))
    """
    return split_given(x, y, None, validation=validation, test=test, seed=seed)


def split_given(x, y, parts, *, validation=0.16, test=0.2, seed=0):
    """Splits a data set of which some parts are given, such as a test part.

    Args:
        x: Array of shape (samples, …).
        y: As in `split_data`.
        parts: Array of shape (samples,) of "train", "validation" and "test", or None. What is
            missing is cut off the training part, with the same share of every class.
        validation: Share of all samples that choose the settings, in (0, 0.9], if it is missing.
        test: Share of all samples that are kept for the end, in (0, 0.9], if it is missing.
        seed: A whole number of at least 0.

    Returns:
        A `Split`.

    Raises:
        DataError: If the lengths differ, or a class has too few samples to be in each part.
        ArgumentError: If a share is out of its range.
    """
    validation = check_range("split_data", "validation", validation, 0, 0.9, open_low=True)
    test = check_range("split_data", "test", test, 0, 0.9, open_low=True)
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y):
        rule = "x and y must be of the same length"
        raise DataError(describe("split_data", rule, x=f"{len(x)} samples", y=f"{len(y)} labels"))
    parts = np.full(len(y), "train") if parts is None else np.asarray(parts)
    chosen = {part: np.flatnonzero(parts == part) for part in PARTS}
    left = len(chosen["train"]) / max(len(y), 1)  # share of all that is in the training part
    for part, share in (("test", test), ("validation", validation)):
        if not len(chosen[part]):
            chosen["train"], chosen[part] = _hold_out(chosen["train"], y, share / left, seed)
            left -= share
    return Split(*((x[chosen[part]], y[chosen[part]]) for part in PARTS))


def _hold_out(samples, y, share, seed):
    """Returns the samples that stay and those that are held out."""
    from sklearn.model_selection import train_test_split

    strata = y[samples] if _has_classes(y) else None
    try:
        return train_test_split(samples, test_size=share, stratify=strata, random_state=seed)
    except ValueError as error:
        rule = "every class needs samples enough for the training, validation and test part"
        reason = str(error).partition(" Classes with too few")[0]  # each of them would follow
        hint = f"It could not be split ({reason})"
        rarest = int(np.unique(y[samples], return_counts=True)[1].min()) if len(samples) else 0
        received = {"samples": len(samples), "rarest_class": rarest}
        raise DataError(describe("split_data", rule, hint, **received)) from error


def _has_classes(y):
    """Whether each sample is of one class: a whole number, a name, or one-hot."""
    if y.dtype.kind == "f" and (np.any(y != np.floor(y)) or len(np.unique(y)) > len(y) * _CLASSES):
        return False
    return y.ndim == 1 or (y.ndim == 2 and (y.shape[1] == 1 or np.all(y.sum(axis=1) == 1)))
