"""What a Bayesian search believes, and how far it can be relied on (rows 80, 91)."""

import hashlib
import itertools
import statistics

import keras_tuner as kt
import numpy as np
import pytest
from studies import oracle_in, search

from tuners.gp.regression import ON_NOISE
from tuners.oracles import BayesianOptimizationOracle, RandomSearchOracle
from tuners.oracles.random import space_filling_setting
from tuners.reports.terminal import surrogate_line
from tuners.space import Space, setting_key
from tuners.surrogate import Surrogate


def line(default=None):
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0, default=default)
    return hp


def plane():
    hp = line()
    hp.Float("y", 0.0, 1.0)
    return hp


def bowl(values):
    return sum((value - 0.4) ** 2 for value in values.values())


def places(*values):
    return [{"x": value} for value in values]


# --- the unit of the costs ------------------------------------------------------------------------


def test_predictions_are_in_the_unit_of_the_costs():
    known = places(0.0, 0.25, 0.5, 0.75, 1.0)
    costs = np.array([1000.0 + 50 * values["x"] for values in known])
    surrogate = Surrogate(Space(line()), known, costs, noise=0.0)
    median, low, high = surrogate.predict(places(0.25, 0.6), 2.0)
    assert median == pytest.approx([1012.5, 1030.0], abs=0.5)
    assert np.all((median - 2.0 < low) & (low <= median) & (median <= high) & (high < median + 2.0))
    assert surrogate.costs.tolist() == surrogate.believed.tolist() == costs.tolist()


def test_the_band_of_costs_that_grow_by_factors_is_wider_above_and_holds_them():
    known = places(*np.linspace(0.0, 1.0, 12))
    costs = np.array([np.exp(3.0 * values["x"]) for values in known])
    surrogate = Surrogate(Space(line()), known, costs)
    between = places(*np.linspace(0.05, 0.85, 9))
    median, low, high = surrogate.predict(between, 3.0)
    assert np.all(high - median > median - low)
    expected = np.exp([3.0 * values["x"] for values in between])
    assert np.all((low < expected) & (expected < high))


def test_without_noise_nothing_is_uncertain_at_the_trials(tmp_path):
    """The guide's own, by `noise=0` (row 80)."""
    options = {"kind": BayesianOptimizationOracle, "num_initial_points": 3}
    for noise, is_certain in ((0.0, True), (0.1, False)):
        oracle = oracle_in(tmp_path / str(noise), line(), noise=noise, **options)
        search(oracle, bowl, 6)
        surrogate = oracle.surrogate(oracle.known_space(), 6)
        _, low, high = surrogate.predict(surrogate.known, 1.0)
        assert np.all(high - low < 2e-4) == is_certain


# --- what is suggested ----------------------------------------------------------------------------


def test_a_pending_trial_moves_the_next_suggestion_away():
    known, costs = places(0.0, 0.3, 0.7, 1.0), np.array([1.0, 0.3, 0.5, 1.2])
    tried = set(map(setting_key, known))
    first = Surrogate(Space(line()), known, costs).best_untried(tried)
    both = Surrogate(Space(line()), known, costs, pending=[first])
    second = both.best_untried({*tried, setting_key(first)})
    assert abs(second["x"] - first["x"]) > 0.02
    alone = Surrogate(Space(line()), known, costs)
    assert both.acquisition_of([first]) < alone.acquisition_of([first])


def few():
    """Fifteen settings."""
    hp = kt.HyperParameters()
    hp.Int("a", 0, 4)
    hp.Choice("b", ["p", "q", "r"])
    return hp


@pytest.mark.parametrize("seed", range(5))
def test_of_few_settings_the_best_untried_one_is_suggested(seed):
    space, generator = Space(few()), np.random.default_rng(seed)
    settings = space.all_settings()
    chosen = generator.permutation(len(settings))[:6]
    known = [settings[place] for place in chosen]
    surrogate = Surrogate(space, known, generator.normal(size=6), seed=seed)
    tried = set(map(setting_key, known))
    while len(tried) < len(settings):
        left = [setting for setting in settings if setting_key(setting) not in tried]
        best = left[int(np.argmax(surrogate.acquisition_of(left)))]
        suggested = surrogate.best_untried(tried)
        assert setting_key(suggested) not in tried
        assert surrogate.acquisition_of([suggested]) == pytest.approx(
            surrogate.acquisition_of([best])
        )
        tried.add(setting_key(suggested))
    assert surrogate.best_untried(tried) is None


def test_the_curves_of_stopped_trials_teach():
    known = places(0.05, 0.3, 0.7, 0.95)
    whole = 2.0 / np.arange(1.0, 9.0) + 1.0
    curves = [whole, np.array([4.0, 3.0]), np.array([2.0, 1.0]), whole]
    costs = np.array([curve.min() for curve in curves])
    surrogate = Surrogate(Space(line()), known, costs, curves=curves)
    bad, good = surrogate.predict(places(0.3, 0.7), 1.0)[0]
    assert bad > good


# --- defaults that are believed -------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RandomSearchOracle, BayesianOptimizationOracle])
def test_the_first_trial_is_the_defaults_unless_no_prior_is_wanted(kind, tmp_path):
    for prior, is_first in (("defaults", True), (None, False)):
        oracle = oracle_in(tmp_path / str(prior), line(0.8), kind=kind, prior=prior)
        first = oracle.create_trial("tuner0").hyperparameters.values
        assert (first == {"x": 0.8}) == is_first


