"""Gradients that are stopped, and weights that lead nowhere."""

import keras
import tensorflow as tf
from keras import layers, ops

from graph_models.case import BATCH, Case
from graph_models.connected import NESTED, SEQUENTIAL, SUBCLASSED


def stopped_gradient():
    x = keras.Input((6,))
    cut = ops.stop_gradient(layers.Dense(3, name="cut")(x))
    return keras.Model(x, layers.Concatenate(name="concat")([cut, layers.Dense(2, name="ok")(x)]))


def stopped_chain():
    x = keras.Input((6,))
    y = layers.Dense(3, name="cut_1")(x)
    y = layers.BatchNormalization(name="cut_2")(y)
    y = ops.stop_gradient(layers.Dense(3, name="cut_3")(y))
    return keras.Model(x, layers.Dense(2, name="head")(y))


def argmax_output():
    x = keras.Input((6,))
    return keras.Model(x, ops.argmax(layers.Dense(3, name="cut")(x), axis=-1))


def cast_to_integers():
    x = keras.Input((6,))
    whole = ops.cast(layers.Dense(3, name="cut")(x), "int32")
    return keras.Model(x, layers.Dense(2, name="head")(ops.cast(whole, "float32")))


def rounded():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(ops.round(layers.Dense(3, name="cut")(x))))


def compared():
    x = keras.Input((6,))
    hard = ops.cast(ops.greater(layers.Dense(3, name="cut")(x), 0.0), "float32")
    return keras.Model(x, layers.Dense(2, name="head")(hard))


def looked_up_by_its_own_argmax():
    x = keras.Input((6,))
    chosen = ops.argmax(layers.Dense(4, name="cut")(x), axis=-1)
    return keras.Model(x, layers.Dense(2, name="head")(layers.Embedding(4, 3)(chosen)))


def stopped_in_a_nested_model():
    inner_input = keras.Input((6,))
    stopped = ops.stop_gradient(layers.Dense(3, name="cut")(inner_input))
    inner = keras.Model(inner_input, stopped, name="inner")
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(inner(x)))


class Stopping(layers.Layer):
    """A layer that stops the gradient in its call."""

    def call(self, x):
        return ops.stop_gradient(x)


def stopped_in_a_layer():
    x = keras.Input((6,))
    y = Stopping(name="stopping")(layers.Dense(3, name="cut")(x))
    return keras.Model(x, layers.Dense(2, name="head")(y))


def stopped_in_a_sequence():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, name="cut"), Stopping(name="stopping"), layers.Dense(2)]
    )


def stopped_lstm():
    x = keras.Input((5, 6))
    y = ops.stop_gradient(layers.LSTM(3, name="cut_lstm")(x))
    return keras.Model(x, layers.Dense(2, name="head")(y))


def stopped_by_numpy():
    def away(values):
        result = tf.numpy_function(lambda v: v * 2, [values], "float32")
        return tf.ensure_shape(result, values.shape)

    x = keras.Input((6,))
    y = layers.Lambda(away, output_shape=(3,), name="outside")(layers.Dense(3, name="cut")(x))
    return keras.Model(x, layers.Dense(2, name="head")(y))


class Subclassed(keras.Model):
    """A model of three dense layers; each kind of fault is one option."""

    def __init__(self, fault=None):
        super().__init__(name="subclassed")
        self.fault = fault
        self.first = layers.Dense(4, name="first")
        self.second = layers.Dense(4, name="second")
        self.head = layers.Dense(2, name="head")
        if fault == "unused weight":
            self.scale = self.add_weight(shape=(3,), name="scale")

    def build(self, shape):
        self.first.build(shape)
        self.second.build((None, 4))
        self.head.build((None, 4))

    def call(self, x):
        x = self.first(x)
        if self.fault == "discarded":
            self.second(x)
        elif self.fault == "cut":
            x = ops.stop_gradient(self.second(x))
        elif self.fault != "never called":
            x = self.second(x)
        return self.head(x)


def cut_in_a_call():
    return Subclassed("cut")


def discarded_in_a_call():
    return Subclassed("discarded")


def weight_of_the_model_itself():
    return Subclassed("unused weight")


def not_called_in_a_call():
    return Subclassed("never called")


class Chain(keras.Model):
    """A model that discards what two layers compute one after the other."""

    def __init__(self):
        super().__init__(name="chain")
        self.one = layers.Dense(4, name="one")
        self.two = layers.Dense(4, name="two")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        self.two(self.one(x))
        return self.head(x)


class ForgetfulLayer(layers.Layer):
    """A layer with one weight too many."""

    def build(self, shape):
        self.used = self.add_weight(shape=(shape[-1],), name="used")
        self.forgotten = self.add_weight(shape=(shape[-1],), name="forgotten")

    def call(self, x):
        return x * self.used


def forgotten_weight():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(ForgetfulLayer(name="forgetful")(x)))


def forgotten_weight_in_a_nested_model():
    inner = keras.Sequential([keras.Input((6,)), ForgetfulLayer(name="forgetful")])
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(inner(x)))


class OtherOutput(layers.Layer):
    """A layer with two branches that returns one."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.kept = layers.Dense(3, name="kept")
        self.dropped = layers.Dense(3, name="dropped")

    def build(self, shape):
        self.kept.build(shape)
        self.dropped.build(shape)

    def call(self, x):
        kept, _ = self.kept(x), self.dropped(x)
        return kept


def branch_that_is_not_returned():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(OtherOutput(name="branches")(x)))


CASES = [
    Case(stopped_gradient, "CUT", "cut", "StopGradient"),
    Case(stopped_chain, "CUT", "cut_3", "StopGradient", layers=("cut_1", "cut_2", "cut_3")),
    Case(argmax_output, "CUT", "cut", "ArgMax"),
    Case(cast_to_integers, "CUT", "cut", "Cast"),
    Case(rounded, "CUT", "cut", "Round"),
    Case(compared, "CUT", "cut", "Greater"),
    Case(looked_up_by_its_own_argmax, "CUT", "cut", "ArgMax"),
    Case(stopped_in_a_nested_model, "CUT", "cut", "StopGradient", **NESTED),
    Case(stopped_in_a_layer, "CUT", "cut", "StopGradient"),
    Case(stopped_in_a_sequence, "CUT", "cut", "StopGradient", **SEQUENTIAL),
    Case(stopped_lstm, "CUT", "cut_lstm/lstm_cell", "StopGradient"),
    Case(stopped_by_numpy, "CUT", "cut", "PyFunc"),
    Case(
        cut_in_a_call,
        "CUT",
        "second",
        "StopGradient",
        data=BATCH,
        layers=("first", "second"),
        **SUBCLASSED,
    ),
    Case(discarded_in_a_call, "UNUSED", "second", data=BATCH, **SUBCLASSED),
    Case(weight_of_the_model_itself, "UNUSED", "subclassed", data=BATCH, **SUBCLASSED),
    Case(not_called_in_a_call, "NEVER_CALLED", "second", data=BATCH, **SUBCLASSED),
    Case(Chain, "UNUSED", "one", data=BATCH, layers=("one", "two"), **SUBCLASSED),
    Case(forgotten_weight, "UNUSED", "forgetful"),
    Case(forgotten_weight_in_a_nested_model, "UNUSED", "forgetful", **NESTED),
    Case(branch_that_is_not_returned, "UNUSED", "branches/dropped"),
]
