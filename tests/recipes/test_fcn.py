"""`build_fcn`: images of any size, no Flatten, norms by task (rows 26, 34)."""

import keras
import numpy as np
import pytest

from recipes import build_fcn
from recipes.errors import ArgumentError


def small(input_shape=(None, None, 1), num_classes=3, **options):
    return build_fcn(input_shape, num_classes, **{"depth": 2, "filters": 4} | options)


@pytest.mark.parametrize("task", ["classification", "mask", "image"])
def test_one_model_takes_images_of_any_size(task):
    model = small(task=task)
    for height, width in ((2, 2), (5, 9), (32, 7)):
        shape = model(np.zeros((2, height, width, 1), "float32")).shape
        assert shape == ((2, 3) if task == "classification" else (2, height, width, 3))


def test_it_is_made_of_convolutions_and_a_global_pooling():
    kinds = {type(layer).__name__ for layer in small().layers}
    assert "Flatten" not in kinds
    assert [layer.name for layer in small().layers if isinstance(layer, keras.layers.Dense)] == [
        "predictions"
    ]
    assert not any(isinstance(layer, keras.layers.Dense) for layer in small(task="mask").layers)


def test_an_output_a_pixel_keeps_all_pixels_and_doubles_the_dilation():
    convolutions = [
        layer for layer in small(task="mask").layers if isinstance(layer, keras.layers.Conv2D)
    ]
    assert {layer.strides for layer in convolutions} == {(1, 1)}
    rates = [layer.dilation_rate[0] for layer in convolutions]
    assert rates == [1, 2, 2, 4, 4, 1]


def test_a_pixel_of_the_output_sees_as_far_as_the_dilations_reach():
    model = small((41, 41, 1), task="image", activation="tanh", seed=0)
    x = np.zeros((1, 41, 41, 1), "float32")
    changed = x.copy()
    changed[0, 20, 20, 0] = 1.0
    reach = np.argwhere(np.abs(model(changed) - model(x))[0].max(axis=-1) > 0)
    assert abs(reach - 20).max() == 1 + 2 + 2 + 4 + 4  # a 3×3 kernel reaches its dilation


def test_an_image_of_one_pixel_is_refused_where_instance_norm_would_make_it_nothing():
    with pytest.raises(ArgumentError) as caught:
        small(task="mask")(np.zeros((2, 1, 9, 1), "float32"))
    assert "build_fcn: with depth=2 a side must have at least 2 pixels" in str(caught.value)


def test_classes_have_batch_norm_masks_have_instance_norm_and_images_have_none():
    kinds = {
        task: {type(layer).__name__ for layer in small(task=task).layers}
        for task in ("classification", "mask", "image")
    }
    assert "BatchNormalization" in kinds["classification"]
    assert "GroupNormalization" in kinds["mask"]
    assert not any("Normalization" in kind for kind in kinds["image"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (None, None)},
            "build_fcn: `input_shape` must be (height, width, channels), without the batch. "
            "Received: input_shape=(None, None). A grey image has one channel: (28, 28, 1).",
        ),
        (
            {"input_shape": (4, 9, 1), "task": "mask"},
            "build_fcn: with depth=2 a side must have at least 5 pixels. Received: "
            "input_shape=(4, 9, 1). Take larger images, or less depth.",
        ),
        (
            {"input_shape": (3, 9, 1)},
            "build_fcn: with depth=2 a side must have at least 4 pixels. Received: "
            "input_shape=(3, 9, 1). Take larger images, or less depth.",
        ),
        (
            {"filters": 0},
            "build_fcn: `filters` must be a whole number of at least 1. Received: filters=0.",
        ),
        (
            {"task": "boxes"},
            'build_fcn: `task` must be one of "classification", "mask", "image". Received: '
            "task='boxes'.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        small(**arguments)
    assert str(caught.value) == message
