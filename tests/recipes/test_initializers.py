"""Initial weights against their formulas (rows 57, 58, 59, 60, 61)."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes import build_rnn
from recipes.blocks import Style
from recipes.blocks.initializers import INITIALIZERS, SVDOrthogonal, make_initializer
from recipes.errors import ArgumentError


@settings(max_examples=25, deadline=None, derandomize=True)
@given(rows=st.integers(1, 60), columns=st.integers(1, 60), gain=st.floats(0.1, 3.0))
def test_an_svd_kernel_is_orthogonal_on_its_shorter_side(rows, columns, gain):
    W = np.array(SVDOrthogonal(gain, seed=0)((rows, columns), dtype="float64"))
    product = W.T @ W if columns <= rows else W @ W.T
    assert product == pytest.approx(gain**2 * np.eye(len(product)), abs=1e-6)


def test_a_wide_float32_kernel_keeps_its_promise():
    W = np.array(SVDOrthogonal(seed=0)((1_024, 1_024), dtype="float32"), dtype="float64")
    assert np.abs(W.T @ W - np.eye(1_024)).max() < 1e-6


def test_a_convolution_is_orthogonal_over_all_axes_but_the_last():
    W = np.array(SVDOrthogonal(seed=3)((3, 3, 4, 8))).reshape(36, 8)
    assert pytest.approx(np.eye(8), abs=1e-6) == W.T @ W


def test_it_is_saved_and_loaded_by_keras():
    config = keras.initializers.serialize(SVDOrthogonal(gain=2.0, seed=5))
    loaded = keras.initializers.deserialize(config)
    assert np.array_equal(loaded((4, 4)), SVDOrthogonal(gain=2.0, seed=5)((4, 4)))


def test_two_without_a_seed_differ_and_the_global_seed_fixes_them():
    assert not np.array_equal(SVDOrthogonal()((4, 4)), SVDOrthogonal()((4, 4)))
    keras.utils.set_random_seed(7)
    first = SVDOrthogonal()((4, 4))
    keras.utils.set_random_seed(7)
    assert np.array_equal(first, SVDOrthogonal()((4, 4)))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(inputs=st.integers(1, 40), units=st.integers(1, 40), gates=st.sampled_from([3, 4]))
def test_every_gate_of_a_kernel_is_orthogonal_by_itself(inputs, units, gates):
    kernel = np.array(SVDOrthogonal(1.5, gates, seed=0)((inputs, gates * units), "float64"))
    for W in np.split(kernel, gates, axis=1):
        product = W.T @ W if units <= inputs else W @ W.T
        assert product == pytest.approx(1.5**2 * np.eye(len(product)), abs=1e-6)


@pytest.mark.parametrize(("cell", "gates"), [("lstm", 4), ("gru", 3)])
def test_recurrent_kernels_are_orthogonal_gate_by_gate_even_at_512_units(cell, gates):
    model = build_rnn((None, 8), 2, cell=cell, units=512, initializer="svd", seed=0)
    cell_of_layer = model.get_layer("rnn1").cell
    recurrent = cell_of_layer.recurrent_kernel.numpy().astype("float64")
    for W in np.split(recurrent, gates, axis=1):
        assert np.abs(W.T @ W - np.eye(512)).max() < 1e-6
    for W in np.split(cell_of_layer.kernel.numpy().astype("float64"), gates, axis=1):
        assert np.abs(W @ W.T - np.eye(8)).max() < 1e-6  # 8 inputs are fewer than 512 units


def test_a_kernel_that_does_not_fall_into_gates_is_refused():
    with pytest.raises(ArgumentError) as caught:
        SVDOrthogonal(gates=4, seed=0)((8, 10))
    assert str(caught.value) == (
        "SVDOrthogonal: the last axis must fall into 4 gates. Received: shape=(8, 10)."
    )


# 400 inputs, 200 outputs. The guide's own formulas in NumPy: n is the fan-in for He, and the mean
# of fan-in and fan-out for Xavier.
UNIFORM = {
    "he": np.sqrt(6 / 400),
    "xavier": np.sqrt(3 / 300),
    "he_uniform": np.sqrt(6 / 400),
    "glorot_uniform": np.sqrt(6 / (400 + 200)),
    "lecun_uniform": np.sqrt(3 / 400),
    "uniform": 0.05,
}
NORMAL = {
    "he_normal": np.sqrt(2 / 400),
    "glorot_normal": np.sqrt(2 / (400 + 200)),
    "lecun_normal": np.sqrt(1 / 400),
    "normal": 0.05,
}


@pytest.mark.parametrize(("name", "bound"), UNIFORM.items())
def test_uniform_kernels_fill_their_published_bound(name, bound):
    kernel = np.array(make_initializer(name, seed=0)((400, 200)))
    assert 0.99 * bound < np.abs(kernel).max() <= bound
    assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)


@pytest.mark.parametrize(("name", "deviation"), NORMAL.items())
def test_normal_kernels_have_their_published_deviation(name, deviation):
    kernel = np.array(make_initializer(name, seed=0)((400, 200)))
    assert kernel.std() == pytest.approx(deviation, rel=0.02)
    assert kernel.mean() == pytest.approx(0, abs=0.02 * deviation)


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if "_" in name])
def test_the_names_of_keras_mean_what_they_mean_there(name):
    expected = keras.initializers.get({"class_name": name, "config": {"seed": 3}})((30, 20))
    assert np.array(make_initializer(name, seed=3)((30, 20))) == pytest.approx(
        np.array(expected), rel=1e-6
    )


@pytest.mark.parametrize("name", INITIALIZERS)
def test_a_gain_is_a_factor_on_all_weights(name):
    plain = np.array(make_initializer(name, seed=1)((12, 8)))
    assert np.array(make_initializer(name, seed=1, gain=0.5)((12, 8))) == pytest.approx(
        0.5 * plain, rel=1e-5
    )


@pytest.mark.parametrize(
    ("activation", "bound"),
    [("relu", UNIFORM["he"]), ("swish", UNIFORM["he"]), ("tanh", UNIFORM["xavier"])],
)
def test_the_activation_chooses_the_initialiser(activation, bound):
    kernel = np.array(Style(activation, seed=0).kernel("any")((400, 200)))
    assert 0.99 * bound < np.abs(kernel).max() <= bound


def test_an_object_of_keras_gets_a_seed_of_its_own_for_each_layer():
    style = Style(initializer=keras.initializers.RandomUniform(-0.3, 0.3, seed=1), seed=0)
    first, second = (np.array(style.kernel(name)((50, 50))) for name in ("a", "b"))
    assert not np.array_equal(first, second)
    assert 0.29 < np.abs(first).max() <= 0.3
    assert np.array_equal(first, style.kernel("a")((50, 50)))


def test_the_seed_of_an_object_of_keras_counts_where_the_model_has_none():
    style = Style(initializer=keras.initializers.HeNormal(seed=3))
    first, again, other = (np.array(style.kernel(name)((9, 9))) for name in ("a", "a", "b"))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("name", "deviation"),
    [  # a depthwise 3×3 kernel on 64 channels: fan-in and fan-out of each channel are 9
        ("he", np.sqrt(2 / 9)),
        ("xavier", np.sqrt(1 / 9)),
        ("lecun_normal", np.sqrt(1 / 9)),
        ("normal", 0.05),
        ("uniform", 0.05 / np.sqrt(3)),
    ],
)
def test_a_depthwise_kernel_has_the_fan_in_of_one_channel(name, deviation):
    kernel = np.array(Style(initializer=name, seed=0).depthwise_kernel("a", 64)((3, 3, 64, 1)))
    assert kernel.std() == pytest.approx(deviation, rel=0.06)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"gates": 0},
            "SVDOrthogonal: `gates` must be a whole number of at least 1. Received: gates=0.",
        ),
        (
            {"seed": -1},
            "SVDOrthogonal: `seed` must be a whole number of at least 0. Received: seed=-1.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        SVDOrthogonal(**arguments)
    assert str(caught.value) == message


def test_an_unknown_name_is_refused():
    with pytest.raises(ArgumentError, match="make_initializer: `name` must be one of"):
        make_initializer("hee", 0)


def test_an_object_of_keras_cannot_be_scaled_where_there_is_no_norm():
    style = Style(initializer=keras.initializers.HeNormal(), norm=None, where="build_resnet")
    with pytest.raises(ArgumentError) as caught:
        style.kernel("stage1_conv", gain=0.5)
    assert str(caught.value) == (
        "build_resnet: without a norm some layers scale their initialiser, which must be one by "
        "name. Received: initializer='HeNormal', norm=None, layer='stage1_conv'. Take a name such "
        'as "he_normal", or a norm.'
    )
