"""Training, validation and test split (guide row 43)."""

import dataclasses

import numpy as np

from recipes.errors import DataError, check_range, describe


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

    Args:
        x: Array of shape (samples, …).
        y: Integer array of shape (samples,).
        validation: Share of all samples that choose the settings, in (0, 1).
        test: Share of all samples that are kept for the end, in (0, 1).
        seed: A whole number of at least 0.

    Returns:
        A `Split`.

    Raises:
        DataError: If x and y differ in length, or a class has too few samples to be in each part.
        ArgumentError: If a share is out of its range.
    """
    from sklearn.model_selection import train_test_split

    validation = check_range("split_data", "validation", validation, 0, 0.9, open_low=True)
    test = check_range("split_data", "test", test, 0, 0.9, open_low=True)
    x, y = np.asarray(x), np.asarray(y)
    if len(x) != len(y):
        rule = "x and y must be of the same length"
        raise DataError(describe("split_data", rule, x=f"{len(x)} samples", y=f"{len(y)} labels"))
    try:
        rest, held = train_test_split(
            np.arange(len(y)), test_size=test, stratify=y, random_state=seed
        )
        share = validation / (1.0 - test)
        kept, chosen = train_test_split(rest, test_size=share, stratify=y[rest], random_state=seed)
    except ValueError as error:
        rule = "every class needs samples enough for the training, validation and test part"
        hint = f"It could not be split ({error})"
        received = {
            "samples": len(y),
            "rarest_class": int(np.unique(y, return_counts=True)[1].min()),
        }
        raise DataError(describe("split_data", rule, hint, **received)) from error
    return Split(*((x[part], y[part]) for part in (kept, chosen, held)))
