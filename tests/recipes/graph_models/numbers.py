"""What shows only when gradients are run: zeros, and numbers out of range."""

import keras
import numpy as np
from keras import initializers, layers, ops

from graph_models.case import BATCH, ROWS, Case
from graph_models.connected import INFO, NESTED, SEQUENTIAL, SUBCLASSED, WARNING


def _beside(x, branch):
    """A model whose output sees the input too."""
    return keras.Model(x, layers.Dense(2, name="head")(layers.Concatenate()([x, branch])))


def times_zero():
    x = keras.Input((6,))
    return _beside(x, layers.Dense(3, name="gone")(x) * 0.0)


def chain_times_zero():
    x = keras.Input((6,))
    y = layers.Dense(4, activation="relu", name="gone_1")(x)
    return _beside(x, layers.Dense(3, name="gone_2")(y) * 0.0)


def times_zero_before_a_relu():
    x = keras.Input((6,))
    return _beside(x, ops.relu(layers.Dense(3, name="gone")(x) * 0.0))


def second_of_three_recurrences_times_zero():
    x = y = keras.Input((5, 3))
    for number in range(3):
        y = layers.LSTM(3, return_sequences=True, name=f"rnn{number}")(y)
        y = y * 0.0 if number == 1 else y
    return _beside(x, y)


def softmax_over_one_unit():
    x = keras.Input((6,))
    y = layers.Softmax(axis=1, name="of_one")(
        layers.Reshape((1, 3))(layers.Dense(3, name="gone")(x))
    )
    return keras.Model(x, layers.Flatten()(y))


def norm_over_one_value():
    x = keras.Input((6,))
    y = layers.LayerNormalization(center=False, scale=False, name="of_one")(
        layers.Dense(1, name="gone")(x)
    )
    return _beside(x, y)


def clipped_to_a_point():
    x = keras.Input((6,))
    return _beside(x, ops.clip(layers.Dense(3, name="gone")(x), 1.0, 1.0))


def times_zero_in_a_nested_model():
    x = keras.Input((6,))
    inner = keras.Model(x, layers.Dense(3, name="gone")(x) * 0.0)
    y = keras.Input((6,))
    return _beside(y, inner(y))


class Gated(keras.Model):
    """A subclassed model with a gate that is a constant zero."""

    def __init__(self):
        super().__init__(name="gated")
        self.branch = layers.Dense(6, name="branch")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(x + ops.zeros(()) * self.branch(x))


def dead_relu():
    x = keras.Input((6,))
    far = initializers.Constant(-1e4)
    return _beside(x, layers.Dense(4, activation="relu", bias_initializer=far, name="dead")(x))


def dead_on_the_given_data():
    x = keras.Input((6,))
    below = initializers.Constant(-100.0)  # raw pixels would wake it
    return _beside(x, layers.Dense(4, activation="relu", bias_initializer=below, name="dead")(x))


def saturated():
    x = keras.Input((6,))
    far = initializers.Constant(1e3)
    return _beside(x, layers.Dense(4, activation="sigmoid", bias_initializer=far, name="dead")(x))


def zeros_everywhere():
    x = keras.Input((6,))
    y = layers.Dense(4, activation="relu", kernel_initializer="zeros", name="dead")(x)
    return keras.Model(x, layers.Dense(2, kernel_initializer="zeros", name="head")(y))


def dead_relu_in_a_nested_model():
    far = initializers.Constant(-1e4)
    dense = layers.Dense(4, activation="relu", bias_initializer=far, name="dead")
    inner = keras.Sequential([keras.Input((6,)), dense])
    x = keras.Input((6,))
    return _beside(x, inner(x))


def dropout_of_all():
    x = keras.Input((6,))
    return _beside(x, layers.Dropout(1.0)(layers.Dense(4, name="resting")(x)))


class Resting(keras.Model):
    """A subclassed model that uses a layer in inference alone."""

    def __init__(self):
        super().__init__(name="rests")
        self.resting = layers.Dense(6, name="resting")
        self.head = layers.Dense(2, name="head")

    def call(self, x, training=False):
        return self.head(x if training else self.resting(x))


class Muted(layers.Layer):
    """A layer that lets nothing through in training."""

    def call(self, x, training=False):
        return x * (0.0 if training else 1.0)


