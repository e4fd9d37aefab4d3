"""The blocks: what they are made of, and what they refuse (rows 30, 31, 56)."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from recipes import blocks
from recipes.blocks import (
    LocalResponseNormalization,
    Shortcut,
    Style,
    basic_block,
    bottleneck_block,
    classification_head,
    conv_bn_act,
    dense_bn_act,
    double_conv,
    down_step,
    normalize,
    prediction_head,
    recurrent_stack,
    regression_head,
    separable_conv_bn_act,
    up_step,
)
from recipes.errors import ArgumentError

IMAGE = (8, 8, 4)


def kinds(outputs):
    model = keras.Model(keras.utils.get_source_inputs(outputs), outputs)
    return [type(layer).__name__ for layer in model.layers[1:]]


def weights(outputs):
    model = keras.Model(keras.utils.get_source_inputs(outputs), outputs)
    return sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)


def test_every_public_block_has_a_docstring_that_gives_its_shapes():
    for name in blocks.__all__:
        block = getattr(blocks, name)
        if callable(block) and not isinstance(block, type) and name != "make_initializer":
            assert "Keras tensor" in block.__doc__, name
            assert "Returns:" in block.__doc__, name


def test_blocks_build_a_model_by_themselves():
    x = keras.Input((32, 32, 3))
    y = conv_bn_act(x, 8, strides=2, name="stem")
    y = separable_conv_bn_act(y, 16, strides=2, name="second")
    y = bottleneck_block(basic_block(y, 16, name="third"), 8, strides=2, name="fourth")
    y, skip = down_step(y, 8, name="down")
    y = up_step(double_conv(y, 16, name="bottom"), skip, 8, name="up")
    assert classification_head(y, 5).shape == (None, 5)
    assert prediction_head(y, 5).shape == (None, 4, 4, 5)
    assert regression_head(y, 2).shape == (None, 2)


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        ("batch", ["Conv2D", "BatchNormalization", "Activation"]),
        ("group", ["Conv2D", "GroupNormalization", "Activation"]),
        ("layer", ["Conv2D", "LayerNormalization", "Activation"]),
        ("instance", ["Conv2D", "GroupNormalization", "Activation"]),
        (None, ["Conv2D", "Activation"]),
    ],
)
def test_a_convolution_is_followed_by_norm_and_activation_and_has_a_bias_only_without_norm(
    norm, expected
):
    outputs = conv_bn_act(keras.Input(IMAGE), 6, style=Style(norm=norm), name="a")
    assert kinds(outputs) == expected
    assert weights(outputs) == 9 * 4 * 6 + (6 if norm is None else 2 * 6)


@pytest.mark.parametrize(
    ("norm", "axes"),
    [("batch", (0, 1, 2)), ("layer", (3,)), ("instance", (1, 2))],
)
def test_a_norm_takes_its_mean_over_the_published_axes(norm, axes):
    x = np.random.default_rng(0).normal(3, 2, (5, *IMAGE)).astype("float32")
    inputs = keras.Input(IMAGE)
    model = keras.Model(inputs, normalize(inputs, style=Style(norm=norm), name="a"))
    expected = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-3)
    assert model(x, training=True).numpy() == pytest.approx(expected, abs=1e-4)


def test_group_normalization_takes_its_mean_over_a_group_of_channels():
    x = np.random.default_rng(0).normal(3, 2, (5, *IMAGE)).astype("float32")
    inputs = keras.Input(IMAGE)
    model = keras.Model(inputs, normalize(inputs, style=Style(norm="group"), name="a"))
    groups = x.reshape(5, 8, 8, 2, 2)  # 4 channels, 2 groups of 2
    mean, var = groups.mean((1, 2, 4), keepdims=True), groups.var((1, 2, 4), keepdims=True)
    expected = ((groups - mean) / np.sqrt(var + 1e-3)).reshape(x.shape)
    assert model(x).numpy() == pytest.approx(expected, abs=1e-4)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(channels=st.integers(2, 600))
def test_groups_are_of_equal_size_at_most_32_and_of_two_channels_at_least(channels):
    inputs = keras.Input((2, 2, channels))
    norm = normalize(inputs, style=Style(norm="group"), name="a")._keras_history.operation
    assert channels % norm.groups == 0
    assert 1 <= norm.groups <= min(32, channels // 2)


def test_64_channels_have_the_32_groups_of_the_paper():
    inputs = keras.Input((2, 2, 64))
    norm = normalize(inputs, style=Style(norm="group"), name="a")._keras_history.operation
    assert norm.groups == 32


def test_dropout_before_a_batch_normalization_is_refused_with_the_reason():
    x = layers.Dropout(0.5, name="drop")(keras.Input(IMAGE))
    with pytest.raises(ArgumentError) as caught:
        conv_bn_act(x, 4, name="next")
    assert str(caught.value) == (
        "Style: dropout must not stand before a batch normalization: the normalization learns the "
        "variance that dropout adds, and inference has none of it. Received: dropout='drop', "
        "normalization='next'. Put it behind the last normalization, or take norm=\"layer\" or "
        "None."
    )


def test_dropout_is_seen_through_other_layers_and_on_one_of_several_ways():
    inputs = keras.Input(IMAGE)
    dropped = layers.ReLU()(layers.SpatialDropout2D(0.1)(inputs))
    with pytest.raises(ArgumentError, match="dropout must not stand before"):
        basic_block(layers.Add()([inputs, dropped]), 4, name="block")


@pytest.mark.parametrize(
    "drop",
    [
        layers.GaussianDropout(0.1),
        layers.AlphaDropout(0.1),
        keras.Sequential([layers.ReLU(), layers.Dropout(0.1)]),
    ],
    ids=["gaussian", "alpha", "nested"],
)
def test_every_kind_of_dropout_is_seen_nested_too(drop):
    with pytest.raises(ArgumentError, match="dropout must not stand before"):
        conv_bn_act(drop(keras.Input(IMAGE)), 4, name="next")


@pytest.mark.parametrize("norm", ["group", "layer", "instance", None])
def test_dropout_before_another_norm_is_taken(norm):
    x = layers.Dropout(0.5)(keras.Input(IMAGE))
    assert conv_bn_act(x, 4, style=Style(norm=norm), name="next").shape == (None, *IMAGE)


def test_a_dropout_of_nothing_and_one_behind_the_last_norm_are_taken():
    x = conv_bn_act(layers.Dropout(0.0)(keras.Input(IMAGE)), 4, name="first")
    assert classification_head(x, 3, dropout=0.5).shape == (None, 3)


@pytest.mark.parametrize(
    ("norm", "shape"),
    [("instance", (1, 1, 8)), ("layer", (4, 4, 1)), ("group", (1, 1, 1)), ("instance", (8,))],
)
def test_a_norm_over_one_value_is_refused(norm, shape):
    with pytest.raises(ArgumentError) as caught:
        normalize(keras.Input(shape), style=Style(norm=norm), name="last")
    assert str(caught.value) == (
        f"Style: {norm} normalization needs more than one value to take the mean of. Received: "
        f"norm={norm!r}, layer='last', shape={shape}. Take larger images, less depth, more width, "
        'or norm="batch".'
    )


@pytest.mark.parametrize("shape", [(2, 5, 5, 16), (3, 7, 7, 3)])
def test_lrn_equals_tensorflow_and_its_formula(shape):
    import tensorflow as tf

    x = np.random.default_rng(0).normal(0, 30, shape).astype("float32")
    layer = LocalResponseNormalization()
    expected = tf.nn.local_response_normalization(x, 2, bias=2.0, alpha=1e-4, beta=0.75)
    assert np.array(layer(x)) == pytest.approx(expected.numpy(), rel=1e-5)
    first = x[..., 0] / (2 + 1e-4 * np.sum(x[..., :3] ** 2, axis=-1)) ** 0.75
    assert np.array(layer(x))[..., 0] == pytest.approx(first, rel=1e-5)
    again = LocalResponseNormalization.from_config(layer.get_config())
    assert np.array_equal(again(x), layer(x))


def test_lrn_does_not_overflow_in_float16():
    x = np.full((1, 1, 1, 8), 300.0, "float16")
    expected = LocalResponseNormalization()(x.astype("float32"))
    layer = LocalResponseNormalization(dtype="float16")
    assert np.array(layer(x)) == pytest.approx(np.array(expected), rel=1e-2)


def test_two_heads_stand_on_one_body():
    x = keras.Input(IMAGE)
    outputs = [classification_head(x, count, dropout=0.5, name=f"head{count}") for count in (2, 3)]
    assert [output.shape for output in keras.Model(x, outputs).output] == [(None, 2), (None, 3)]


def test_a_head_pools_steps_and_volumes_too():
    assert classification_head(keras.Input((5, 4)), 3).shape == (None, 3)
    assert classification_head(keras.Input((5, 4, 3, 2)), 3).shape == (None, 3)


def test_lrn_refuses_an_even_size():
    with pytest.raises(ArgumentError) as caught:
        LocalResponseNormalization(size=4)
    assert str(caught.value) == (
        "LocalResponseNormalization: `size` must be an odd number of at least 1. Received: size=4."
    )


def test_a_separable_convolution_has_the_weights_of_its_two_parts():
    outputs = separable_conv_bn_act(keras.Input(IMAGE), 6, name="a")
    assert weights(outputs) == 9 * 4 + 2 * 4 + 4 * 6 + 2 * 6
    assert kinds(outputs)[::3] == ["DepthwiseConv2D", "Conv2D"]


@pytest.mark.parametrize("block", [separable_conv_bn_act, conv_bn_act, double_conv])
def test_without_a_norm_the_signal_keeps_its_size(block):
    """He's promise: the mean square stays within a factor of 2 over a block."""
    inputs = keras.Input((32, 32, 64))
    style = Style(norm=None, initializer="he", seed=0)
    model = keras.Model(inputs, block(inputs, 64, style=style, name="a"))
    x = np.abs(np.random.default_rng(0).normal(0, 1, (2, 32, 32, 64))).astype("float32")
    assert 0.5 < np.mean(np.square(model(x)[:, 4:-4, 4:-4])) / np.mean(x**2) < 2


