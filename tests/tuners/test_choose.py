"""Which search suits: a table of rules (guide row 90)."""

import dataclasses

import keras_tuner as kt
import pytest

import tuners
from recipes.errors import ArgumentError
from tuners.choose import choose_search
from tuners.search_spaces import search_space


def declared(*lines):
    hp = kt.HyperParameters()
    for line in lines:
        line(hp)
    return hp


def rate(hp):
    return hp.Float("learning_rate", 1e-4, 1e-1, sampling="log")


def dropout(hp):
    return hp.Choice("dropout", [0.4, 0.5, 0.6, 0.7])


def activation(hp):
    return hp.Choice("activation", ["relu", "swish", "tanh"])


def numbers(count):
    return [lambda hp, name=name: hp.Float(name, 0.0, 1.0) for name in "abcdefghij"[:count]]


@pytest.mark.parametrize(
    ("lines", "trials", "workers", "name"),
    [
        ([dropout, activation], 12, 1, "GridSearch"),  # 4 × 3 = 12
        ([dropout, activation], 11, 1, "BayesianOptimization"),
        ([dropout, activation], 12, 8, "GridSearch"),
        ([activation], 2, 1, "BayesianOptimization"),  # no order to search in
        ([rate], 15, 1, "BinarySearch"),
        ([rate], 15, 2, "BinarySearch"),
        ([rate], 15, 4, "BayesianOptimization"),
        ([rate, dropout], 30, 1, "BayesianOptimization"),
        ([rate, dropout], 30, 16, "RandomSearch"),  # fewer than three rounds
        ([rate, dropout], 48, 16, "BayesianOptimization"),
        ([rate, dropout, activation, *numbers(3)], 6, 1, "BabySitting"),
        (numbers(6), 6, 1, "BayesianOptimization"),  # no name that says what to change
        ([rate, dropout], 200, 1, "Hyperband"),
    ],
)
def test_the_rules_name_one_search(lines, trials, workers, name):
    assert choose_search(declared(*lines), trials, workers).name == name


def test_the_reason_has_the_numbers():
    assert choose_search(declared(dropout, activation), 12).reason == (
        "all 12 settings can be tried in 12 trials."
    )
    assert choose_search(declared(rate, dropout), 30, 16).reason == (
        "16 workers begin most of 30 trials before any has ended: no trial could learn from "
        "another."
    )


def test_the_table_has_cost_assumption_and_weakness_of_every_search():
    choice = choose_search(declared(rate, dropout), 30)
    costs = {method.name: method.cost for method in choice.table}
    assert costs["GridSearch"] == "40 trials, 10 values of each number without steps"
    assert costs["BinarySearch"] == "not possible: it needs one parameter"
    assert costs["BayesianOptimization"] == "4 trials or more, some milliseconds for each"
    classes = {"BabySitting", "GridSearch", "BinarySearch", "RandomSearch", "BayesianOptimization"}
    assert set(costs) == classes | {"Hyperband"}
    assert classes <= set(tuners.__all__)
    for method in choice.table:
        assert all(dataclasses.asdict(method).values())
    lines = str(choice).splitlines()
    assert lines[0] == (
        "BayesianOptimization: 30 trials for 2 parameters: a surrogate makes the most of each."
    )
    assert len(lines) == 1 + 4 * 6


def test_one_parameter_can_be_halved():
    table = choose_search(declared(rate), 20).table
    assert {method.name: method.cost for method in table}["BinarySearch"] == "about 11 trials"


def test_a_condition_multiplies_nothing():
    def tree(hp):
        hp.Choice("model", ["linear", "deep"])
        with hp.conditional_scope("model", ["deep"]):
            hp.Int("depth", 1, 3)

    assert choose_search(declared(tree), 4).reason == "all 4 settings can be tried in 4 trials."


def test_a_hypermodel_and_a_function_are_asked_for_their_space():
    class Model(kt.HyperModel):
        def build(self, hp):
            return dropout(hp)

    assert choose_search(Model(), 4).name == "GridSearch"
    assert choose_search(dropout, 4).name == "GridSearch"
    assert choose_search(search_space("resnet", trials=30), 30).name == "BayesianOptimization"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            (kt.HyperParameters(), 5),
            "the space must have a parameter to tune. Declare one, as hp.Float(…).",
        ),
        (
            ("resnet", 5),
            "`space` must be HyperParameters, a HyperModel or a function that builds a model. "
            "Received: space='str'.",
        ),
        (
            (declared(rate), 0),
            "`max_trials` must be a whole number of at least 1. Received: max_trials=0.",
        ),
        (
            (declared(rate), 5, 0),
            "`workers` must be a whole number of at least 1. Received: workers=0.",
        ),
    ],
)
def test_what_cannot_be_chosen_for_is_refused(arguments, sentence):
    with pytest.raises(ArgumentError) as caught:
        choose_search(*arguments)
    assert str(caught.value) == f"choose_search: {sentence}"
