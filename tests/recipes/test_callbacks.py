"""Callbacks beside a plain `model.fit` (rows 39, 40, 54, 69)."""

import json

import keras
import numpy as np
import pytest

from recipes.errors import ArgumentError
from recipes.optim.alternate import AlternateRegularization
from recipes.optim.plateau import HalveOnPlateau, schedule_callbacks
from recipes.optim.running_rate import ScaledSchedule, current_rate, multiply_rate
from recipes.optim.schedules import SCHEDULES, make_schedule
from recipes.optim.switch import SwitchOptimizer, nearly_converged

ONE = np.ones((1, 1), "float32")


def one_weight(optimizer, start=0.0, **options):
    """A model y = w · x; on x = y = 1 its loss is (1 − w)², its gradient 2 (w − 1)."""
    layer = keras.layers.Dense(
        1, use_bias=False, kernel_initializer=keras.initializers.Constant(start), **options
    )
    model = keras.Sequential([keras.Input((1,)), layer])
    model.compile(optimizer, "mse")
    return model


def eager(optimizer, metrics=()):
    """The same, not traced: that takes longer than all its steps."""
    model = one_weight(optimizer)
    model.compile(optimizer, "mse", metrics=list(metrics), run_eagerly=True)
    return model


def fit(model, epochs, callbacks=(), initial_epoch=0, x=ONE, y=ONE, **options):
    """Trains a model; on x = 0 its loss stays 1."""
    return model.fit(
        x, y, epochs=epochs, initial_epoch=initial_epoch, callbacks=list(callbacks), verbose=0,
        **options,
    ).history  # fmt: skip


def weight_of(model):
    return float(model.get_weights()[0].squeeze())