def test_a_shortcut_without_weights_skips_pixels_and_pads_channels():
    inputs = keras.Input((4, 4, 2))
    outputs = basic_block(inputs, 6, strides=2, shortcut=Shortcut("identity"), name="a")
    model = keras.Model(inputs, outputs)
    x = np.random.default_rng(0).random((1, 4, 4, 2), dtype="float32")
    y = model(x).numpy()  # the branch is nothing at first: its last gamma is 0
    assert np.array_equal(y[..., 2:4], x[:, ::2, ::2])
    assert not y[..., :2].any()
    assert not y[..., 4:].any()


@pytest.mark.parametrize("order", ["post", "preact"])
@pytest.mark.parametrize("norm", ["batch", None])
def test_a_residual_branch_begins_as_nothing_where_it_can(order, norm):
    inputs = keras.Input((4, 4, 2))
    style = Style(norm=norm, branches=4)
    model = keras.Model(inputs, basic_block(inputs, 2, order=order, style=style, name="a"))
    x = np.random.default_rng(0).random((1, 4, 4, 2), dtype="float32")
    nothing = np.array_equal(model(x), x)
    assert nothing == (norm is None or order == "post")


@pytest.mark.parametrize(("kind", "zeros"), [("projection", 0), ("identity", 6)])
def test_a_branch_beside_a_projection_begins_with_its_full_weight(kind, zeros):
    inputs = keras.Input((4, 4, 2))
    model = keras.Model(inputs, basic_block(inputs, 6, shortcut=Shortcut(kind), name="a"))
    assert np.sum(model.get_layer("a_2_bn").gamma.numpy() == 0) == zeros