def muted_in_training():
    x = keras.Input((6,))
    return _beside(x, Muted(name="muted")(layers.Dense(4, name="resting")(x)))


def log_of_negative():
    x = keras.Input((6,))
    y = layers.Lambda(lambda v: ops.log(-1.0 - ops.abs(v)), name="log")(layers.Dense(3)(x))
    return keras.Model(x, layers.Dense(2, name="head")(y))


def root_of_zero():
    x = keras.Input((6,))
    y = layers.Lambda(lambda v: ops.sqrt(v - v), name="root")(layers.Dense(3)(x))
    return _beside(x, y)


def weights_not_a_number():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3, name="ill"), layers.Dense(2)])
    model.get_layer("ill").kernel.assign(np.full((6, 3), np.nan))
    return model


class Dividing(keras.Model):
    """A subclassed model that divides by the spread of its inputs."""

    def __init__(self):
        super().__init__(name="dividing")
        self.divide = layers.Lambda(lambda v: v / ops.std(v - v), name="divide")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(self.divide(x))


def _deep(depth, spread, activation=None):
    x = y = keras.Input((8,))
    for number in range(depth):
        kernel = initializers.RandomNormal(0, spread, seed=number)
        y = layers.Dense(8, activation, kernel_initializer=kernel, name=f"deep_{number}")(y)
    return keras.Model(x, y)


def exploding_chain():
    return _deep(20, 8.0)


def exploding_in_a_nested_model():
    x = keras.Input((8,))
    return keras.Model(x, layers.Dense(2, name="head")(_deep(15, 8.0)(x)))


def exploding_recurrence():
    kernel = initializers.Constant(4.0)
    cell = layers.SimpleRNN(4, activation=None, recurrent_initializer=kernel, name="recurrent")
    return keras.Sequential([keras.Input((16, 3)), layers.Dense(3, name="before"), cell])


def vanishing_chain():
    return _deep(20, 0.1, "sigmoid")


def vanishing_until_zero():
    return _deep(40, 0.1, "sigmoid")


def vanishing_scale():
    x = keras.Input((6,))
    return _beside(x, layers.Dense(3, name="faint")(x) * 1e-16)


def zero_gamma():
    x = keras.Input((6,))
    y = layers.BatchNormalization(gamma_initializer="zeros")(layers.Dense(6, name="waiting")(x))
    return keras.Model(x, layers.Dense(2)(layers.Add()([x, y])))


class ReZero(layers.Layer):
    """A factor that begins at zero (Bachlechner et al. 2020, arXiv:2003.04887)."""

    def build(self, shape):
        self.alpha = self.add_weight(shape=(), initializer="zeros", name="alpha")

    def call(self, x):
        return self.alpha * x


def rezero():
    x = keras.Input((6,))
    y = x + ReZero()(layers.Dense(6, name="waiting")(x))
    return keras.Model(x, layers.Dense(2)(y))


def zero_head():
    head = layers.Dense(2, kernel_initializer="zeros", name="head")
    return keras.Sequential([keras.Input((6,)), layers.Dense(4, name="waiting"), head])


def recurrence_of_one_step():
    x = keras.Input((1, 6))
    return keras.Model(x, layers.Dense(2)(layers.SimpleRNN(3, name="rnn")(x)))


def kernel_without_input():
    x = keras.Input((6,))
    return _beside(x, layers.Dense(3, name="idle")(ops.zeros_like(x)))


