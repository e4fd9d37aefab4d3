"""Averaged weights, and statistics of batch normalization that fit them (row 67)."""

import keras
import numpy as np
import pytest
from keras import layers

from recipes.errors import ArgumentError
from recipes.optim.weight_average import WeightAverage, recompute_statistics

ONE = np.ones((1, 1), "float32")
X = np.random.default_rng(0).normal(2.0, 3.0, (50, 4)).astype("float32")
Y = X[:, :1] - X[:, 1:2]


def one_weight():
    """A model y = w · x whose distance to 1 is halved by each step on x = y = 1."""
    model = keras.Sequential(
        [keras.Input((1,)), layers.Dense(1, use_bias=False, kernel_initializer="zeros")]
    )
    model.compile(keras.optimizers.SGD(0.25), "mse", run_eagerly=True)
    return model


def normalized(frozen=False):
    """A model with two batch normalizations."""
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(0), name="first"),
            layers.BatchNormalization(name="bn1", trainable=not frozen),
            layers.Dropout(0.5, seed=0),
            layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(1), name="second"),
            layers.BatchNormalization(name="bn2"),
            layers.Dense(1, kernel_initializer=keras.initializers.GlorotUniform(2)),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=True)
    return model


def statistics(layer):
    return [keras.ops.convert_to_numpy(v) for v in (layer.moving_mean, layer.moving_variance)]


def test_the_average_equals_values_worked_out_by_hand():
    model = one_weight()
    callback = WeightAverage(ONE, decay=0.2, every=1)
    history = model.fit(
        ONE, ONE, epochs=3, verbose=0, callbacks=[callback], validation_data=(ONE, ONE)
    ).history
    # The weights are 1/2, 3/4, 7/8. The average keeps 1/10, then 2/11, then 1/5 of itself.
    first = 0.9 / 2
    second = first * 2 / 11 + 0.75 * 9 / 11
    third = second / 5 + 0.875 * 4 / 5
    averages = np.array([first, second, third])
    assert history["loss"] == pytest.approx([1, 1 / 4, 1 / 16])  # of the weights, before each step
    assert history["val_loss"] == pytest.approx((1 - averages) ** 2)
    assert model.get_weights()[0].item() == pytest.approx(third)
    assert callback.updates == 3


def test_it_may_be_updated_every_few_steps():
    model = one_weight()
    callback = WeightAverage(ONE, decay=0.5, every=2)
    model.fit(ONE, ONE, epochs=5, verbose=0, callbacks=[callback])
    # Updates after the steps 2 and 4, with weights 3/4 and 15/16; 0.5² is more than 1/10 and 2/11.
    expected = 0.75 * 0.9 * 2 / 11 + 15 / 16 * 9 / 11
    assert model.get_weights()[0].item() == pytest.approx(expected)


def test_within_applied_the_average_is_in_the_model():
    model = one_weight()
    seen = {}

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seen["weight"] = model.get_weights()[0].item()
            with callback.applied():
                seen["average"] = model.get_weights()[0].item()
            seen["after"] = model.get_weights()[0].item()

    callback = WeightAverage(ONE, every=1)
    model.fit(ONE, ONE, verbose=0, callbacks=[callback, Look()])
    assert seen == {"weight": 0.5, "average": pytest.approx(0.45), "after": 0.5}


def test_the_statistics_at_the_end_are_those_of_the_averaged_weights():
    model = normalized()
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[WeightAverage(X, every=1)])
    kernel, bias = model.get_layer("first").get_weights()
    seen = X @ kernel + bias
    mean, variance = statistics(model.get_layer("bn1"))
    assert mean == pytest.approx(seen.mean(axis=0), rel=1e-4)
    assert variance == pytest.approx(seen.var(axis=0), rel=1e-4)


def test_the_statistics_of_the_training_are_back_after_a_validation():
    weights = []

    class Look(keras.callbacks.Callback):
        def on_test_begin(self, logs=None):
            weights.append(self.model.get_weights())

        def on_test_end(self, logs=None):
            weights.append(self.model.get_weights())

    model = normalized()
    around, within = Look(), Look()
    model.fit(
        X, Y, verbose=0, validation_data=(X, Y),
        callbacks=[around, WeightAverage(X, every=1), within],
    )  # fmt: skip
    before, averaged, _, after = weights
    assert all((a == b).all() for a, b in zip(before, after, strict=True))
    assert not all((a == b).all() for a, b in zip(before, averaged, strict=True))


