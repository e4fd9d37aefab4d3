"""Models for the graph check: broken ones with what must be found, and healthy ones."""

import keras
import numpy as np
from keras import layers, ops

BATCH = np.zeros((2, 6), "float32")


# --- broken ones: each builder stands with (code, layer, culprit) ---------------------------------


def dead_branch():
    x = keras.Input((6,))
    layers.Dense(3, name="lost")(x)
    return keras.Model(x, layers.Dense(2, name="head")(x))


def dead_chain():
    x = keras.Input((6,))
    lost = layers.Dense(3, name="lost_1")(x)
    layers.Dense(3, name="lost_2")(layers.ReLU(name="lost_relu")(lost))
    return keras.Model(x, layers.Dense(2, name="head")(x))


def dead_branch_of_its_own_input():
    x, y = keras.Input((6,)), keras.Input((4,), name="other")
    layers.Dense(3, name="lost")(y)
    return keras.Model(x, layers.Dense(2, name="head")(x))


def dead_residual_branch():
    x = keras.Input((8, 8, 3))
    trunk = layers.Conv2D(4, 3, padding="same", name="trunk")(x)
    branch = layers.Conv2D(4, 3, padding="same", name="branch_conv")(trunk)
    layers.BatchNormalization(name="branch_bn")(branch)  # forgot to add it
    return keras.Model(x, layers.GlobalAveragePooling2D()(trunk))


def dead_branch_in_a_nested_model():
    inner_input = keras.Input((6,))
    layers.Dense(3, name="lost")(inner_input)
    inner = keras.Model(inner_input, layers.Dense(4, name="kept")(inner_input), name="inner")
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, name="head")(inner(x)))


def weightless_dead_end():
    x = keras.Input((6,))
    layers.Dropout(0.5, name="lost")(x)
    return keras.Model(x, layers.Dense(2, name="head")(x))


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


def stopped_lstm():
    x = keras.Input((5, 6))
    y = ops.stop_gradient(layers.LSTM(3, name="cut_lstm")(x))
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


class TwoInputs(keras.Model):
    """A subclassed model with two inputs that forgets one."""

    def __init__(self):
        super().__init__(name="two_inputs")
        self.head = layers.Dense(2, name="head")

    def call(self, inputs):
        return self.head(inputs["used"])


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


def layer_never_called():
    x = keras.Input((6,))
    layers.Dense(3, name="forgotten")
    return keras.Model(x, layers.Dense(2, name="head")(x))


def norm_never_called():
    x = keras.Input((6,))
    layers.BatchNormalization(name="forgotten")
    return keras.Sequential([x, layers.Dense(2, name="head")])


def unused_input():
    x, y = keras.Input((6,), name="used"), keras.Input((3,), name="unused")
    return keras.Model([x, y], layers.Dense(2, name="head")(x))


def unused_named_input():
    x, y = keras.Input((6,), name="used"), keras.Input((3,), name="unused")
    return keras.Model({"used": x, "unused": y}, layers.Dense(2, name="head")(x))


def input_into_a_dead_end():
    x, y = keras.Input((6,), name="used"), keras.Input((3,), name="unused")
    layers.Dense(3, name="lost")(y)
    return keras.Model([x, y], layers.Dense(2, name="head")(x))


def two_inputs():
    return TwoInputs()


def fails():
    raise RuntimeError("on purpose")


BROKEN = [  # builder, data, code, severity, layer, culprit
    (dead_branch, None, "DEAD_END", "error", "lost", "lost"),
    (dead_chain, None, "DEAD_END", "error", "lost_1", "lost_2"),
    (dead_branch_of_its_own_input, None, "DEAD_END", "error", "lost", "lost"),
    (dead_residual_branch, None, "DEAD_END", "error", "branch_conv", "branch_bn"),
    (dead_branch_in_a_nested_model, None, "DEAD_END", "error", "lost", "lost"),
    (weightless_dead_end, None, "DEAD_END", "warning", "lost", "lost"),
    (stopped_gradient, None, "CUT", "error", "cut", "StopGradient"),
    (stopped_chain, None, "CUT", "error", "cut_3", "StopGradient"),
    (argmax_output, None, "CUT", "error", "cut", "ArgMax"),
    (cast_to_integers, None, "CUT", "error", "cut", "Cast"),
    (rounded, None, "CUT", "error", "cut", "Round"),
    (stopped_in_a_nested_model, None, "CUT", "error", "cut", "StopGradient"),
    (stopped_in_a_layer, None, "CUT", "error", "cut", "StopGradient"),
    (stopped_lstm, None, "CUT", "error", "lstm_cell", "StopGradient"),
    (lambda: Subclassed("cut"), BATCH, "CUT", "error", "second", "StopGradient"),
    (lambda: Subclassed("discarded"), BATCH, "UNUSED", "error", "second", ""),
    (lambda: Subclassed("unused weight"), BATCH, "UNUSED", "error", "subclassed", ""),
    (forgotten_weight, None, "UNUSED", "error", "forgetful", ""),
    (lambda: Subclassed("never called"), BATCH, "NEVER_CALLED", "error", "second", ""),
    (layer_never_called, None, "NEVER_CALLED", "error", "forgotten", ""),
    (norm_never_called, None, "NEVER_CALLED", "error", "forgotten", ""),
    (unused_input, None, "UNUSED_INPUT", "error", "unused", ""),
    (unused_named_input, None, "UNUSED_INPUT", "error", "unused", ""),
    (input_into_a_dead_end, None, "UNUSED_INPUT", "error", "unused", ""),
    (
        two_inputs,
        {"used": BATCH, "unused": BATCH},
        "UNUSED_INPUT",
        "error",
        "input 1",  # trees sort the keys of a dict: "unused" is the first
        "",
    ),
]


