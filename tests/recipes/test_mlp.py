"""`build_mlp`: its weights, its heads, what it refuses."""

import numpy as np
import pytest

from recipes import build_mlp
from recipes.errors import ArgumentError


def test_its_weights_are_those_of_its_layers():
    model = build_mlp((30,), 2, depth=2, units=16)
    # dense without bias, gamma and beta; twice; then the head with its bias
    trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert trainable == (30 * 16 + 32) + (16 * 16 + 32) + (16 * 2 + 2)


def test_width_is_a_factor_on_the_units_and_depth_0_is_a_linear_model():
    assert build_mlp((30,), 2, units=16, width=0.5).get_layer("hidden1_dense").units == 8
    assert [layer.name for layer in build_mlp((30,), 2, depth=0).layers] == [
        "features",
        "predictions",
    ]


def test_samples_of_several_axes_are_flattened():
    assert build_mlp((8, 8, 1), 10)(np.zeros((2, 8, 8, 1))).shape == (2, 10)


@pytest.mark.parametrize(
    ("options", "activation"),
    [
        ({}, "softmax"),
        ({"classifier_activation": "sigmoid"}, "sigmoid"),  # several labels at once
        ({"classifier_activation": None}, "linear"),
        ({"task": "regression"}, "linear"),
        ({"task": "regression", "classifier_activation": "tanh"}, "tanh"),
        ({"num_classes": 1}, "sigmoid"),
    ],
)
def test_the_output_fits_the_task(options, activation):
    model = build_mlp(**{"input_shape": (4,), "num_classes": 3} | options)
    assert model.layers[-1].get_config()["activation"] == activation


def test_dropout_stands_before_the_head_alone():
    names = [layer.name for layer in build_mlp((4,), 3, depth=1, dropout=0.5).layers]
    assert names[-2:] == ["dropout", "predictions"]
    assert sum("dropout" in name for name in names) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": ()},
            "build_mlp: `input_shape` must be the shape of one sample, without the batch. "
            "Received: input_shape=(). A vector of 30 features has the shape (30,).",
        ),
        (
            {"input_shape": "30"},
            "build_mlp: `input_shape` must be the shape of one sample, without the batch. "
            "Received: input_shape='30'. A vector of 30 features has the shape (30,).",
        ),
        (
            {"norm": "instance"},
            "build_mlp: instance normalization needs more than one value to take the mean of. "
            "Received: norm='instance', layer='hidden1', shape=(256,). Take larger images, less "
            'depth, more width, or norm="batch".',
        ),
        (
            {"task": "regression", "classifier_activation": "relu"},
            'build_mlp: `classifier_activation` must be one of "softmax", None, "sigmoid", "tanh". '
            "Received: classifier_activation='relu'.",
        ),
        (
            {"depth": -1},
            "build_mlp: `depth` must be a whole number of at least 0. Received: depth=-1.",
        ),
        (
            {"task": "ranking"},
            'build_mlp: `task` must be one of "classification", "regression". Received: '
            "task='ranking'.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        build_mlp(**{"input_shape": (4,), "num_classes": 3} | arguments)
    assert str(caught.value) == message
