"""Folds of a data set by scikit-learn, each class with its share in every one (guide row 66)."""

import dataclasses
import warnings

import numpy as np

from recipes.errors import DataError, check_integer, describe
from recipes.training.experiments.trial import classes_of


@dataclasses.dataclass(frozen=True)
class Fold:
    """What one model trains on and what validates it: no sample is in both.

    Args:
        train: Places of the training samples, an array.
        validation: Places of the others, an array.
    """

    train: np.ndarray
    validation: np.ndarray


def make_folds(y, *, folds=5, seed=0):
    """Returns folds in which every sample validates once.

    Args:
        y: Targets of shape (samples, …). Classes, as whole numbers or one-hot, are stratified;
            numbers are drawn.
        folds: How many there are, 2 at least.
        seed: A whole number of at least 0.

    Returns:
        Tuple of `Fold`s.

    Raises:
        DataError: If there are too few samples, of a class too.
        ArgumentError: If an argument breaks its rule.

    Example:

        for fold in make_folds(y, folds=5):
            fit(build, (x[fold.train], y[fold.train]))
    """
    from sklearn.model_selection import KFold, StratifiedKFold

    folds = check_integer("make_folds", "folds", folds, 2)
    seed = check_integer("make_folds", "seed", seed, 0)
    y = np.asarray(y)
    labels = classes_of(y)
    kind = KFold if labels is None else StratifiedKFold
    splitter = kind(folds, shuffle=True, random_state=seed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # a class that some folds have not
            parts = list(splitter.split(np.zeros(len(y)), labels))
    except (ValueError, UserWarning) as error:
        rule = "there must be as many samples as folds, of each class too"
        raise DataError(describe("make_folds", rule, folds=folds, samples=len(y))) from error
    return tuple(Fold(*part) for part in parts)
