"""Batch normalization by one operation gives what Keras' own gives, and goes when it should."""

import contextlib

import keras
import numpy as np
import pytest
from keras import layers

from recipes.keras_compat import fusing_norms


def network(norm=None, *, channels=8):
    """Returns a small compiled network for images of 6×6 pixels with one norm."""
    keras.utils.set_random_seed(3)
    norm = norm or layers.BatchNormalization(name="norm")
    body = [layers.Conv2D(channels, 3, padding="same"), norm, layers.Activation("tanh")]
    model = keras.Sequential([keras.Input((6, 6, 3)), *body, layers.Flatten(), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05, momentum=0.9), "mse")
    return model


def samples(count=20):
    """Returns images that are far from mean 0 and variance 1, and numbers."""
    random = np.random.default_rng(1)
    x = random.normal(2, 3, (count, 6, 6, 3)).astype("float32")
    return x, random.normal(size=(count, 1)).astype("float32")


def trained(norm, context):
    """Returns the weights after six steps, two of which see 4 samples and not 8."""
    model = network(norm)
    with context(model):
        model.fit(*samples(), batch_size=8, epochs=2, shuffle=False, verbose=0)
        fused = "call" in vars(model.layers[1])
    return model.get_weights(), fused


@pytest.mark.parametrize(
    "options",
    [{}, {"scale": False}, {"center": False}, {"momentum": 0.5, "epsilon": 0.1}, {"axis": 3}],
)
def test_the_fused_operation_trains_as_keras_own(options):
    own, was_fused = trained(layers.BatchNormalization(**options), contextlib.nullcontext)
    assert not was_fused
    fused, was_fused = trained(layers.BatchNormalization(**options), fusing_norms)
    assert was_fused
    for ours, theirs in zip(fused, own, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


def test_it_is_another_operation_that_trains():
    import tensorflow as tf

    model, (x, _) = network(), samples()
    with fusing_norms(model):
        trace = tf.function(lambda x: model(x, training=True)).get_concrete_function(x)
    assert "FusedBatchNormV3" in {operation.type for operation in trace.graph.get_operations()}


class OwnNorm(layers.BatchNormalization):
    """A norm of somebody who may have changed what it does."""


@pytest.mark.parametrize(
    ("norm", "channels"),
    [
        (layers.BatchNormalization(), 6),  # slower than Keras' own
        (layers.BatchNormalization(dtype="mixed_bfloat16"), 8),
        (layers.BatchNormalization(dtype="float64"), 8),
        (layers.BatchNormalization(axis=1), 8),
        (layers.BatchNormalization(axis=2), 8),
        (layers.BatchNormalization(epsilon=1e-6), 8),  # TensorFlow would raise it
        (layers.BatchNormalization(renorm=True), 8),
        (layers.BatchNormalization(synchronized=True), 8),
        (OwnNorm(), 8),
        (layers.LayerNormalization(), 8),
    ],
)
def test_a_layer_that_the_operation_does_not_fit_stays_as_it_is(norm, channels):
    model = network(norm, channels=channels)
    with fusing_norms(model):
        assert "call" not in vars(norm)


def test_vectors_stay_as_they_are():
    norm = layers.BatchNormalization()
    with fusing_norms(keras.Sequential([keras.Input((8,)), norm])):
        assert "call" not in vars(norm)


def test_half_precision_is_fused_where_sixteen_channels_are():
    norm = layers.BatchNormalization(dtype="mixed_bfloat16")
    model = network(norm, channels=16)
    with fusing_norms(model):
        assert "call" in vars(norm)
        model.fit(*samples(), batch_size=8, verbose=0)
    assert norm.moving_variance.dtype == "float32"


def test_inference_and_a_frozen_layer_are_keras_own_to_the_bit():
    model, (x, _) = network(), samples()
    model.layers[1].moving_mean.assign(np.arange(8))
    expected = model(x, training=False)
    with fusing_norms(model):
        np.testing.assert_array_equal(model(x, training=False), expected)
        model.layers[1].trainable = False
        np.testing.assert_array_equal(model(x, training=True), expected)


def test_afterwards_the_layer_is_as_it_was():
    model = network()
    before = set(vars(model.layers[1]))
    with contextlib.suppress(KeyboardInterrupt), fusing_norms(model):
        assert set(vars(model.layers[1])) - before == {"call"}
        raise KeyboardInterrupt
    assert set(vars(model.layers[1])) == before


def test_two_at_once_leave_the_layer_as_it_was():
    model = network()
    with fusing_norms(model):
        with fusing_norms(model):
            pass
        assert "call" in vars(model.layers[1])
    assert "call" not in vars(model.layers[1])
