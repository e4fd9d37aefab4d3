"""Initial weights: SVDOrthogonal against its definition."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.blocks.initializers import SVDOrthogonal, make_initializer


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


@pytest.mark.parametrize(
    ("name", "bound"),
    [("he", np.sqrt(6 / 400)), ("xavier", np.sqrt(3 / 300))],  # fan-in 400, fan-out 200
)
def test_uniform_kernels_fill_their_published_bound(name, bound):
    kernel = np.array(make_initializer(name, seed=0)((400, 200)))
    assert 0.99 * bound < np.abs(kernel).max() <= bound
    assert kernel.std() == pytest.approx(bound / np.sqrt(3), rel=0.02)