class Weights(keras.callbacks.Callback):
    """Notes the weight after each epoch."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(weight_of(self.model))


class TestHalveOnPlateau:
    """Rows 39 and 54: the rate falls when the validation cost, or accuracy, stalls."""

    @pytest.mark.parametrize(
        ("start", "expected"),
        # the first epoch is the best; each second one after it is one too many
        [(1.0, [1.0, 1.0, 1.0, 0.5, 0.5, 0.25]), (0.1, [0.1, 0.1, 0.1, 0.05, 0.05, 0.025])],
    )
    def test_the_rate_is_halved_whenever_the_validation_loss_stalls(self, start, expected):
        model = eager(keras.optimizers.SGD(start))
        callback = HalveOnPlateau(patience=2)
        zeros = {"x": 0 * ONE, "validation_data": (0 * ONE, ONE)}
        history = fit(model, 6, [callback], **zeros)
        assert history["learning_rate"] == pytest.approx(expected)
        assert callback.epochs == [2, 4]
        assert current_rate(model) == pytest.approx(expected[-1])

    @pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "plateau"])
    def test_it_multiplies_what_is_left_of_a_schedule(self, name):
        schedule = make_schedule(name, 0.4, 6)
        model = eager(keras.optimizers.SGD(schedule))
        history = fit(model, 6, [HalveOnPlateau("loss", patience=2)], x=0 * ONE)
        plain = [float(schedule(step)) if callable(schedule) else 0.4 for step in range(1, 7)]
        halved = [1, 1, 1, 0.5, 0.5, 0.25]
        expected = [rate * share for rate, share in zip(plain, halved, strict=True)]
        assert history["learning_rate"] == pytest.approx(expected, abs=1e-7)

    def test_the_traced_step_follows_the_factor_on_a_schedule(self):
        # rate 0.25: each step halves the distance to 1; after the third, rate 0.125: a quarter off
        schedule = keras.optimizers.schedules.PiecewiseConstantDecay([100], [0.25, 0.0])
        model = one_weight(keras.optimizers.SGD(schedule))
        weights = Weights()
        fit(model, 1)  # traced without the callback
        model.set_weights([np.zeros((1, 1))])
        fit(model, 4, [HalveOnPlateau("loss", patience=2, min_delta=10), weights])
        assert weights.seen == pytest.approx([0.5, 0.75, 0.875, 1 - 0.125 * 0.75])

    @pytest.mark.parametrize("factor", [0.1, 0.3, 0.5])
    def test_it_watches_an_accuracy_that_no_longer_rises(self, factor):
        model = eager(keras.optimizers.SGD(1.0), ["accuracy"])
        callback = HalveOnPlateau("accuracy", factor=factor, patience=1)
        history = fit(model, 3, [callback], x=0 * ONE)
        assert history["learning_rate"] == pytest.approx([1.0, 1.0, factor])

    def test_a_loss_that_falls_leaves_the_rate_alone(self):
        model = eager(keras.optimizers.SGD(0.1))
        fit(model, 5, [HalveOnPlateau("loss", patience=1)])
        assert current_rate(model) == pytest.approx(0.1)

    def test_a_loss_of_nan_is_no_best_value(self):
        callback = HalveOnPlateau("loss", patience=5)
        callback.set_model(eager(keras.optimizers.SGD(0.1)))
        callback.on_train_begin()
        for epoch, loss in enumerate([float("nan"), 2.0, 1.0, float("nan")]):
            callback.on_epoch_end(epoch, {"loss": loss})
        assert callback.get_state()["best"] == 1.0
        assert callback.get_state()["wait"] == 1

    def test_a_value_that_is_not_in_the_logs_is_said(self):
        model = eager(keras.optimizers.SGD(0.1))
        with pytest.warns(UserWarning, match="monitor") as caught:
            fit(model, 1, [HalveOnPlateau()])
        assert str(caught[0].message) == (
            "HalveOnPlateau: `monitor` must be a name in the logs of an epoch. "
            "Received: monitor='val_loss', logs=['loss']. Nothing is done after this epoch. "
            "A name with val_ needs validation data."
        )

    def test_plateau_is_the_one_schedule_that_comes_with_it(self):
        assert [type(each) for each in schedule_callbacks("plateau")] == [HalveOnPlateau]
        assert schedule_callbacks("plateau", factor=0.3)[0].factor == 0.3
        assert all(schedule_callbacks(name) == [] for name in SCHEDULES if name != "plateau")

    def test_a_schedule_with_a_factor_is_saved_with_the_model(self, tmp_path):
        model = one_weight(keras.optimizers.SGD(make_schedule("cosine", 0.4, 10)))
        multiply_rate(model, 0.5)
        model.save(tmp_path / "model.keras")
        loaded = keras.models.load_model(tmp_path / "model.keras")
        assert type(loaded.optimizer.learning_rate) is not ScaledSchedule
        assert current_rate(loaded) == pytest.approx(0.2)

    def test_a_function_as_rate_is_refused(self):
        model = eager(keras.optimizers.SGD(lambda: 0.1))
        with pytest.raises(ArgumentError) as caught:
            multiply_rate(model, 0.5)
        assert str(caught.value) == (
            "multiply_rate: the learning rate must be a number or a LearningRateSchedule. "
            "Received: learning_rate='function'."
        )


class TestSwitchOptimizer:
    """Row 40: an adaptive optimiser first, gradient descent when nearly converged."""

    @pytest.mark.parametrize(
        ("costs", "expected"),
        [
            ([2.0, 1.0, 0.6, 0.5, 0.5, 0.49, 0.49], True),  # 0.01 of 1.51 in three epochs
            ([2.0, 1.0, 0.6, 0.5, 0.5, 0.45, 0.40], False),  # 0.1 of 1.6: 6 %
            ([2.0, 2.0, 2.0, 2.0, 2.0, 2.0], False),  # it has not begun to fall (row 14)
            ([2.0, 3.0, 4.0, 5.0, 6.0, 7.0], False),  # nor will it
            ([2.0, 0.5, 0.5], False),  # too early to tell
            ([-0.1, -0.5, -0.9, -0.9, -0.9, -0.9], True),  # accuracies times −1
            ([2.0, 1.0, 0.5, 0.9, 0.5, 0.8], True),  # noise is no progress
        ],
    )
    def test_the_trigger_is_near_convergence(self, costs, expected):
        assert nearly_converged(costs) is expected

    def test_an_exponential_fall_is_nearly_over_after_97_percent(self):
        # e^(−t/5): three epochs bring e^(−t/5) (e^0.6 − 1) of 1 − e^(−t/5), under 5 % from
        # e^(−t/5) < 0.05 / 0.872 on: t = 14.3, of which the sixteenth value is the first
        costs = np.exp(-np.arange(40) / 5).tolist()
        assert next(n for n in range(41) if nearly_converged(costs[:n])) == 16

    def test_the_weights_are_the_same_before_and_after_the_switch(self):
        model = eager("adam")
        fit(model, 3)
        callback = SwitchOptimizer(trigger=lambda costs: True)
        callback.set_model(model)
        before = weight_of(model)
        callback.on_epoch_end(3, {"loss": 0.1})
        assert type(model.optimizer) is keras.optimizers.SGD
        assert weight_of(model) == before
        assert callback.epoch == 3

    def test_the_steps_after_the_switch_are_those_of_the_new_optimizer(self):
        model = one_weight(keras.optimizers.Adam(0.1))
        old, new = model.optimizer, keras.optimizers.SGD(0.25)
        weights = Weights()
        switch = SwitchOptimizer(new, trigger=lambda costs: len(costs) == 2)
        fit(model, 5, [switch, weights])
        assert weights.seen[:2] == pytest.approx([0.1, 0.2], abs=1e-3)  # Adam: a rate a step
        left = 1 - weights.seen[1]
        assert weights.seen[2:] == pytest.approx([1 - left / 2, 1 - left / 4, 1 - left / 8])
        assert int(old.iterations) == 2
        assert int(new.iterations) == 3

    def test_it_switches_by_itself_when_nearly_converged(self):
        model = eager(keras.optimizers.Adam(0.3))
        callback = SwitchOptimizer()
        losses = fit(model, 40, [callback])["loss"]
        assert nearly_converged(losses[: callback.epoch + 1])
        assert not nearly_converged(losses[: callback.epoch])
        assert weight_of(model) == pytest.approx(1, abs=0.05)

    def test_the_default_keeps_decay_and_clipping(self):
        adam = keras.optimizers.AdamW(0.1, weight_decay=0.02, global_clipnorm=3.0)
        model = eager(adam)
        fit(model, 1, [SwitchOptimizer(trigger=lambda costs: True)])
        config = model.optimizer.get_config()
        assert config["momentum"] == 0.9
        assert config["learning_rate"] == pytest.approx(0.01)
        assert config["weight_decay"] == 0.02
        assert config["global_clipnorm"] == 3.0

    def test_in_16_bits_the_loss_is_still_scaled(self):
        model = one_weight("adam", dtype="mixed_float16")
        model.optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.1))
        fit(model, 2, [SwitchOptimizer(trigger=lambda costs: len(costs) == 1)])
        assert type(model.optimizer) is keras.optimizers.LossScaleOptimizer
        assert type(model.optimizer.inner_optimizer) is keras.optimizers.SGD


class TestAlternateRegularization:
    """Row 69: one epoch regularised, one not."""

    def test_a_penalty_counts_in_every_other_epoch_without_a_retrace(self):
        traces = []

        def penalty(weight):
            traces.append(weight)
            return 3.0 * keras.ops.sum(weight)

        # A rate of 0 keeps the weight 1: the loss is 0, or 3 with the penalty.
        model = one_weight(keras.optimizers.SGD(0.0), start=1.0, kernel_regularizer=penalty)
        history = fit(model, 4, [AlternateRegularization()], validation_data=(ONE, ONE))
        assert history["loss"] == pytest.approx([3, 0, 3, 0])
        assert history["val_loss"] == pytest.approx([3, 3, 3, 3])  # comparable
        assert len(traces) == 2  # one for the training step, one for the validation
        assert model.layers[0].kernel.regularizer is penalty
        assert model.evaluate(ONE, ONE, verbose=0) == pytest.approx(3)

    def test_the_weight_decay_of_the_optimizer_alternates(self):
        model = one_weight(keras.optimizers.SGD(0.5, weight_decay=0.4), start=1.0)
        weights = Weights()
        fit(model, 4, [AlternateRegularization(), weights], x=0 * ONE)
        assert weights.seen == pytest.approx([0.8, 0.8, 0.64, 0.64])  # 1 − 0.5 · 0.4
        assert model.optimizer.get_config()["weight_decay"] == 0.4
        fit(model, 1, [weights], x=0 * ONE)
        assert weights.seen == pytest.approx([0.512])

    @pytest.mark.parametrize(
        "noise",
        [
            lambda: keras.layers.Dropout(0.5, seed=0),
            lambda: keras.layers.GaussianNoise(1.0, seed=0),
            lambda: keras.layers.LSTM(2, dropout=0.5, recurrent_dropout=0.5, seed=0),
        ],
        ids=["dropout", "noise", "recurrent"],
    )
    def test_dropout_alternates(self, noise):
        model = keras.Sequential([keras.Input((3, 40)), noise(), keras.layers.Flatten()])
        model.compile(keras.optimizers.SGD(0.0), "mse")
        x = np.random.default_rng(0).normal(size=(8, 3, 40)).astype("float32")
        target = model.predict(x, verbose=0)  # without dropout the loss is 0
        model.add(keras.layers.Dense(target.shape[1], kernel_initializer="identity"))
        model.compile(keras.optimizers.SGD(0.0), "mse")
        losses = fit(model, 4, [AlternateRegularization()], x=x, y=target)["loss"]
        assert min(losses[0::2]) > 1e-3
        assert max(losses[1::2]) < 1e-9
        assert "call" not in vars(model.layers[0])

    def test_it_goes_on_with_the_number_of_the_epoch(self):
        model = one_weight(keras.optimizers.SGD(0.0), start=1.0, kernel_regularizer="l2")
        history = fit(model, 5, [AlternateRegularization()], initial_epoch=3)
        assert history["loss"] == pytest.approx([0, 0.01])

    def test_a_model_without_regularization_is_refused(self):
        model = one_weight("sgd")
        with pytest.raises(ArgumentError) as caught:
            fit(model, 1, [AlternateRegularization()])
        assert str(caught.value) == (
            "AlternateRegularization: there must be a penalty, a weight decay or a dropout that "
            f"can be turned off. Received: model='{model.name}'. Give the model regularize=… or "
            "dropout=…."
        )


STATEFUL = {
    "halve": lambda: HalveOnPlateau("loss", patience=2),
    "switch": lambda: SwitchOptimizer(trigger=lambda costs: len(costs) == 2),
}


@pytest.mark.parametrize("name", STATEFUL)
@pytest.mark.parametrize("epochs", [1, 3])
def test_a_callback_goes_on_where_another_stopped(name, epochs):
    def model():
        schedule = make_schedule("cosine", 0.1, 6)
        return eager(keras.optimizers.Adam(schedule))

    def state(model, callback):
        return callback.get_state(), type(model.optimizer), current_rate(model)

    whole, callback = model(), STATEFUL[name]()
    fit(whole, 6, [callback], x=0 * ONE)

    first, second = model(), model()
    stopped, resumed = STATEFUL[name](), STATEFUL[name]()
    fit(first, epochs, [stopped], x=0 * ONE)
    resumed.set_model(second)
    resumed.set_state(json.loads(json.dumps(stopped.get_state())))
    second.optimizer.iterations.assign(first.optimizer.iterations)
    fit(second, 6, [resumed], initial_epoch=epochs, x=0 * ONE)
    assert state(second, resumed) == state(whole, callback)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: HalveOnPlateau(factor=1),
            "HalveOnPlateau: `factor` must be a number in (0, 0.9999]. Received: factor=1.",
        ),
        (
            lambda: HalveOnPlateau(patience=0),
            "HalveOnPlateau: `patience` must be a whole number of at least 1. "
            "Received: patience=0.",
        ),
        (
            lambda: HalveOnPlateau("val_kappa"),
            "HalveOnPlateau: `mode` must say which way is better where the name of the value does "
            "not. Received: monitor='val_kappa', mode='auto'. Give mode=\"min\" or mode=\"max\".",
        ),
        (
            lambda: SwitchOptimizer("sgd"),
            "SwitchOptimizer: `optimizer` must be a Keras optimiser. Received: optimizer='sgd'.",
        ),
        (
            lambda: SwitchOptimizer(trigger=3),
            "SwitchOptimizer: `trigger` must be a function of the costs so far. "
            "Received: trigger=3.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(call, message):
    with pytest.raises(ArgumentError) as caught:
        call()
    assert str(caught.value) == message
