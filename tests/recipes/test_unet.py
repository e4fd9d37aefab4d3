"""`build_unet`: published count, sizes, norms by task, deep supervision (rows 34, 41)."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes import build_unet
from recipes.errors import ArgumentError


def small(input_shape=(8, 8, 1), num_classes=2, **options):
    return build_unet(input_shape, num_classes, **{"depth": 2, "filters": 4} | options)


def norms_of(model):
    return {
        type(layer).__name__ for layer in model.layers if "Normalization" in type(layer).__name__
    }


def test_it_has_the_published_number_of_parameters():
    """7,763,041 weights: the U-Net for brain MRI of Buda et al. 2019 (arXiv:1906.03720), with 32
    filters, batch normalization, 3 channels in and 1 out."""
    model = build_unet((256, 256, 3), 1, filters=32, norm="batch")
    trainable = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    assert trainable == 7_763_041


@settings(max_examples=10, deadline=None, derandomize=True)
@given(height=st.integers(1, 5), width=st.integers(1, 5), depth=st.integers(1, 2))
def test_an_output_has_the_size_of_its_image(height, width, depth):
    shape = (height * 2**depth, width * 2**depth, 2)
    model = small(shape, 3, depth=depth, norm="batch")
    assert model(np.zeros((1, *shape), "float32")).shape == (1, *shape[:2], 3)


def test_open_sides_take_images_of_several_sizes():
    model = small((None, None, 1))
    for side in (8, 12):
        assert model(np.zeros((1, side, 16, 1), "float32")).shape == (1, side, 16, 2)


def test_a_mask_has_instance_norm_and_an_image_has_none():
    mask, image = small(task="mask"), small(task="image")
    assert norms_of(mask) == {"GroupNormalization"}
    assert all(
        layer.groups == layer.gamma.shape[0]  # a group of one channel: instance normalization
        for layer in mask.layers
        if isinstance(layer, keras.layers.GroupNormalization)
    )
    assert norms_of(image) == set()
    assert norms_of(small(task="image", norm="batch")) == {"BatchNormalization"}


def test_classes_of_a_pixel_sum_to_one_and_an_image_is_linear():
    x = np.random.default_rng(0).random((2, 8, 8, 1), dtype="float32")
    assert np.sum(small()(x), axis=-1) == pytest.approx(1, abs=1e-5)
    assert small(task="image").layers[-1].get_config()["activation"] == "linear"
    image = small(task="image", classifier_activation="tanh")
    assert image.layers[-1].get_config()["activation"] == "tanh"


def test_deep_supervision_predicts_at_every_level_and_all_take_the_same_mask():
    x = np.random.default_rng(0).random((4, 8, 8, 1), dtype="float32")
    y = (x[..., 0] > 0.5).astype("int64")
    model = small((8, 8, 1), depth=2, deep_supervision=True, seed=0)
    assert list(model.output) == ["predictions", "predictions_2"]
    outputs = model(x)
    for name in outputs:
        assert outputs[name].shape == (4, 8, 8, 2)
        assert np.sum(outputs[name], axis=-1) == pytest.approx(1, abs=1e-5)
    model.compile("adam", "sparse_categorical_crossentropy")
    losses = model.fit(x, dict.fromkeys(model.output, y), epochs=4, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    kept = keras.Model(model.input, model.output["predictions"])
    assert np.array_equal(kept(x), model(x)["predictions"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"input_shape": (100, 128, 1), "depth": 4},
            "build_unet: with depth=4 a side must be a multiple of 16. Received: "
            "input_shape=(100, 128, 1). Resize or pad to 96 or 112 pixels, or take less depth.",
        ),
        (
            {"input_shape": (8, 3, 1)},
            "build_unet: with depth=2 a side must be a multiple of 4. Received: "
            "input_shape=(8, 3, 1). Resize or pad to 4 pixels, or take less depth.",
        ),
        (
            {"input_shape": (4, 4, 1)},
            "build_unet: instance normalization needs more than one value to take the mean of. "
            "Received: norm='instance', layer='bottom_1', shape=(1, 1, 16). Take larger images, "
            'less depth, more width, or norm="batch".',
        ),
        (
            {"input_shape": (8, 8, None)},
            "build_unet: `input_shape` must be made of whole numbers of at least 1. Received: "
            "input_shape=(8, 8, None). build_fcn and build_unet take sides of any length.",
        ),
        (
            {"task": "depth"},
            'build_unet: `task` must be one of "mask", "image". Received: task=\'depth\'.',
        ),
        (
            {"norm": "none"},
            'build_unet: `norm` must be one of "batch", "group", "layer", "instance", None. '
            "Received: norm='none'.",
        ),
        (
            {"depth": 0},
            "build_unet: `depth` must be a whole number of at least 1. Received: depth=0.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        small(**arguments)
    assert str(caught.value) == message


def test_an_image_of_a_wrong_size_at_an_open_side_is_refused_in_words():
    sentence = (
        "build_unet: with depth=2 a side must be a multiple of 4. Received: "
        "input_shape=(10, 8, 1). Resize or pad to 8 or 12 pixels, or take less depth."
    )
    with pytest.raises(ArgumentError) as caught:
        small((None, None, 1))(np.zeros((1, 10, 8, 1), "float32"))
    assert sentence in str(caught.value)  # Keras adds the layer around it


def test_an_open_side_too_short_for_its_norm_is_refused_and_not_answered_with_nothing():
    sentence = (
        "build_unet: with depth=2 a side must have at least 8 pixels. Received: "
        "input_shape=(4, 8, 1). Take larger images, or less depth."
    )
    with pytest.raises(ArgumentError) as caught:
        small((None, None, 1))(np.zeros((1, 4, 8, 1), "float32"))
    assert sentence in str(caught.value)
    assert small((None, None, 1), norm=None)(np.zeros((1, 4, 8, 1), "float32")).shape[1] == 4


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_a_transposed_convolution_keeps_the_size_of_its_signal(activation):
    """An output pixel sees each input channel once: variance 1 / channels keeps the variance."""
    model = small(activation=activation, norm=None, filters=32, seed=0)
    kernel = model.get_layer("up2_up").kernel.numpy()  # (2, 2, 64, 128)
    assert kernel.var() == pytest.approx(1 / 128, rel=0.02)