class Shifted(layers.Layer):
    """A softmax with a shift that it is blind to."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 3), name="kernel")
        self.shift = self.add_weight(shape=(1,), name="shift")

    def call(self, x):
        logits = ops.matmul(x, self.kernel) + 0.0 * self.shift
        return ops.softmax(logits)


def shift_before_a_softmax():
    return keras.Sequential([keras.Input((6,)), Shifted(name="shifted")])


class Particular(keras.Model):
    """A subclassed model that takes few classes."""

    def __init__(self):
        super().__init__(name="particular")
        self.table = layers.Embedding(3, 4, name="table")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(ops.sum(self.table(x), axis=1))


class OnValues(keras.Model):
    """A subclassed model that asks for values, which a graph does not have."""

    def __init__(self):
        super().__init__(name="on_values")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(x) if float(ops.sum(x)) > -1 else x


def without_data():
    return OnValues()


def text_in_a_code_of_its_own():
    import tensorflow as tf

    x = keras.Input((1,), dtype="string")
    read = layers.Lambda(lambda t: tf.strings.to_number(tf.io.decode_base64(t)), output_shape=(1,))
    return keras.Model(x, layers.Dense(2)(read(x)), name="reader")


CASES = [
    Case(times_zero, "ZERO", "gone", "Mul"),
    Case(chain_times_zero, "ZERO", "gone_2", "Mul", layers=("gone_1", "gone_2")),
    Case(times_zero_before_a_relu, "ZERO", "gone", "Mul"),
    Case(
        second_of_three_recurrences_times_zero,
        "ZERO",
        "rnn1/lstm_cell",
        "Mul",
        layers=("rnn0/lstm_cell", "rnn1/lstm_cell"),
    ),
    Case(softmax_over_one_unit, "ZERO", "gone", "Softmax"),
    Case(norm_over_one_value, "ZERO", "gone", "Mean"),
    Case(clipped_to_a_point, "ZERO", "gone", "Minimum"),
    Case(times_zero_in_a_nested_model, "ZERO", "gone", "Mul", **NESTED),
    Case(Gated, "ZERO", "branch", "Mul", data=ROWS, **SUBCLASSED),
    Case(dead_relu, "DEAD_NOW", "dead", "Relu", **WARNING),
    Case(dead_on_the_given_data, "DEAD_NOW", "dead", "Relu", data=np.tile(ROWS, (3, 1)), **WARNING),
    Case(saturated, "DEAD_NOW", "dead", "Sigmoid", **WARNING),
    Case(zeros_everywhere, "DEAD_NOW", "dead", "MatMul", **WARNING),
    Case(dead_relu_in_a_nested_model, "DEAD_NOW", "dead", "Relu", **WARNING, **NESTED),
    Case(dropout_of_all, "ZERO_IN_TRAINING", "resting", **WARNING),
    Case(Resting, "ZERO_IN_TRAINING", "resting", data=ROWS, **WARNING, **SUBCLASSED),
    Case(muted_in_training, "ZERO_IN_TRAINING", "resting", "Mul", **WARNING),
    Case(log_of_negative, "NONFINITE", "log", "Log"),
    Case(root_of_zero, "NONFINITE", "root", "Sqrt"),
    Case(weights_not_a_number, "NONFINITE", "ill", **SEQUENTIAL),
    Case(Dividing, "NONFINITE", "divide", data=ROWS, **SUBCLASSED),
    Case(exploding_chain, "EXPLODING", "deep_0", layers=..., **WARNING),
    Case(exploding_in_a_nested_model, "EXPLODING", "deep_0", layers=..., **WARNING, **NESTED),
    Case(exploding_recurrence, "EXPLODING", "before", layers=..., **WARNING, **SEQUENTIAL),
    Case(vanishing_chain, "VANISHING", "deep_0", layers=..., **WARNING),
    Case(vanishing_until_zero, "VANISHING", "deep_0", layers=..., **WARNING),
    Case(vanishing_scale, "VANISHING", "faint", **WARNING),
    Case(zero_gamma, "ZERO_INIT", "waiting", **INFO),
    Case(rezero, "ZERO_INIT", "waiting", **INFO),
    Case(zero_head, "ZERO_INIT", "waiting", **INFO, **SEQUENTIAL),
    Case(recurrence_of_one_step, "NO_EFFECT", "rnn/simple_rnn_cell", **INFO),
    Case(kernel_without_input, "NO_EFFECT", "idle", **INFO),
    Case(shift_before_a_softmax, "NO_EFFECT", "shifted", **INFO, **SEQUENTIAL),
    Case(Particular, "STEP_FAILED", "particular", data=np.full((4, 5), 7), **SUBCLASSED),
    Case(OnValues, "NOT_TRACEABLE", "on_values", data=BATCH, **WARNING, **SUBCLASSED),
    Case(without_data, "NOT_TRACEABLE", "on_values", **WARNING, **SUBCLASSED),
    Case(text_in_a_code_of_its_own, "NOT_TRACEABLE", "reader", **WARNING),
]
