"""What the experiments train with where no recipe is given: what `fit` would take."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from recipes import Recipe, find_learning_rate, fit
from recipes.training.experiments.trial import recommended_recipe


def network(*norm):
    return keras.Sequential(
        [keras.Input((8, 8, 1)), layers.Flatten(), *norm, layers.Dense(10, activation="softmax")]
    )


def in_batches(x, y):
    return tf.data.Dataset.from_tensor_slices((x, y)).batch(64)


@pytest.mark.parametrize("norm", [(), (layers.BatchNormalization,)])
@pytest.mark.parametrize("given", [lambda x, y: (x, y), in_batches])
def test_what_is_recommended_for_a_model_and_its_data_is_what_fit_takes(norm, given, digits):
    model, data = network(*(layer() for layer in norm)), given(digits.x, digits.y)
    recipe = recommended_recipe(model, data)
    run = fit(model, data, epochs=1, preflight=False, verbose=0)
    assert run.recipe == recipe.replace(epochs=1)
    assert (recipe.dropout == 0.5) == (norm == ())  # guide row 27
    assert recipe.batch_size == 64
    assert (recipe.optimizer, recipe.learning_rate) == (
        ("momentum", 0.15) if norm else ("adam", 3e-3)
    )


def test_of_a_model_with_two_outputs_nothing_is_known(digits):
    inputs = keras.Input((8, 8, 1))
    features = layers.Flatten()(inputs)
    model = keras.Model(inputs, [layers.Dense(10)(features), layers.Dense(1)(features)])
    assert recommended_recipe(model, (digits.x, [digits.y, digits.y])) == Recipe()


def test_a_range_test_trains_as_fit_would(digits):
    few = digits.x[:200], digits.y[:200]  # 200 samples make 16 batches of 8, not of 64
    model = network()
    found = find_learning_rate(model, few, steps=20)
    recommended = recommended_recipe(model, few)
    assert recommended.batch_size == 8
    assert found == find_learning_rate(model, few, recipe=recommended, steps=20)
    assert not np.allclose(
        found.losses[0], find_learning_rate(model, few, recipe=Recipe(), steps=20).losses[0]
    )


@pytest.mark.parametrize("size", [16, 128])
def test_the_recommended_rate_follows_the_batches_that_are_given(size, digits):
    given = {"epochs": 1, "preflight": False, "verbose": 0}
    asked = fit(
        network(layers.BatchNormalization()), (digits.x, digits.y), batch_size=size, **given
    )
    batches = tf.data.Dataset.from_tensor_slices((digits.x, digits.y)).batch(size)
    streamed = fit(network(layers.BatchNormalization()), batches, **given)
    assert asked.recipe == streamed.recipe
    assert asked.recipe.batch_size == size
    assert asked.recipe.learning_rate == pytest.approx(0.15 * size / 64)  # guide row 51
    own = Recipe(epochs=1)  # whose rate its owner has chosen
    run = fit(network(), (digits.x, digits.y), recipe=own, batch_size=size, **given)
    assert run.recipe == own.replace(batch_size=size)