class Batches(keras.utils.PyDataset):
    def __len__(self):
        return 5

    def __getitem__(self, index):
        return X[10 * index : 10 * (index + 1)], Y[10 * index : 10 * (index + 1)]


@pytest.mark.parametrize(
    "data", [X, (X, Y), Batches(), [(x, None) for x in np.split(X, 5)]],
    ids=["array", "pair", "PyDataset", "batches"],
)  # fmt: skip
def test_the_first_normalization_gets_the_statistics_of_all_batches(data):
    model = normalized()
    recompute_statistics(model, data, batch_size=7)  # 50 = 7 · 7 + 1: one sample alone is left out
    kernel, bias = model.get_layer("first").get_weights()
    order = np.random.default_rng(0).permutation(50)[:49]
    seen = (X[order] if data is X or isinstance(data, tuple) else X) @ kernel + bias
    mean, variance = statistics(model.get_layer("bn1"))
    assert mean == pytest.approx(seen.mean(axis=0), rel=1e-4)
    assert variance == pytest.approx(seen.var(axis=0), rel=1e-4)


def test_in_a_traced_training_the_average_is_the_same():
    weights = []
    for eager in (True, False):
        model = normalized()
        model.compile(keras.optimizers.SGD(0.01), "mse", run_eagerly=eager)
        model.fit(
            X, Y, epochs=3, shuffle=False, verbose=0, validation_data=(X, Y),
            callbacks=[WeightAverage(X, batch_size=16, every=1)],
        )  # fmt: skip
        weights.append(model.get_weights())
    assert all(a == pytest.approx(b, abs=1e-5) for a, b in zip(*weights, strict=True))


def test_a_tf_dataset_is_read_no_further_than_needed():
    import tensorflow as tf

    model, same = normalized(), normalized()
    endless = tf.data.Dataset.from_tensor_slices((X, Y)).batch(10).repeat()
    recompute_statistics(model, endless, samples=50)
    recompute_statistics(same, Batches())
    for name in ("bn1", "bn2"):
        pairs = zip(*(statistics(m.get_layer(name)) for m in (model, same)), strict=True)
        assert all(one == pytest.approx(other, rel=1e-5) for one, other in pairs)


def test_nothing_but_the_statistics_changes():
    model = normalized(frozen=True)
    names = [v.path.partition("/")[2] for v in model.variables]
    before = [np.array(keras.ops.convert_to_numpy(v)) for v in model.variables]
    recompute_statistics(model, X)
    after = [keras.ops.convert_to_numpy(v) for v in model.variables]
    changed = {n for n, a, b in zip(names, before, after, strict=True) if not np.array_equal(a, b)}
    assert changed == {"bn2/moving_mean", "bn2/moving_variance"}  # bn1 is frozen
    assert model.get_layer("bn2").momentum == 0.99


def test_an_average_goes_on_where_another_stopped():
    whole, callback = normalized(), WeightAverage(X, every=3)
    whole.fit(X, Y, epochs=4, verbose=0, shuffle=False, callbacks=[callback])

    class Stop(keras.callbacks.Callback):
        """Keeps what a process that is killed after the second epoch has left on the disk."""

        def on_epoch_end(self, epoch, logs=None):
            if epoch == 1:
                self.kept = [np.array(keras.ops.convert_to_numpy(v)) for v in self.model.variables]
                self.state = first.get_state()

    killed, first, stop = normalized(), WeightAverage(X, every=3), Stop()
    killed.fit(X, Y, epochs=3, verbose=0, shuffle=False, callbacks=[first, stop])
    resumed, second = normalized(), WeightAverage(X, every=3)
    for variable, value in zip(resumed.variables, stop.kept, strict=True):
        variable.assign(value)
    second.set_state(stop.state)
    resumed.fit(X, Y, epochs=4, initial_epoch=2, verbose=0, shuffle=False, callbacks=[second])
    for one, other in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        assert np.array_equal(one, other)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: WeightAverage(X, decay=1),
            "WeightAverage: `decay` must be a number in (0, 0.999999]. Received: decay=1.",
        ),
        (
            lambda: WeightAverage(X, every=0),
            "WeightAverage: `every` must be a whole number of at least 1. Received: every=0.",
        ),
        (
            lambda: recompute_statistics(normalized(), X[:1]),
            "WeightAverage: `data` must have a batch of at least 2 samples.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, message):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message
