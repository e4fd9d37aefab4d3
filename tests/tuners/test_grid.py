"""Grid search: trials × cost said first, true end points, each setting once (guide row 76)."""

import contextlib
import itertools

import keras_tuner as kt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.errors import ArgumentError
from tuners.grids import Grid
from tuners.oracles import GridSearchOracle
from tuners.space import Space, setting_key

quick = settings(max_examples=50, deadline=None, derandomize=True)


def start(folder, space=None, **options):
    oracle = GridSearchOracle(kt.Objective("score", "min"), hyperparameters=space, **options)
    oracle.verbose = 0
    oracle._set_project_dir(folder, "search")
    oracle.reload()
    return oracle


def finish(oracle, trial, score=1.0):
    oracle.update_trial(trial.trial_id, {"score": score})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)


def run(oracle, trials=10_000):
    found = []
    for _ in range(trials):
        trial = oracle.create_trial("tuner0")
        if trial.status == "STOPPED":
            break
        found.append(dict(trial.hyperparameters.values))
        finish(oracle, trial)
    return found


def picture():
    """The guide's picture: dropout across, learning rate up."""
    hp = kt.HyperParameters()
    hp.Choice("dropout", [0.4, 0.5, 0.6, 0.7])
    hp.Float("rate", 1e-4, 1e-2, sampling="log")
    return hp


TWELVE = [
    {"dropout": dropout, "rate": rate}
    for dropout in (0.4, 0.5, 0.6, 0.7)
    for rate in (1e-4, 1e-3, 1e-2)
]


def tree():
    """Six settings: linear; deep 1; deep 2 and 3 with and without dropout."""
    hp = kt.HyperParameters()
    hp.Choice("model", ["linear", "deep"])
    with hp.conditional_scope("model", ["deep"]):
        hp.Int("depth", 1, 3)
        with hp.conditional_scope("depth", [2, 3]):
            hp.Boolean("dropout")
    return hp


def test_four_dropouts_and_three_rates_are_twelve_trials_the_last_one_the_fastest(tmp_path):
    assert run(start(tmp_path, picture(), points=3)) == TWELVE


