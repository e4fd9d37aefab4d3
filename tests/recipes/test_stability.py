"""`stability_check`: few data show in results that hang on the seed (guide row 3)."""

import statistics

import keras
import pytest
from keras import layers

from recipes import Recipe, stability_check
from recipes.errors import ArgumentError, DataError
from recipes.training.experiments.trial import stratified_part

RECIPE = Recipe(epochs=12, batch_size=32)


def build():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def test_fifty_samples_are_too_few(digits):
    few = stratified_part(digits.x, digits.y, 50 / len(digits.y))
    found = stability_check(build, few, recipe=RECIPE, seeds=(0, 1))
    assert found.samples == 50
    assert not found.stable
    assert str(found).startswith("Not stable with 50 samples: errors ")
    assert [len(row) for row in found.errors] == [2, 2]
    errors = [error for row in found.errors for error in row]
    assert found.spread == pytest.approx(statistics.stdev(errors))


def test_fifteen_hundred_samples_are_enough(digits):
    x, y = digits.x, digits.y
    found = stability_check(
        build,
        (x[:1500], y[:1500]),
        validation=(x[1500:], y[1500:]),
        recipe=RECIPE,
        seeds=(0, 1),
        factors=(1.25,),
    )
    assert found.stable
    assert found.spread <= found.largest == 0.02
    assert "small changes of seed and learning rate change little." in str(found)


def test_too_few_samples_to_hold_back_some_are_refused(digits):
    with pytest.raises(DataError) as caught:
        stability_check(build, (digits.x[:9], digits.y[:9]))
    assert str(caught.value) == (
        "stability_check: there must be 10 samples at least to hold back some of them. Received: "
        "samples=9. Give validation=(x, y)."
    )


def test_one_training_cannot_be_compared(digits):
    with pytest.raises(ArgumentError) as caught:
        stability_check(build, (digits.x, digits.y), seeds=(0,), factors=(0.8,))
    assert str(caught.value) == (
        "stability_check: `seeds` and `factors` must give two trainings at least. Received: "
        "seeds=(0,), factors=(0.8,)."
    )
