"""`NaNGuard`: an injected NaN recovers, and the first bad layer is named (row 49)."""

import json

import keras
import numpy as np
import pytest
from keras import layers

from recipes.errors import ArgumentError, DivergedError
from recipes.optim.plateau import HalveOnPlateau
from recipes.optim.running_rate import current_rate
from recipes.optim.schedules import make_schedule
from recipes.training.nan_guard import NaNGuard

X = np.random.default_rng(0).normal(size=(64, 4)).astype("float32")
Y = X @ np.array([[1.0], [-1.0], [0.5], [2.0]], "float32")
CLEAN = "The last good weights are back"


def network(rate=0.01, eager=True):
    """A network with a normalization, whose optimiser has a memory."""
    seeded = keras.initializers.GlorotUniform
    model = keras.Sequential(
        [
            keras.Input((4,)),
            layers.Dense(8, "relu", kernel_initializer=seeded(0), name="first"),
            layers.BatchNormalization(name="norm"),
            layers.Dense(8, "relu", kernel_initializer=seeded(1), name="second"),
            layers.Dense(1, kernel_initializer=seeded(2), name="last"),
        ]
    )
    model.compile(keras.optimizers.SGD(rate, momentum=0.9), "mse", run_eagerly=eager)
    return model


def fit(model, callbacks, epochs=2, x=X, y=Y, **options):
    return model.fit(
        x, y, batch_size=16, epochs=epochs, shuffle=False, verbose=0, callbacks=callbacks, **options
    ).history


class Inject(keras.callbacks.Callback):
    """Puts a value into all weights of a layer, when a batch of an epoch begins or has ended."""

    def __init__(self, layer, value=np.nan, *, epoch=1, batch=2, when="begin"):
        super().__init__()
        self.layer, self.value, self.at, self.when = layer, value, (epoch, batch), when
        self.before = None

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch
        if (epoch, None) == self.at:
            self.inject()

    def on_train_batch_begin(self, batch, logs=None):
        if self.when == "begin" and (self.epoch, batch) == self.at:
            self.inject()

    def on_train_batch_end(self, batch, logs=None):
        if self.when == "end" and (self.epoch, batch) == self.at:
            self.inject()

    def inject(self):
        layer = self.model.get_layer(self.layer)
        self.before = layer.get_weights()
        layer.set_weights([np.full_like(weight, self.value) for weight in self.before])


