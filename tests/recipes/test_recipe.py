"""The recipe: frozen, checked, and each value with its reason and source (row 64)."""

import dataclasses

import pytest

from recipes import Recipe
from recipes.errors import ArgumentError
from recipes.recommended import RECOMMENDED


def test_every_value_of_the_recipe_has_a_reason_and_a_source():
    for name in Recipe().to_dict():
        assert RECOMMENDED[name].reason.endswith(".")
        assert RECOMMENDED[name].source


def test_explain_gives_each_value_its_reason_and_source():
    lines = Recipe().explain().splitlines()
    assert len(lines) == len(dataclasses.fields(Recipe))
    assert lines[2] == (
        "momentum = 0.9: The value of the published residual networks. "
        "(He et al. 2015, arXiv:1512.03385)"
    )


def test_explain_says_which_values_were_chosen():
    explanation = Recipe(learning_rate=0.031416).explain()
    assert "learning_rate = 0.03142: chosen in place of 0.1." in explanation


def test_a_recipe_is_frozen_and_replaced_as_a_whole():
    recipe = Recipe()
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe.epochs = 3
    assert recipe.replace(epochs=3).epochs == 3
    assert recipe.epochs == 30


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"learning_rate": 0},
            "Recipe: `learning_rate` must be a number in (0, 100]. Received: learning_rate=0.",
        ),
        (
            {"epochs": 2.5},
            "Recipe: `epochs` must be a whole number of at least 1. Received: epochs=2.5.",
        ),
        (
            {"optimizer": "muon"},
            'Recipe: `optimizer` must be one of "momentum", "adam", "sgd", "adagrad", "adadelta", '
            '"rmsprop", "adamax", "nadam", "lion". Received: optimizer=\'muon\'.',
        ),
        (
            {"shift": 0.6},
            "Recipe: `shift` must be a number in [0, 0.5]. Received: shift=0.6.",
        ),
    ],
)
def test_a_value_that_breaks_its_rule_is_refused(values, message):
    with pytest.raises(ArgumentError) as caught:
        Recipe(**values)
    assert str(caught.value) == message


def test_searched_values_lie_within_the_bounds_of_their_search():
    for recommended in RECOMMENDED.values():
        if recommended.search:
            low, high = recommended.search
            assert low <= recommended.value <= high
