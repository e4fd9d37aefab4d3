"""A check changes nothing: no weight, statistic, seed, metric, name or option (guide row 15)."""

import random
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops

from recipes import check_graph

X = np.random.default_rng(0).random((8, 6), dtype="float32")


def functional():
    x = keras.Input((6,))
    y = layers.BatchNormalization()(layers.Dense(4, kernel_regularizer="l2")(x))
    y = layers.Dropout(0.5)(layers.GaussianNoise(0.1)(y))
    return keras.Model(x, layers.Dense(2)(y))


def sequential():
    normalized = layers.Normalization()
    normalized.adapt(X)
    dense = layers.SpectralNormalization(layers.Dense(3))
    return keras.Sequential([keras.Input((6,)), normalized, dense, layers.Dense(2)])


def images():
    x = keras.Input((8, 8, 1))
    y = layers.RandomFlip(seed=3)(layers.RandomTranslation(0.1, 0.1)(x))
    y = layers.BatchNormalization()(layers.Conv2D(2, 3, trainable=False)(y))
    return keras.Model(x, layers.Dense(2)(layers.GlobalAveragePooling2D()(y)))


def stateful():
    x = keras.Input((5, 3), batch_size=4)
    return keras.Model(x, layers.Dense(2)(layers.GRU(3, stateful=True, dropout=0.1)(x)))


def nested():
    inner = functional()
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(inner(x)))


class Subclassed(keras.Model):
    """A model with a counter of its calls, a seed, an added loss, and a fault on request."""

    def __init__(self, fault=False):
        super().__init__()
        self.fault = fault
        self.norm = layers.BatchNormalization()
        self.head = layers.Dense(2)
        self.seeds = keras.random.SeedGenerator(5)
        self.count = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, x, training=False):
        self.count.assign_add(1.0)
        if self.fault and not isinstance(x, keras.KerasTensor) and x.shape[0] == 4:
            raise RuntimeError("on purpose")
        y = self.norm(x, training=training) + keras.random.normal((6,), seed=self.seeds)
        self.add_loss(ops.mean(y))
        return self.head(y) + keras.random.uniform((2,))  # the global seed generator


class OwnStep(Subclassed):
    """A model with a training step of its own."""

    def train_step(self, data):
        return {"loss": ops.sum(data[0])}


def subclassed():
    model = Subclassed()
    model(X)
    return model


def own_step():
    model = OwnStep()
    model(X)
    return model


def failing():
    model = Subclassed(fault=True)
    model(X)
    return model


def cut():
    x = keras.Input((6,))
    return keras.Model(x, ops.stop_gradient(layers.Dense(2)(x)))


def dead_unit():
    x = keras.Input((6,))
    dead = layers.Dense(3, activation="relu", bias_initializer=keras.initializers.Constant(-1e4))
    return keras.Model(x, layers.Dense(2)(dead(x)))


KINDS = [functional, sequential, images, stateful, nested, subclassed, own_step]
FAULTY = [failing, cut, dead_unit]


def variables_of(model):
    """Every number that the model, its optimizer and its metrics hold."""
    variables = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def options():
    """What is set for the whole process, and what comes next of what is counted."""
    return {
        "keras": (
            keras.config.floatx(),
            keras.config.epsilon(),
            keras.config.image_data_format(),
            keras.config.dtype_policy().name,
            keras.config.is_traceback_filtering_enabled(),
        ),
        "tensorflow": (
            tf.executing_eagerly(),
            tf.config.functions_run_eagerly(),
            tf.config.threading.get_intra_op_parallelism_threads(),
            tf.compat.v1.control_flow_v2_enabled(),
        ),
        "hooks": (keras.Operation.__call__, keras.Operation.__new__),
        "warnings": list(warnings.filters),
        "python": random.getstate(),
        "numpy": np.random.get_state()[1].tolist(),
    }


def flags_of(model):
    layers_of = model._flatten_layers()
    return [(layer.name, layer.trainable, layer.built) for layer in layers_of], model.compiled


def next_draws():
    """What Keras gives next: a number of its global generator, and a name."""
    return float(keras.random.uniform(())), layers.Dense(1).name


def prepared(builder):
    model = builder()
    model.compile("adam", "mse", metrics=["mae"])
    model.optimizer.build(model.trainable_variables)
    keras.utils.set_random_seed(3)
    keras.random.uniform(())  # the global generator exists
    return model


@pytest.mark.parametrize("level", ["trace", "full"])
@pytest.mark.parametrize("builder", [*KINDS, *FAULTY], ids=lambda kind: kind.__name__)
def test_a_check_leaves_the_model_and_the_process_as_they_were(builder, level):
    model = prepared(builder)
    before, flags, settings = variables_of(model), flags_of(model), options()
    losses = len(model.losses)
    data = X if builder in (subclassed, own_step, failing) else None
    check_graph(model, data=data, level=level)
    assert all(np.array_equal(a, b) for a, b in zip(before, variables_of(model), strict=True))
    assert (flags_of(model), len(model.losses)) == (flags, losses)
    assert options() == settings


@pytest.mark.parametrize("builder", [functional, subclassed, failing, cut])
def test_a_check_takes_no_random_number_and_no_name(builder):
    data = X if builder in (subclassed, failing) else None
    model = prepared(builder)
    keras.utils.set_random_seed(4)
    expected = next_draws()
    keras.utils.set_random_seed(4)
    check_graph(model, data=data)
    number, name = next_draws()
    assert number == expected[0]
    assert int(name.rpartition("_")[2]) == int(expected[1].rpartition("_")[2]) + 1


def test_a_builder_that_fails_leaves_the_process_as_it_was():
    settings = options()
    with pytest.raises(ZeroDivisionError):
        check_graph(lambda: 1 / 0)
    assert options() == settings


def test_training_after_a_check_equals_training_without_one():
    def losses(*, checked):
        keras.utils.set_random_seed(1)
        model = functional()
        model.compile("adam", "mse")
        if checked:
            check_graph(model)
        return model.fit(X, X[:, :2], epochs=2, batch_size=4, verbose=0).history["loss"]

    assert losses(checked=True) == losses(checked=False)
