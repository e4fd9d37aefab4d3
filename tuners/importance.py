"""How much each hyperparameter mattered, by a random forest of scikit-learn.

A forest learns the scores of the trials; then the values of one parameter are shuffled among them
(Breiman 2001, section 10; `sklearn.inspection.permutation_importance`), and its importance is how
much worse the forest becomes. Of the well-kept ways this is the one that needs no further package
(fANOVA comes with Optuna), no scale of the parameters (trees only compare), and that takes missing
values: a parameter that is inactive under its condition has none, and is shuffled among the trials
in which it is active.
"""

import dataclasses

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance
from sklearn.model_selection import KFold, cross_val_predict

from recipes.errors import SearchError, check_integer, describe
from tuners.results import read_search

_FEWEST_TRIALS = 6
_FOLDS = 5
_TREES = 100
_OUTLIER = 3.0  # spreads above the median beyond which a bad score is only "bad"


@dataclasses.dataclass(frozen=True)
class Importance:
    """How much each parameter mattered among the trials of a search.

    Attributes:
        shares: Dict by name, the most important first; they add up to 1.
        spreads: Dict by name: standard deviation of each share over the repeats.
        explained: Share of the variance of the scores of trials that the forest has not seen which
            it explains (R² of a 5-fold cross-validation): 1 is all; at 0 or below the shares mean
            nothing.
        trials: Number of trials that it rests on.
    """

    shares: dict
    spreads: dict
    explained: float
    trials: int


def importance(source, *, seed=0, repeats=10):
    """Measures how much each hyperparameter mattered.

    It speaks of the trials that were made: a search that soon kept to good rates made few that
    could show what a bad one does.

    Args:
        source: As in `tuners.results.read_search`.
        seed: A whole number of at least 0, of the forest and the shuffling.
        repeats: How often each parameter is shuffled.

    Returns:
        An `Importance`.

    Raises:
        SearchError: If there are fewer than 6 trials with a score, or all have the same score or
            setting.
    """
    seed = check_integer("importance", "seed", seed, 0)
    repeats = check_integer("importance", "repeats", repeats, 2)
    search = read_search(source)
    names = _varied(search)
    X = np.array([[_code(search, t, name) for name in names] for t in search.scored])
    y = _without_outliers(np.array([search.sign * trial.score for trial in search.scored]))
    _check(search, names, y)
    forest = RandomForestRegressor(_TREES, random_state=seed).fit(X, y)
    losses = _losses(forest, X, y, repeats, seed)
    means = np.maximum(losses.mean(axis=1), 0.0)
    total = means.sum() or 1.0
    order = np.argsort(-means, kind="stable")
    return Importance(
        shares={names[place]: float(means[place] / total) for place in order},
        spreads={names[place]: float(losses[place].std() / total) for place in order},
        explained=_explained(forest, X, y, seed),
        trials=len(y),
    )


def _varied(search):
    """Returns the names of the parameters that have at least two values in the scored trials."""
    missing = object()
    return [
        name
        for name in search.parameters
        if len({trial.values.get(name, missing) for trial in search.scored}) > 1
    ]


def _code(search, trial, name):
    """Returns a value as a number: a choice by its place in the list, an inactive one as NaN."""
    value = trial.values.get(name)
    if value is None:
        return np.nan
    choices = search.parameters[name].get("values")
    if choices is None:
        return float(value)
    return float(choices.index(value)) if value in choices else np.nan


def _without_outliers(y):
    """Draws in the worst scores, so that one diverged run does not stand for all differences."""
    if not len(y):
        return y
    median, low = np.median(y), np.min(y)
    return np.minimum(y, median + _OUTLIER * (median - low)) if low < median else y


def _check(search, names, y):
    received = {"trials": len(y)}
    if len(y) < _FEWEST_TRIALS:
        rule = f"at least {_FEWEST_TRIALS} trials with a score are needed"
        raise SearchError(describe("importance", rule, "Go on with the search.", **received))
    if not names or np.ptp(y) == 0:
        rule = f"the trials must differ in their settings and in {search.objective}"
        raise SearchError(describe("importance", rule, **received))


def _losses(forest, X, y, repeats, seed):
    """Returns how much the squared error grows when a column is shuffled: (columns, repeats).

    Columns that are active in the same trials are shuffled among these, in one go.
    """
    losses = np.zeros((X.shape[1], repeats))
    active = ~np.isnan(X)
    for rows in np.unique(active, axis=1).T:
        columns = np.all(active == rows[:, np.newaxis], axis=0)
        shuffled = permutation_importance(
            forest,
            X[rows],
            y[rows],
            scoring="neg_mean_squared_error",
            n_repeats=repeats,
            random_state=seed,
        )
        losses[columns] = shuffled.importances[columns] * rows.mean()
    return losses


def _explained(forest, X, y, seed):
    """Returns R² on trials that the forest has not seen."""
    folds = KFold(_FOLDS, shuffle=True, random_state=seed)
    predicted = cross_val_predict(forest, X, y, cv=folds)
    return float(1.0 - np.sum((y - predicted) ** 2) / np.sum((y - y.mean()) ** 2))
