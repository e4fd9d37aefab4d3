"""Optimisers by name, weight decay, and rates to start with (rows 33, 37, 40, 51, 52, 53, 70)."""

import json

import keras
import numpy as np
import pytest

from recipes.errors import ArgumentError
from recipes.optim.names import OPTIMIZERS, optimizer_note
from recipes.optim.optimizers import decay_from_l2, make_optimizer
from recipes.optim.rates import STARTING_RATES, scale_learning_rate, starting_rate


@pytest.fixture(scope="module")
def model():
    return keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2), keras.layers.BatchNormalization()]
    )


def stepped(model, optimizer, gradient=0.0):
    """The weights after one step from 1, each with the same gradient."""
    model.set_weights([np.ones_like(weight) for weight in model.get_weights()])
    variables = model.trainable_variables
    optimizer.apply([keras.ops.full(v.shape, gradient) for v in variables], variables)
    return {variable.name: keras.ops.convert_to_numpy(variable) for variable in variables}


@pytest.mark.parametrize("name", OPTIMIZERS)
class TestEveryOptimizer:
    """What holds for each of them."""

    def test_weight_decay_spares_scales_shifts_and_biases(self, name, model):
        weights = stepped(model, make_optimizer(name, 0.1, weight_decay=0.5))
        assert weights.pop("kernel") == pytest.approx(0.95)  # 1 − learning rate · decay · 1
        assert set(weights) == {"bias", "gamma", "beta"}
        assert all((weight == 1).all() for weight in weights.values())

    def test_it_goes_downhill(self, name, model):
        weights = stepped(model, make_optimizer(name, 0.1), gradient=1.0)
        assert all((weight < 1).all() for weight in weights.values())

    def test_it_comes_back_from_json_as_it_was(self, name, model):
        optimizer = make_optimizer(name, 0.1, weight_decay=0.01, clip_norm=1.0)
        config = json.loads(json.dumps(keras.optimizers.serialize(optimizer)))
        assert keras.optimizers.deserialize(config).get_config() == optimizer.get_config()


def test_momentum_and_adam_are_those_of_keras():
    assert type(make_optimizer("momentum", 0.1)) is keras.optimizers.SGD
    assert make_optimizer("momentum", 0.1, momentum=0.8).momentum == 0.8
    assert make_optimizer("sgd", 0.1).momentum == 0
    assert type(make_optimizer("adam", 0.1)) is keras.optimizers.AdamW
    assert type(make_optimizer("adadelta", 0.1)) is keras.optimizers.Adadelta


def test_an_exotic_optimizer_comes_with_a_note():
    assert optimizer_note("adam") is None
    assert optimizer_note("momentum") is None
    assert optimizer_note("adadelta") == (
        '"adadelta" is none of the two optimisers that are recommended, "momentum" and "adam": if '
        "it wins, the model may be immature (guide row 37)."
    )


def test_clipping_scales_all_gradients_together(model):
    # 10 weights with gradient 3: their norm is 3 · √10, and each is scaled down to 1/√10.
    weights = stepped(model, make_optimizer("sgd", 1.0, clip_norm=1.0), gradient=3.0)
    for weight in weights.values():
        assert weight == pytest.approx(1 - 10**-0.5)


@pytest.mark.parametrize(
    ("decay", "expected"),
    [
        # 200 steps at rate 0.1, momentum 0.9, from 1: e^(−200 · 0.1 · 5e-3 / 0.1) = e^−1
        (decay_from_l2(5e-3, momentum=0.9), 0.367),
        (5e-3, 0.905),  # the same figure given to Keras: e^(−200 · 0.1 · 5e-3) = e^−0.1
    ],
)
def test_weight_decay_means_what_it_means_in_published_recipes(decay, expected):
    weight = keras.Variable(1.0, name="kernel")
    optimizer = make_optimizer("momentum", 0.1, momentum=0.9, weight_decay=decay)
    for _ in range(200):
        optimizer.apply([keras.ops.zeros(())], [weight])
    assert float(weight) == pytest.approx(expected, abs=1e-3)


def test_the_published_figure_within_the_gradient_leaves_as_much_of_a_weight():
    weight, velocity = 1.0, 0.0
    for _ in range(200):  # He et al. 2015: momentum, decay as part of the gradient
        velocity = 0.9 * velocity - 0.1 * 5e-3 * weight
        weight += velocity
    assert weight == pytest.approx(0.367, abs=1e-3)


@pytest.mark.parametrize(
    ("arguments", "scaling", "expected"),
    [
        ((0.1, 256, 512), "linear", 0.2),
        ((0.1, 256, 64), "linear", 0.025),
        ((1e-3, 256, 512), "sqrt", 1e-3 * 2**0.5),
        ((1e-3, 256, 1_024), "sqrt", 2e-3),
    ],
)
def test_the_rate_follows_the_batch_size(arguments, scaling, expected):
    assert scale_learning_rate(*arguments, scaling=scaling) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("situation", "rate"),
    [("classes", 0.1), ("without norm", 0.01), ("large model", 1e-3), ("gan", 2e-4)],
)
def test_the_rate_to_start_with_is_the_guides(situation, rate):
    recommended = starting_rate(situation)
    assert recommended.value == rate
    assert recommended.reason.endswith(".")
    assert recommended.source.startswith("guide row")


def test_every_rate_to_start_with_lies_where_a_search_looks():
    for recommended in STARTING_RATES.values():
        low, high = recommended.search
        assert low <= recommended.value <= high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: make_optimizer("muon", 0.1),
            'make_optimizer: `optimizer` must be one of "momentum", "adam", "sgd", "adagrad", '
            '"adadelta", "rmsprop", "adamax", "nadam", "lion". Received: optimizer=\'muon\'.',
        ),
        (
            lambda: make_optimizer("adam", 0.1, clip_norm=0),
            "make_optimizer: `clip_norm` must be a number in (0, 1000000.0]. "
            "Received: clip_norm=0.",
        ),
        (
            lambda: make_optimizer("momentum", 0.1, momentum=1),
            "make_optimizer: `momentum` must be a number in [0, 0.9999]. Received: momentum=1.",
        ),
        (
            lambda: optimizer_note("muon"),
            'optimizer_note: `optimizer` must be one of "momentum", "adam", "sgd", "adagrad", '
            '"adadelta", "rmsprop", "adamax", "nadam", "lion". Received: optimizer=\'muon\'.',
        ),
        (
            lambda: scale_learning_rate(0.1, 0, 64),
            "scale_learning_rate: `batch_size` must be a whole number of at least 1. "
            "Received: batch_size=0.",
        ),
        (
            lambda: scale_learning_rate(0.1, 32, 64, scaling="cubic"),
            'scale_learning_rate: `scaling` must be one of "linear", "sqrt". '
            "Received: scaling='cubic'.",
        ),
        (
            lambda: starting_rate("rnn"),
            'starting_rate: `situation` must be one of "classes", "without norm", "large model", '
            "\"gan\". Received: situation='rnn'.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, message):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message