class Kept(keras.callbacks.Callback):
    """Notes everything that a model has when an epoch begins."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(everything(self.model))


def everything(model):
    slots = [v for v in model.optimizer.variables if v.name not in ("iteration", "learning_rate")]
    return [np.array(keras.ops.convert_to_numpy(v)) for v in [*model.weights, *slots]]


def same(some, others):
    return all(np.array_equal(one, other) for one, other in zip(some, others, strict=True))


@pytest.mark.parametrize(
    ("layer", "when"), [("first", "begin"), ("norm", "end"), ("second", "begin"), ("last", "end")]
)
def test_an_injected_nan_recovers_and_its_layer_is_named(layer, when):
    model, guard = network(), NaNGuard()
    with pytest.warns(UserWarning, match=CLEAN) as caught:
        losses = fit(model, [Inject(layer, when=when), guard], epochs=3)["loss"]
    batch = 2 if when == "begin" else 3  # the loss of the next batch is the first to show it
    assert [
        (each["epoch"], each["batch"], each["layer"]) for each in guard.recoveries
    ] == [(1, batch, layer)]  # fmt: skip
    assert guard.recoveries[0]["learning_rate"] == pytest.approx(0.001)
    assert [str(each.message) for each in caught if each.category is UserWarning] == [
        f"NaNGuard: loss and weights must stay finite. Received: epoch=1, batch={batch}, "
        f"first_bad_layer='{layer}', recoveries=1. The last good weights are back, and the "
        "learning rate is 0.001 from here on."
    ]
    assert np.isfinite(losses[0])
    assert np.isfinite(losses[2])
    assert all(np.isfinite(part).all() for part in everything(model))


def test_weights_statistics_and_the_memory_of_the_optimizer_are_put_back():
    model, kept, guard = network(), Kept(), NaNGuard()

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if guard.recoveries and not hasattr(self, "after"):
                self.after = everything(self.model)
                self.iteration = int(self.model.optimizer.iterations)

    look = Look()
    with pytest.warns(UserWarning, match=CLEAN):
        fit(model, [kept, Inject("second"), guard, look])
    assert same(look.after, kept.seen[1])
    assert look.iteration == 7  # a schedule goes on: 4 steps, and 3 of the second epoch


def test_a_rate_that_is_too_large_is_lowered_until_the_training_learns():
    model, guard = network(rate=1e6, eager=False), NaNGuard(factor=0.01, retries=4)
    with pytest.warns(UserWarning, match=CLEAN):
        losses = fit(model, [guard], epochs=20)["loss"]
    assert current_rate(model) == pytest.approx(1e6 * 0.01 ** len(guard.recoveries))
    assert losses[-1] < np.var(Y)
    assert all(each["layer"] for each in guard.recoveries)  # the data are not the cause


def test_the_layer_that_overflows_is_named():
    model = network()
    guard = NaNGuard(retries=0, data=X)
    with pytest.raises(DivergedError) as caught:  # 3e38 · 8 is more than a 32-bit number holds
        fit(model, [Inject("second", 3e38), guard])
    assert caught.value.layer == "second"


def test_a_schedule_is_lowered_too_in_a_traced_step():
    schedule = make_schedule("cosine", 0.01, 12)
    model = network(schedule, eager=False)
    with pytest.warns(UserWarning, match=CLEAN):
        fit(model, [Inject("second"), NaNGuard(factor=0.5)], epochs=3)
    model.optimizer.iterations.assign(7)
    assert current_rate(model) == pytest.approx(float(schedule(7)) / 2)
    assert all(np.isfinite(part).all() for part in everything(model))


def test_weights_that_break_in_the_last_step_of_an_epoch_are_mended_too():
    model, guard = network(), NaNGuard()
    with pytest.warns(UserWarning, match=CLEAN):
        fit(model, [Inject("norm", epoch=1, batch=3, when="end"), guard])
    assert guard.recoveries[0]["batch"] is None
    assert guard.recoveries[0]["layer"] == "norm"
    assert all(np.isfinite(part).all() for part in everything(model))


def test_a_second_failure_in_the_same_epoch_goes_back_to_the_epoch_before():
    model, kept, guard = network(), Kept(), NaNGuard(retries=2)
    again = Inject("first", epoch=1, batch=3)
    after = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            if len(guard.recoveries) == 2:
                after.append(everything(self.model))

    with pytest.warns(UserWarning, match=CLEAN):
        history = fit(model, [kept, Inject("first"), again, guard, Look()])
    assert same(after[0], kept.seen[0])
    assert current_rate(model) == pytest.approx(1e-4)
    assert np.isnan(history["loss"][1])  # nothing was measured after the last batch


def test_when_no_retries_are_left_the_error_says_so_and_the_weights_are_good():
    x = X.copy()
    x[20] = np.nan  # in the data: no rate helps
    model, kept = network(), Kept()
    with pytest.warns(UserWarning, match=CLEAN), pytest.raises(DivergedError) as caught:
        fit(model, [kept, NaNGuard(retries=1)], x=x)
    assert str(caught.value) == (
        "NaNGuard: loss and weights must stay finite. Received: epoch=1, batch=1, "
        "first_bad_layer=None, recoveries=1. The model has its last good weights again. Lower the "
        "learning rate, or clip the gradients. No layer is the cause: look at the data, the "
        "targets and the loss."
    )
    assert caught.value.layer is None
    assert same(everything(model), kept.seen[1])


def test_a_model_that_is_broken_from_the_start_is_refused():
    model = network()
    with pytest.raises(DivergedError) as caught:
        fit(model, [Inject("second", epoch=0, batch=None), NaNGuard()])
    assert caught.value.layer == "second"


def test_a_healthy_training_is_left_as_it_is():
    plain, guarded, guard = network(), network(), NaNGuard()
    assert fit(plain, []) == fit(guarded, [guard])
    assert guard.recoveries == []
    assert same(everything(plain), everything(guarded))


def test_it_goes_on_where_another_stopped():
    model, guard = network(make_schedule("cosine", 0.01, 100)), NaNGuard(factor=0.5, retries=1)
    with pytest.warns(UserWarning, match=CLEAN):
        fit(model, [Inject("first"), guard])
    again, resumed = network(make_schedule("cosine", 0.01, 100)), NaNGuard(factor=0.5, retries=1)
    resumed.set_state(json.loads(json.dumps(guard.get_state())))
    with pytest.raises(DivergedError):  # the one retry is used up
        fit(again, [Inject("first", epoch=2), resumed], epochs=3, initial_epoch=2)
    assert current_rate(again) == pytest.approx(0.5 * float(make_schedule("cosine", 0.01, 100)(3)))


def test_beside_a_plateau_both_lower_the_rate():
    model = network()
    guard, plateau = NaNGuard(factor=0.1), HalveOnPlateau("loss", patience=1, min_delta=100)
    with pytest.warns(UserWarning, match=CLEAN):
        fit(model, [Inject("first", epoch=0), guard, plateau])
    assert current_rate(model) == pytest.approx(0.01 * 0.1 * 0.5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"factor": 1}, "NaNGuard: `factor` must be a number in (0, 0.9999]. Received: factor=1."),
        (
            {"retries": -1},
            "NaNGuard: `retries` must be a whole number of at least 0. Received: retries=-1.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(options, message):
    with pytest.raises(ArgumentError) as caught:
        NaNGuard(**options)
    assert str(caught.value) == message
