"""Weights that a call uses and that training does not see."""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from graph_models.case import BATCH, Case
from graph_models.connected import NESTED, SUBCLASSED


def dense_in_a_closure():
    hidden = layers.Dense(3, name="hidden")
    hidden.build((None, 6))
    x = keras.Input((6,))
    y = layers.Lambda(lambda values: hidden(values), name="closure")(x)
    return keras.Model(x, layers.Dense(2, name="head")(y))


def variable_of_tensorflow():
    raw = tf.Variable(np.ones((6, 3), "float32"), name="raw")
    x = keras.Input((6,))
    y = layers.Lambda(lambda values: tf.matmul(values, raw), name="closure")(x)
    return keras.Model(x, layers.Dense(2, name="head")(y))


class Cupboard:
    """An object that Keras does not look into."""

    def __init__(self, layer):
        self.layer = layer


class Hiding(keras.Model):
    """A subclassed model that keeps a layer where Keras does not find it."""

    def __init__(self):
        super().__init__(name="hiding")
        self.cupboard = Cupboard(layers.Dense(4, name="hidden"))
        self.cupboard.layer.build((None, 6))
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(self.cupboard.layer(x))


def hiding_in_a_functional_model():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(3)(Hiding()(x)))


class Making(layers.Layer):
    """A layer that makes another one in its call."""

    def __init__(self, kind=layers.Dense, **kwargs):
        super().__init__(**kwargs)
        self.kind = kind

    def call(self, x):
        return self.kind(4)(x)

    def compute_output_shape(self, shape):
        return (*shape[:-1], 4)


def dense_made_in_a_call():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(Making(name="making")(x)))


def recurrent_made_in_a_call():
    x = keras.Input((5, 3))
    making = Making(lambda units: layers.GRU(units, return_sequences=True), name="making")
    return keras.Model(x, layers.Dense(2, name="head")(layers.Flatten()(making(x))))


class MakingModel(keras.Model):
    """A subclassed model that makes its hidden layer in its call."""

    def __init__(self):
        super().__init__(name="making")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(layers.Dense(4)(x))


CASES = [
    Case(dense_in_a_closure, "UNTRACKED", "hidden"),
    Case(variable_of_tensorflow, "UNTRACKED", "raw"),
    Case(Hiding, "UNTRACKED", "hidden", data=BATCH, **SUBCLASSED),
    Case(hiding_in_a_functional_model, "UNTRACKED", "hidden", **NESTED),
    Case(dense_made_in_a_call, "LAYER_CREATED_IN_CALL", "making"),
    Case(recurrent_made_in_a_call, "LAYER_CREATED_IN_CALL", "making"),
    Case(MakingModel, "LAYER_CREATED_IN_CALL", "making", data=BATCH, **SUBCLASSED),
]