def test_without_a_norm_a_branch_starts_smaller_the_more_there_are():
    """Fixup: L^(-1 / (2m - 2)) times He, m convolutions in each of L branches."""
    inputs = keras.Input((4, 4, 8))
    style = Style(norm=None, initializer="he", branches=16, seed=0)
    model = keras.Model(inputs, bottleneck_block(inputs, 8, style=style, name="a"))
    bound = np.sqrt(6 / (9 * 8)) * 16 ** (-1 / 4)
    assert 0.9 * bound < np.abs(model.get_layer("a_2_conv").kernel.numpy()).max() <= bound
    assert not model.get_layer("a_3_conv").kernel.numpy().any()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Style(norm="weight"),
            'Style: `norm` must be one of "batch", "group", "layer", "instance", None. Received: '
            "norm='weight'.",
        ),
        (
            lambda: Style(regularize=4),
            "Style: `regularize` must be one of 0, 1, 2, 3. Received: regularize=4.",
        ),
        (
            lambda: Style("gelu"),
            'Style: `activation` must be one of "relu", "swish", "tanh". Received: '
            "activation='gelu'.",
        ),
        (
            lambda: Style("gellu", custom=True),
            "Style: `activation` must be a name that keras.activations knows. Received: "
            "activation='gellu'.",
        ),
        (
            lambda: Shortcut("padding"),
            'Shortcut: `kind` must be one of "projection", "identity". Received: kind=\'padding\'.',
        ),
        (
            lambda: basic_block(keras.Input(IMAGE), 4, order="before", name="a"),
            'Style: `order` must be one of "post", "preact". Received: order=\'before\'.',
        ),
        (
            lambda: basic_block(keras.Input(IMAGE), 4, shortcut="identity", name="a"),
            "Style: `shortcut` must be a Shortcut. Received: shortcut='identity'.",
        ),
        (
            lambda: basic_block(keras.Input(IMAGE), 2, shortcut=Shortcut("identity"), name="a"),
            "Style: an identity shortcut can add channels, and take none away. Received: input=4, "
            "output=2. Take a projection.",
        ),
        (
            lambda: Style(branches=0),
            "Style: `branches` must be a whole number of at least 1. Received: branches=0.",
        ),
        (
            lambda: Style(custom="no"),
            "Style: `custom` must be True or False. Received: custom='no'.",
        ),
        (
            lambda: recurrent_stack(keras.Input((5, 2)), 4, cell="elman"),
            'Style: `cell` must be one of "lstm", "gru". Received: cell=\'elman\'.',
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(make, message):
    with pytest.raises(ArgumentError) as caught:
        make()
    assert str(caught.value) == message


def test_dense_layers_have_norm_and_activation_too():
    assert kinds(dense_bn_act(keras.Input((6,)), 4, name="a")) == [
        "Dense",
        "BatchNormalization",
        "Activation",
    ]
