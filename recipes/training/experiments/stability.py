"""Is there enough data? Small changes of seed and learning rate must change little (row 3)."""

import dataclasses
import math
import statistics

import numpy as np

from recipes.errors import ArgumentError, DataError, check_integer, check_range, describe
from recipes.training.experiments.trial import (
    check_recipe,
    classes_of,
    pair_of,
    recommended_recipe,
    train_and_score,
)

_LARGEST_SPREAD = 0.02  # of an accuracy: two points
_LARGEST_SHARE = 0.2  # of a loss, where there is no accuracy
_HELD = 0.2  # share of the data that is held back where no validation data are given
_LEAST = 10  # samples that can be split so


@dataclasses.dataclass(frozen=True)
class Stability:
    """How far results lie apart that should be alike.

    Args:
        errors: Error of each training, one row a seed, one column a factor.
        seeds: The seeds.
        factors: Factors on the learning rate.
        spread: Standard deviation of all errors; of their share of the mean where they are losses.
        largest: The spread up to which the results count as stable.
        samples: Number of training samples.
    """

    errors: tuple
    seeds: tuple
    factors: tuple
    spread: float
    largest: float
    samples: int

    @property
    def stable(self):
        """Whether the results are alike."""
        return self.spread <= self.largest

    def __str__(self):
        errors = [error for row in self.errors for error in row]
        advice = (
            "small changes of seed and learning rate change little."
            if self.stable
            else "a small change gives another result: too few data. Add some, or augment them; "
            "until then compare settings by means over seeds."
        )
        return (
            f"{'Stable' if self.stable else 'Not stable'} with {self.samples:,} samples: errors "
            f"{min(errors):.3f} to {max(errors):.3f}, spread {self.spread:.3f} (at most "
            f"{self.largest:.3g}): {advice}"
        )


def stability_check(
    build, train, *, validation=None, recipe=None, seeds=(0, 1, 2), factors=(0.8, 1.25)
):
    """Trains with a few seeds and slightly other learning rates, and compares the results.

    Args:
        build: A callable without arguments that returns a built `keras.Model`. One that takes its
            weights from the global random state gets others for each seed.
        train: Pair (x, y) of arrays, or a folder of images or a `Dataset`, as in `fit`.
        validation: Data of one of these forms; None holds back a fifth of the training data,
            another one for each seed.
        recipe: A `Recipe`, None for the one that `fit` would take.
        seeds: Whole numbers of at least 0.
        factors: Factors on the recipe's learning rate, above 0.

    Returns:
        A `Stability`.

    Raises:
        DataError: If the data cannot be trained on.
        ArgumentError: If an argument breaks its rule.

    Example:

        print(stability_check(build, (x, y), validation=(x_val, y_val)))
    """
    where = "stability_check"
    recipe, train = check_recipe(where, recipe), pair_of(where, "train", train)
    seeds = tuple(check_integer(where, "seeds", seed, 0) for seed in seeds)
    factors = tuple(check_range(where, "factors", f, 0, 100, open_low=True) for f in factors)
    if len(seeds) * len(factors) < 2:
        rule = "`seeds` and `factors` must give two trainings at least"
        raise ArgumentError(describe(where, rule, seeds=seeds, factors=factors))
    if validation is not None:
        validation = pair_of(where, "validation", validation)
    recipe = recipe or recommended_recipe(build(), train)
    recipes = [recipe.replace(learning_rate=recipe.learning_rate * f) for f in factors]
    scores = [_scores(build, train, validation, recipes, seed) for seed in seeds]
    errors = tuple(tuple(score.error for score in row) for row in scores)
    return Stability(errors, seeds, factors, *_spread(scores), samples=len(train[0]))


def _scores(build, train, validation, recipes, seed):
    """Returns the scores of one seed, one a recipe."""
    if validation is None:
        train, validation = _hold_back(*train, seed)
    return [train_and_score(build, train, validation, recipe=r, seed=seed) for r in recipes]


def _hold_back(x, y, seed):
    """Returns two parts of the data, the second for validation; stratified where that can be."""
    from sklearn.model_selection import train_test_split

    if len(x) < _LEAST:
        rule = f"there must be {_LEAST} samples at least to hold back some of them"
        hint = "Give validation=(x, y)."
        raise DataError(describe("stability_check", rule, hint, samples=len(x)))
    held, labels = math.ceil(_HELD * len(x)), classes_of(y)
    if labels is not None:
        sizes = np.unique(labels, return_counts=True)[1]
        labels = labels if sizes.min() > 1 and len(sizes) <= held else None
    parts = train_test_split(np.arange(len(x)), test_size=held, stratify=labels, random_state=seed)
    return tuple((x[part], y[part]) for part in parts)


def _spread(scores):
    """Returns the spread of the errors, and the largest one that counts as stable."""
    scores = [score for row in scores for score in row]
    errors = [score.error for score in scores]
    deviation = statistics.stdev(errors)
    if scores[0].is_share:
        return deviation, _LARGEST_SPREAD
    return deviation / max(abs(statistics.mean(errors)), 1e-12), _LARGEST_SHARE
