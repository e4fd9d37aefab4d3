"""The importance of parameters, on functions of which it is known."""

import math

import keras_tuner as kt
import numpy as np
import pytest
from scipy.stats import rankdata
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance
from studies import oracle_in, search

from recipes.errors import ArgumentError, SearchError
from tuners.importance import importance


def square(*names):
    hp = kt.HyperParameters()
    for name in names:
        hp.Float(name, 0.0, 1.0)
    return hp


def mostly_x(values):
    return math.sin(5 * values["x"]) + 0.2 * values["y"]


@pytest.mark.parametrize("seed", range(3))
def test_with_nine_trials_the_parameter_that_matters_is_found(seed, tmp_path):
    oracle = search(oracle_in(tmp_path, square("x", "y"), seed=seed), mostly_x, 9)
    found = importance(oracle)
    assert list(found.shares) == ["x", "y"]
    assert found.shares["x"] > 0.8
    assert sum(found.shares.values()) == pytest.approx(1.0)
    assert found.trials == 9


def test_the_shares_are_those_that_scikit_learn_gives(tmp_path):
    oracle = search(oracle_in(tmp_path, square("x", "y")), mostly_x, 20)
    trials = list(oracle.trials.values())
    X = np.array([[t.hyperparameters.values[name] for name in ("x", "y")] for t in trials])
    y = rankdata([trial.score for trial in trials])
    forest = RandomForestRegressor(100, random_state=3).fit(X, y)
    options = {"scoring": "neg_mean_squared_error", "n_repeats": 10, "random_state": 3}
    expected = permutation_importance(forest, X, y, **options).importances_mean
    found = importance(oracle, seed=3)
    assert list(found.shares.values()) == pytest.approx(list(expected / expected.sum()))


def test_a_parameter_without_effect_has_next_to_no_share(tmp_path):
    oracle = oracle_in(tmp_path, square("x", "y", "useless"))
    found = importance(search(oracle, lambda v: v["x"] + v["y"], 30))
    assert found.shares["useless"] < 0.05
    assert found.explained > 0.5


def test_a_loss_and_its_logarithm_say_the_same(tmp_path):
    plain = search(oracle_in(tmp_path / "a", square("x", "y")), lambda v: 2 + mostly_x(v), 12)
    logarithm = oracle_in(tmp_path / "b", square("x", "y"))
    search(logarithm, lambda values: math.log(2 + mostly_x(values)), 12)
    assert importance(plain) == importance(logarithm)


def test_what_large_scores_say_is_what_small_ones_say_with_the_other_sign(tmp_path):
    small = search(oracle_in(tmp_path / "a", square("x", "y")), mostly_x, 12)
    large = oracle_in(tmp_path / "b", square("x", "y"), direction="max")
    search(large, lambda values: -mostly_x(values), 12)
    assert importance(small).shares == pytest.approx(importance(large).shares)


def test_two_calls_are_equal_and_0_is_a_seed(tmp_path):
    oracle = search(oracle_in(tmp_path, square("x", "y")), mostly_x, 9)
    first = importance(oracle, seed=0)
    assert first == importance(oracle)
    assert first != importance(oracle, seed=1)


def test_a_choice_and_a_parameter_under_its_condition_are_told_apart(tmp_path):
    hp = square("useless")
    hp.Choice("kind", ["a", "b", "c"])
    with hp.conditional_scope("kind", ["b"]):
        hp.Float("inner", 0.0, 1.0)
    oracle = search(oracle_in(tmp_path, hp), _by_kind, 40)
    shares = importance(oracle).shares
    assert shares["kind"] > 0.7
    assert list(shares) == ["kind", "inner", "useless"]


def _by_kind(values):
    """The kind moves the score by 3; within "b" the inner parameter moves it by up to 1."""
    return {"a": 0.0, "b": 3.0, "c": 0.0}[values["kind"]] + values.get("inner", 0.0)


def test_one_diverged_run_does_not_stand_for_all_differences(tmp_path):
    def diverging(values):
        return 1e12 if values["y"] > 0.95 else mostly_x(values)

    oracle = search(oracle_in(tmp_path, square("x", "y")), diverging, 30)
    assert importance(oracle).shares["x"] > 0.5


def test_noise_is_said_to_explain_nothing(tmp_path):
    generator = np.random.default_rng(0)
    oracle = search(oracle_in(tmp_path, square("x", "y")), lambda _: generator.normal(), 30)
    assert importance(oracle).explained < 0.1


@pytest.mark.parametrize(
    ("objective", "trials", "message"),
    [
        (
            mostly_x,
            5,
            "importance: at least 6 trials with a score are needed. Received: trials=5. Go on with "
            "the search.",
        ),
        (
            lambda values: 1.0,
            9,
            "importance: the trials must differ in their settings and in score. Received: "
            "trials=9.",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_sentence(objective, trials, message, tmp_path):
    oracle = search(oracle_in(tmp_path, square("x", "y")), objective, trials)
    with pytest.raises(SearchError) as caught:
        importance(oracle)
    assert str(caught.value) == message


def test_a_seed_must_be_a_whole_number(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        importance(tmp_path, seed=-1)
    assert str(caught.value) == (
        "importance: `seed` must be a whole number of at least 0. Received: seed=-1."
    )
