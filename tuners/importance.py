"""How much each hyperparameter mattered, by a random forest of scikit-learn.

A forest learns the ranks of the trials; then the values of one parameter are shuffled among them
(Breiman 2001, section 10; `sklearn.inspection.permutation_importance`), and its importance is how
much worse the forest becomes. Of the well-kept ways this one needs no further package (fANOVA comes
with Optuna) and no scales: trees only compare. Ranks, so that one diverged run does not stand for
all differences, and the answer is the same for a loss and for its logarithm. Where a parameter is
inactive under its condition, it gets a value at random of those that it has elsewhere: one that
tells nothing.
"""

import dataclasses

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance

from recipes.errors import SearchError, check_integer, describe
from tuners.results import read_search

_FEWEST_TRIALS = 6
_TREES = 100
_SCORING = "neg_mean_squared_error"


@dataclasses.dataclass(frozen=True)
class Importance:
    """How much each parameter mattered among the trials of a search.

    Attributes:
        shares: Dict by name, the most important first; they add up to 1.
        spreads: Dict by name: standard deviation of each share over the repeats.
        explained: Share that the forest explains of the variance of the ranks of trials that it
            has not seen (R² of each trial's mean over the trees that were grown without it): 1 is
            all; at 0 or below the shares mean nothing.
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
    scores = np.array([search.sign * trial.score for trial in search.scored])
    _check(search, names, scores)
    X, y = _columns(search, names, np.random.default_rng(seed)), rankdata(scores)
    forest = RandomForestRegressor(_TREES, oob_score=True, random_state=seed).fit(X, y)
    losses = permutation_importance(
        forest, X, y, scoring=_SCORING, n_repeats=repeats, random_state=seed
    ).importances
    means = np.maximum(losses.mean(axis=1), 0.0)
    total = means.sum() or 1.0
    order = np.argsort(-means, kind="stable")
    return Importance(
        shares={names[place]: float(means[place] / total) for place in order},
        spreads={names[place]: float(losses[place].std() / total) for place in order},
        explained=float(forest.oob_score_),
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


def _columns(search, names, generator):
    """Returns the settings of the scored trials as numbers, of shape (trials, parameters)."""
    X = np.array([[_code(search, trial, name) for name in names] for trial in search.scored])
    for column in X.T:
        inactive = np.isnan(column)
        column[inactive] = generator.choice(column[~inactive], size=inactive.sum())
    return X


def _code(search, trial, name):
    """Returns a value as a number: a choice by its place in the list, an inactive one as NaN."""
    value = trial.values.get(name)
    if value is None:
        return np.nan
    choices = search.parameters[name].get("values")
    if choices is None:
        return float(value)
    return float(choices.index(value)) if value in choices else np.nan


def _check(search, names, scores):
    received = {"trials": len(scores)}
    if len(scores) < _FEWEST_TRIALS:
        rule = f"at least {_FEWEST_TRIALS} trials with a score are needed"
        raise SearchError(describe("importance", rule, "Go on with the search.", **received))
    if not names or np.ptp(scores) == 0:
        rule = f"the trials must differ in their settings and in {search.objective}"
        raise SearchError(describe("importance", rule, **received))