def test_random_trials_are_near_the_defaults_at_first_and_less_with_each_trial():
    def distance(space, first):
        """Returns how far from the default eight trials are, the mean over 40 seeds."""
        drawn = itertools.product(range(first, first + 8), range(40))
        settings = [space_filling_setting(space, number, set(), seed) for number, seed in drawn]
        return np.mean([abs(values["x"] - 0.8) for values in settings])

    believing, free = Space(line(0.8)), Space(line(0.8), marked=None)
    near, middle, far = (distance(believing, first) for first in (1, 15, 200))
    assert near < middle < far
    # Of numbers anywhere: (0.8² + 0.2²) / 2.
    assert distance(free, 1) == pytest.approx(0.34, abs=0.03)
    assert near < 0.8 * 0.34


def tried_by(oracle):
    """Returns the values of x in the order of the trials."""
    return [oracle.trials[name].hyperparameters.get("x") for name in oracle.start_order]


def distances(prior, count, folder):
    """Returns how far from the default a Bayesian search tries a formula that says nothing.

    Returns:
        Array of shape (count,): of each trial, the mean over ten searches.
    """
    options = {"kind": BayesianOptimizationOracle, "num_initial_points": 2, "prior": prior}
    tried = []
    for seed in range(10):
        oracle = oracle_in(folder / f"{prior}{seed}", line(0.8), seed=seed, **options)
        tried.append(tried_by(search(oracle, lambda values: 1.0, count)))
    return np.mean(np.abs(np.array(tried) - 0.8), axis=0)


def test_a_bayesian_search_leans_on_the_defaults_at_first_and_less_with_each_trial(tmp_path):
    believed, free = (distances(prior, 16, tmp_path) for prior in ("defaults", None))
    near, far = np.mean(believed[2:8]), np.mean(believed[8:])
    assert near < 0.2
    assert np.mean(free[2:8]) > 0.34  # of numbers anywhere, as above
    assert far > near + 0.05


def test_a_bayesian_search_fills_the_space_evenly_after_the_defaults(tmp_path):
    believing, free = (
        oracle_in(tmp_path / str(prior), line(0.8), kind=BayesianOptimizationOracle, prior=prior)
        for prior in ("defaults", None)
    )
    first, *rest = tried_by(search(believing, bowl, 5))
    assert first == 0.8
    assert rest == tried_by(search(free, bowl, 5))[1:]


# --- how far it can be relied on (row 91) ---------------------------------------------------------


def noise(values):
    """A number that has nothing to do with the setting but that it is always the same."""
    digest = hashlib.sha256(setting_key(values).encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


@pytest.fixture(scope="module")
def on_noise(tmp_path_factory):
    """Twelve searches of thirty trials on noise: oracles by seed."""
    folder, kind = tmp_path_factory.mktemp("noise"), BayesianOptimizationOracle
    return [
        search(oracle_in(folder / str(seed), plane(), kind=kind, seed=seed), noise, 30)
        for seed in range(12)
    ]


def test_the_eighth_trial_is_near_the_middle_where_no_default_is_believed(tmp_path):
    for name, default in (("none", None), ("own", 0.9)):
        hp = kt.HyperParameters()
        for each in "xyz":
            hp.Float(each, 0.0, 1.0, default=default)
        oracle = oracle_in(tmp_path / name, hp, kind=BayesianOptimizationOracle, seed=3)
        search(oracle, lambda values: values["x"], 8)
        values = oracle.trials[oracle.start_order[7]].hyperparameters.values
        is_near = all(0.45 <= values[each] <= 0.55 for each in "xyz")
        assert is_near == (default is None)


def test_on_a_bowl_the_surrogate_is_far_better_than_the_mean(tmp_path):
    oracle = oracle_in(tmp_path, plane(), kind=BayesianOptimizationOracle)
    assert search(oracle, bowl, 4).surrogate_error() is None  # it was not asked yet
    error = search(oracle, bowl, 11).surrogate_error()
    assert error < 0.6
    assert surrogate_line(error).startswith("Surrogate: its error")


def test_on_noise_the_surrogate_is_no_better_than_the_mean_and_a_warning_says_so(on_noise):
    errors = [oracle.surrogate_error() for oracle in on_noise]
    assert 0.9 < statistics.median(errors) < 1.1
    warned = [surrogate_line(error).startswith("Warning: the surrogate") for error in errors]
    assert sum(warned) >= 9


def test_on_noise_the_search_is_not_worse_than_random_search(on_noise, tmp_path):
    found = [oracle.get_best_trials()[0].score for oracle in on_noise]
    random = [
        search(oracle_in(tmp_path / str(seed), plane(), seed=seed), noise, 30) for seed in range(12)
    ]
    by_chance = [oracle.get_best_trials()[0].score for oracle in random]
    # The least of 30 numbers in [0, 1): mean 1 / 31, and about as much its standard deviation.
    assert np.mean(found) - np.mean(by_chance) < 2 * (2 / 12) ** 0.5 / 31


def test_on_noise_every_fourth_trial_fills_the_space(tmp_path):
    oracle = oracle_in(tmp_path, plane(), kind=BayesianOptimizationOracle, seed=1)
    space, filling, errors = oracle.known_space(), [], []
    for number in range(21):
        errors.append(oracle.surrogate_error())
        search(oracle, noise, 1)
        values = oracle.trials[oracle.start_order[-1]].hyperparameters.values
        if number >= 5 and values == space_filling_setting(space, number, set(), oracle.seed):
            filling.append(number)
    assert errors[:5] == [None] * 5
    expected = [number for number in (12, 16, 20) if errors[number] >= ON_NOISE]
    assert expected
    assert filling == expected