# --- healthy ones -------------------------------------------------------------------------------


def residual_with_zero_gamma():
    x = keras.Input((6,))
    y = layers.BatchNormalization(gamma_initializer="zeros")(layers.Dense(6)(x))
    return keras.Model(x, layers.Dense(2)(layers.Add()([x, y])))


def bias_before_bn():
    x = keras.Input((8, 8, 1))
    y = layers.BatchNormalization()(layers.Conv2D(2, 3, use_bias=True)(x))
    return keras.Model(x, layers.GlobalAveragePooling2D()(y))


def masked_lstm():
    x = keras.Input((None,), dtype="int32")
    y = layers.LSTM(3)(layers.Embedding(10, 4, mask_zero=True)(x))
    return keras.Model(x, layers.Dense(2)(y))


def bidirectional():
    return keras.Sequential(
        [keras.Input((None, 3)), layers.Bidirectional(layers.GRU(2)), layers.Dense(2)]
    )


def attention():
    x = keras.Input((5, 4))
    y = layers.MultiHeadAttention(2, 3)(x, x)
    return keras.Model(x, layers.LayerNormalization()(layers.Add()([x, y])))


def siamese():
    shared = layers.Dense(3)
    a, b = keras.Input((6,)), keras.Input((6,))
    return keras.Model([a, b], layers.Dot(axes=1)([shared(a), shared(b)]))


def time_distributed():
    x = keras.Input((5, 6))
    return keras.Model(x, layers.TimeDistributed(layers.Dense(2))(x))


def frozen_layer():
    x = keras.Input((6,))
    y = layers.Dense(3, trainable=False)(x)
    return keras.Model(x, layers.Dense(2)(y))


def several_outputs():
    x = keras.Input((6,))
    return keras.Model(x, {"a": layers.Dense(2)(x), "b": [layers.Dense(1)(x), layers.Dense(3)(x)]})


def dict_inputs():
    a, b = keras.Input((6,), name="a"), keras.Input((3,), name="b")
    return keras.Model({"a": a, "b": b}, layers.Dense(2)(layers.Concatenate()([a, b])))


def nested_model():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(3)])
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(inner(x)))


KEPT = []  # whole networks of which a part is checked: people keep them too


def truncated_backbone():
    x = keras.Input((6,))
    feature = layers.Dense(3)(x)
    KEPT.append(keras.Model(x, layers.Dense(2)(feature)))
    return keras.Model(x, feature)


def dropout_and_noise():
    x = keras.Input((6,))
    y = layers.GaussianNoise(0.1)(layers.Dropout(0.5)(layers.Dense(4)(x)))
    return keras.Model(x, layers.Dense(2)(y))


class KullbackLeibler(layers.Layer):
    """A layer whose weights reach the loss by add_loss alone."""

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), name="scale")

    def call(self, x):
        self.add_loss(ops.mean(ops.square(x * self.scale)))
        return x


def loss_added_in_a_layer():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(KullbackLeibler()(layers.Dense(4)(x))))


def straight_through():
    x = keras.Input((6,))
    y = layers.Dense(4)(x)
    quantised = y + ops.stop_gradient(ops.round(y) - y)
    return keras.Model(x, layers.Dense(2)(quantised))


def spectral_norm():
    x = keras.Input((6,))
    return keras.Model(x, layers.SpectralNormalization(layers.Dense(2))(x))


def strings():
    x = keras.Input((1,), dtype="string")
    y = layers.StringLookup(vocabulary=["a", "b"])(x)
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(layers.Embedding(4, 3)(y))))


def feature_tap():
    whole = nested_model()
    return keras.Model(whole.input, [whole.output, whole.layers[1].output])


def regularised():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")(x))


def one_layer_in_half_precision():
    x = keras.Input((8,))
    y = layers.Dense(4, dtype="mixed_float16")(x)
    return keras.Model(x, layers.Dense(2, dtype="float32")(y))


HEALTHY = [
    one_layer_in_half_precision,
    residual_with_zero_gamma,
    bias_before_bn,
    masked_lstm,
    bidirectional,
    attention,
    siamese,
    time_distributed,
    frozen_layer,
    several_outputs,
    dict_inputs,
    nested_model,
    truncated_backbone,
    dropout_and_noise,
    loss_added_in_a_layer,
    straight_through,
    spectral_norm,
    strings,
    feature_tap,
    regularised,
]
