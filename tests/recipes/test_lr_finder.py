"""`find_learning_rate`: a rate from a short test that leaves no trace (guide rows 52, 53)."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from recipes import Recipe, find_learning_rate
from recipes.errors import ArgumentError, DataError
from recipes.training.experiments.lr_finder import read_curve

STEPS = 40


def build(optimizer=None):
    """A network with all that a training changes: weights, statistics, dropout's random state."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(16),
            layers.BatchNormalization(momentum=0.9),
            layers.ReLU(),
            layers.Dropout(0.1, seed=4),
            layers.Dense(10, activation="softmax"),
        ]
    )
    if optimizer is not None:
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def momentum():
    schedule = keras.optimizers.schedules.CosineDecay(0.05, 100)
    return keras.optimizers.SGD(schedule, momentum=0.9)


def state_of(model):
    """Every number that a model, its optimiser and its metrics hold, and that the process draws."""
    optimizer = getattr(model, "optimizer", None)
    slots = optimizer.variables if optimizer else []
    variables = [*model.variables, *slots, *model.metrics_variables]
    return (
        [keras.ops.convert_to_numpy(variable).tobytes() for variable in variables],
        (model.compiled, optimizer, model.train_function),
        random.getstate(),
        np.random.get_state()[1].tolist(),
    )


def draws():
    """What the random generators of Keras and TensorFlow give next, and the next name."""
    number = float(keras.random.uniform(()))
    return number, float(tf.random.uniform(())), layers.Dense(1).name


@pytest.mark.parametrize("optimizer", [momentum, keras.optimizers.Adam, None])
def test_the_test_leaves_no_trace(optimizer, split):
    model = build(optimizer and optimizer())
    if model.compiled:  # it is in the middle of a training
        model.fit(*split.train, epochs=1, batch_size=256, verbose=0)
    before = state_of(model)
    keras.utils.set_random_seed(7)
    expected = draws()
    keras.utils.set_random_seed(7)
    at_start = state_of(model)[2:]
    found = find_learning_rate(model, split.train, steps=STEPS)
    assert state_of(model)[:2] == before[:2]
    assert state_of(model)[2:] == at_start
    number, other, name = draws()
    assert (number, other) == expected[:2]
    assert int(name.rpartition("_")[2]) == int(expected[2].rpartition("_")[2]) + 1
    assert np.isfinite([*found.losses, *found.smoothed]).all()
    assert 1e-3 < found.learning_rate < 2


def test_arrays_and_batches_of_tensorflow_are_taken_and_two_tests_are_equal(split):
    model = build()
    results = [find_learning_rate(model, split.train, steps=STEPS) for _ in range(2)]
    assert results[0] == results[1]
    batches = tf.data.Dataset.from_tensor_slices(split.train).batch(64).repeat()
    found = find_learning_rate(model, batches, steps=STEPS)
    assert len(found.rates) <= STEPS
    assert found.learning_rate == pytest.approx(results[0].learning_rate, rel=2)
    assert str(found).startswith(f"Learning rate {found.learning_rate:.2g}. In ")


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.parts = [layers.Flatten(), layers.BatchNormalization(), layers.Dense(10)]

    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.data = x, y

    def __len__(self):
        return len(self.data[0]) // 64

    def __getitem__(self, index):
        return tuple(part[64 * index : 64 * index + 64] for part in self.data)


def test_a_subclassed_model_and_a_pydataset_are_taken(split):
    model = Subclassed()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.5), loss)
    model(split.train[0][:2])
    before = state_of(model)
    found = find_learning_rate(model, Batches(*split.train), steps=STEPS)
    assert state_of(model)[:2] == before[:2]
    assert 1e-3 < found.learning_rate < 1
    assert float(model.optimizer.learning_rate) == 0.5


def test_the_rate_lies_between_the_steepest_and_the_lowest_loss():
    # the loss falls as a logistic curve in ln(rate) around 1e-2 and rises from 1 on
    rates = np.geomspace(1e-6, 10, 141)  # 20 a decade: neighbours differ by 12 %
    losses = 2 - 1.5 / (1 + (1e-2 / rates) ** 2) + np.maximum(rates - 1, 0)
    found = read_curve(rates, losses)
    assert found.steepest == pytest.approx(1e-2, rel=0.13)
    assert 0.2 < found.lowest < 1  # smoothing sees the rise a little before it comes
    assert found.learning_rate == pytest.approx((found.steepest * found.lowest) ** 0.5)


def test_momentum_that_warms_up_peaks_at_the_lowest_loss(split):
    peak = find_learning_rate(build(), split.train, recipe=Recipe(), steps=STEPS)
    assert peak.learning_rate == peak.lowest
    for changes in ({"warmup": 0.0}, {"schedule": "constant"}, {"optimizer": "adam"}):
        recipe = Recipe(**changes)
        found = find_learning_rate(build(), split.train, recipe=recipe, steps=STEPS)
        assert found.learning_rate == pytest.approx((found.steepest * found.lowest) ** 0.5)


def test_a_loss_that_does_not_fall_gives_no_rate():
    with pytest.raises(DataError) as caught:
        read_curve(np.geomspace(1e-6, 1, 50), np.full(50, 2.5))
    assert str(caught.value) == (
        "find_learning_rate: the loss must fall at some rate. Received: first_loss=2.5, "
        "lowest_loss=2.5. See with overfit_one_batch whether the model can learn at all."
    )


def test_data_with_nan_are_told(split):
    x, y = split.train
    with pytest.raises(DataError) as caught:
        find_learning_rate(build(), (x * np.nan, y), steps=STEPS)
    assert str(caught.value) == (
        "find_learning_rate: the loss must be finite for the first steps. Received: "
        "finite_steps=0. Look for NaN in the data, or begin with a lower rate (low=…)."
    )


class OwnStep(keras.Sequential):
    def train_step(self, data):
        return {}


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (
            lambda: keras.Sequential([layers.Dense(2)], name="open"),
            {},
            "`model` must be a built Keras model. Received: model='open'. Call it on a batch "
            "first, or begin a Sequential with keras.Input(shape).",
        ),
        (
            lambda: OwnStep([keras.Input((3,)), layers.Dense(2)], name="own"),
            {},
            "`model` must be trained by Keras' own step. Received: model='own', own='train_step'.",
        ),
        (
            build,
            {"low": 0.1, "high": 0.5},
            "`high` must be at least ten times `low`. Received: low=0.1, high=0.5.",
        ),
        (
            build,
            {"steps": 5},
            "`steps` must be a whole number of at least 20. Received: steps=5.",
        ),
        (build, {"recipe": 1}, "`recipe` must be a Recipe. Received: recipe=1."),
    ],
)
def test_wrong_arguments_are_refused(make, options, message):
    data = np.zeros((8, 8, 8, 1), "float32"), np.zeros(8, int)
    with pytest.raises(ArgumentError) as caught:
        find_learning_rate(make(), data, **options)
    assert str(caught.value) == f"find_learning_rate: {message}"


def test_what_is_no_data_is_refused():
    with pytest.raises(ArgumentError) as caught:
        find_learning_rate(build(), "digits", recipe=Recipe())
    assert str(caught.value) == (
        "find_learning_rate: `train` must be a pair (x, y) of arrays, or batches of such pairs. "
        "Received: train='str'. Batches come from a tf.data.Dataset or a keras.utils.PyDataset."
    )