@pytest.mark.parametrize(
    ("declare", "expected"),
    [
        # KerasTuner's grid over a float without steps never has the maximum.
        (lambda hp: hp.Float("x", 0.0, 1.0), [0.0, 0.25, 0.5, 0.75, 1.0]),
        (lambda hp: hp.Float("x", 1e-4, 1.0, sampling="log"), [1e-4, 1e-3, 1e-2, 0.1, 1.0]),
        # 101 − 1 · 100^(1 − s): the scale of the log, from the other end.
        (
            lambda hp: hp.Float("x", 1.0, 100.0, sampling="reverse_log"),
            [1.0, 101 - 100**0.75, 91.0, 101 - 100**0.25, 100.0],
        ),
        # In KerasTuner this never gives 0.5.
        (lambda hp: hp.Float("x", 0, 0.5, step=0.1), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (lambda hp: hp.Int("x", 1, 10_000, sampling="log"), [1, 10, 100, 1000, 10_000]),
        (lambda hp: hp.Int("x", 1, 4, sampling="log"), [1, 2, 3, 4]),
        (lambda hp: hp.Int("x", 8, 64, step=2, sampling="log"), [8, 16, 32, 64]),
        (lambda hp: hp.Int("x", 3, 9), [3, 4, 5, 6, 7, 8, 9]),
        (lambda hp: hp.Boolean("x"), [False, True]),
        (lambda hp: hp.Choice("x", ["b", "a"]), ["b", "a"]),
    ],
)
def test_the_values_of_each_kind_reach_from_end_to_end(declare, expected, tmp_path):
    hp = kt.HyperParameters()
    declare(hp)
    found = [values["x"] for values in run(start(tmp_path, hp, points=5))]
    exact = type(expected[0]) is not float
    assert found == (expected if exact else pytest.approx(expected, rel=1e-11))
    assert [type(value) for value in found] == [type(value) for value in expected]


def test_what_a_condition_excludes_multiplies_nothing(tmp_path):
    assert run(start(tmp_path, tree())) == [
        {"model": "linear"},
        {"model": "deep", "depth": 1},
        {"model": "deep", "depth": 2, "dropout": False},
        {"model": "deep", "depth": 2, "dropout": True},
        {"model": "deep", "depth": 3, "dropout": False},
        {"model": "deep", "depth": 3, "dropout": True},
    ]
    assert start(tmp_path / "new", tree()).size == 6


def test_a_condition_on_a_fixed_value_is_known_to_hold(tmp_path):
    hp = kt.HyperParameters()
    hp.Fixed("optimizer", "sgd")
    with hp.conditional_scope("optimizer", ["sgd"]):
        hp.Boolean("nesterov")
    with hp.conditional_scope("optimizer", ["adam"]):
        hp.Boolean("amsgrad")
    assert run(start(tmp_path, hp)) == [
        {"optimizer": "sgd", "nesterov": False},
        {"optimizer": "sgd", "nesterov": True},
    ]


@quick
@given(
    lengths=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    asked=st.lists(st.integers(0, 3), min_size=4, max_size=4),
)
def test_settings_by_their_place_are_those_of_nested_loops(lengths, asked):
    hp, names = kt.HyperParameters(), "abcd"
    with contextlib.ExitStack() as scopes:
        for index, length in enumerate(lengths):  # each under a value of the one before
            hp.Int(names[index], 0, length - 1)
            scopes.enter_context(hp.conditional_scope(names[index], asked[index : index + 1]))

    def loops(index, setting):
        if index == len(lengths):
            return [setting]
        if index and setting.get(names[index - 1]) != asked[index - 1]:
            return loops(index + 1, setting)
        each = [loops(index + 1, {**setting, names[index]: v}) for v in range(lengths[index])]
        return list(itertools.chain(*each))

    grid = Grid(Space(hp), points=10)
    assert [grid.setting(place) for place in range(grid.size)] == loops(0, {})


def test_a_huge_grid_is_counted_and_not_listed(tmp_path):
    hp = kt.HyperParameters()
    for name in "abcdefghij":
        hp.Int(name, 1, 10_000)
    hp.Int("k", 1, 10**9)
    oracle = start(tmp_path, hp)
    assert oracle.size == 10**49
    assert [values["k"] for values in run(oracle, trials=3)] == [1, 2, 3]
    grid = Grid(Space(hp), points=10)
    assert set(grid.setting(10**49 - 1).values()) == {10_000, 10**9}


# --- the order, shared and resumed ----------------------------------------------------------------


def test_defaults_on_the_grid_come_first_and_once(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("dropout", [0.4, 0.5, 0.6, 0.7], default=0.5)
    hp.Float("rate", 1e-4, 1e-2, sampling="log", default=1e-3)
    oracle = start(tmp_path, hp, points=3)
    assert oracle.size == 12
    first = {"dropout": 0.5, "rate": 1e-3}
    assert run(oracle) == [first, *[setting for setting in TWELVE if setting != first]]


def test_defaults_beside_the_grid_are_one_trial_more(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0, default=0.3)
    oracle = start(tmp_path, hp, points=3)
    assert oracle.size == 4
    assert [values["x"] for values in run(oracle)] == [0.3, 0.0, 0.5, 1.0]
    assert oracle.cost() == "GridSearch: 3 settings and the defaults: 0 trials are left."


def test_two_workers_share_the_grid_and_try_each_point_once(tmp_path):
    oracle, tried = start(tmp_path, picture(), points=3), {"left": [], "right": []}
    while True:
        pending = {name: oracle.create_trial(name) for name in tried}
        if any(trial.status == "STOPPED" for trial in pending.values()):
            break
        for name, trial in pending.items():
            tried[name].append(dict(trial.hyperparameters.values))
            finish(oracle, trial)
    assert len(tried["left"]) == len(tried["right"]) == 6
    both = tried["left"] + tried["right"]
    assert sorted(map(setting_key, both)) == sorted(map(setting_key, TWELVE))


def test_a_new_process_for_each_trial_goes_through_the_same_grid(tmp_path):
    found = []
    for _ in range(12):
        found += run(start(tmp_path, picture(), points=3), trials=1)
    assert found == TWELVE
    assert run(start(tmp_path, picture(), points=3)) == []


def test_a_parameter_that_appears_is_added_to_the_grid_and_repeats_nothing(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("a", ["p", "q"])
    oracle, found = start(tmp_path, hp), []
    while (trial := oracle.create_trial("tuner0")).status != "STOPPED":
        trial.hyperparameters.Boolean("b")  # found while the first model is built
        found.append(dict(trial.hyperparameters.values))
        finish(oracle, trial)
    assert found == [
        {"a": "p", "b": False},
        {"a": "p", "b": True},
        {"a": "q", "b": False},
        {"a": "q", "b": True},
    ]


# --- what it costs --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "asked", "sentence"),
    [
        (
            {},
            (10,),
            "GridSearch: 4 × 3 = 12 settings: 12 trials of 10 epochs, 120 epochs in all.",
        ),
        ({}, (), "GridSearch: 4 × 3 = 12 settings: 12 trials."),
        (
            {"max_trials": 5},
            (10, 2),
            "GridSearch: 4 × 3 = 12 settings, of which max_trials=5 allows 5: 5 trials of 2 "
            "trainings, each of 10 epochs, 100 epochs in all.",
        ),
    ],
)
def test_trials_and_cost_are_one_sentence(options, asked, sentence, tmp_path):
    assert start(tmp_path, picture(), points=3, **options).cost(*asked) == sentence


def test_the_cost_of_a_tree_is_no_product(tmp_path):
    assert start(tmp_path, tree()).cost(5) == (
        "GridSearch: 6 settings: 6 trials of 5 epochs, 30 epochs in all."
    )


def test_what_has_ended_costs_nothing_more(tmp_path):
    oracle = start(tmp_path, picture(), points=3)
    run(oracle, trials=4)
    assert oracle.cost(10) == (
        "GridSearch: 4 × 3 = 12 settings: 8 trials are left of 10 epochs, 80 epochs in all."
    )


class Rated(kt.HyperModel):
    """Trains nothing: a model is not what this file is about."""

    def build(self, hp):
        import keras

        hp.Boolean("bias")
        hp.Choice("units", [1, 2, 3])
        return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    def fit(self, hp, model, **kwargs):
        return {"loss": float(hp.get("units"))}


def test_the_tuner_says_the_cost_before_it_starts(tmp_path, capsys):
    from tuners import GridSearch

    tuner = GridSearch(Rated(), kt.Objective("loss", "min"), directory=tmp_path)
    tuner.search(epochs=7)
    said = capsys.readouterr().out
    cost = "GridSearch: 2 × 3 = 6 settings: 6 trials of 7 epochs, 42 epochs in all.\n"
    assert said.index(cost) < said.index("Running Trial #1")
    assert len(tuner.oracle.trials) == 6
    assert tuner.get_best_hyperparameters()[0].values == {"bias": False, "units": 1}


def test_a_grid_of_one_point_is_refused():
    with pytest.raises(ArgumentError) as caught:
        GridSearchOracle("val_loss", points=1)
    assert str(caught.value) == (
        "GridSearchOracle: `points` must be a whole number of at least 2. Received: points=1."
    )
