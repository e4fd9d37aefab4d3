"""Layers and inputs that lead nowhere, and what is frozen."""

import keras
from keras import layers

from graph_models.case import BATCH, Case


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


def dead_nested_model():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(3)], name="inner")
    x = keras.Input((6,))
    inner(x)
    return keras.Model(x, layers.Dense(2, name="head")(x))


class AroundFunctional(keras.Model):
    """A subclassed model around a functional one."""

    def __init__(self, part):
        super().__init__(name="around")
        self.part = part
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(self.part(x))


def dead_branch_in_a_subclassed_model():
    x = keras.Input((6,))
    layers.Dense(3, name="lost")(x)
    return AroundFunctional(keras.Model(x, layers.Dense(4, name="kept")(x)))


def dead_auxiliary_head():
    x = keras.Input((5, 3))
    steps = layers.GRU(4, return_sequences=True, name="gru")(x)
    layers.Dense(2, name="auxiliary")(layers.GlobalMaxPooling1D()(steps))
    return keras.Model(x, layers.Dense(2, name="head")(layers.GlobalAveragePooling1D()(steps)))


def weightless_dead_end():
    x = keras.Input((6,))
    layers.Dropout(0.5, name="lost")(x)
    return keras.Model(x, layers.Dense(2, name="head")(x))


def dead_call():
    shared, x, y = layers.Dense(3, name="shared"), keras.Input((6,)), keras.Input((6,))
    shared(y)
    return keras.Model([x, y], layers.Dense(2)(layers.Concatenate()([shared(x), y])))


def dead_second_call():
    shared, x = layers.Dense(6, name="shared"), keras.Input((6,))
    y = shared(x)
    shared(y)  # meant to be applied twice
    return keras.Model(x, layers.Dense(2)(y))


def dead_call_of_a_nested_model():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(3)], name="inner")
    x, y = keras.Input((6,)), keras.Input((6,))
    inner(y)
    return keras.Model([x, y], layers.Dense(2)(layers.Concatenate()([inner(x), y])))


def layer_never_called():
    x = keras.Input((6,))
    layers.Dense(3, name="forgotten")
    return keras.Model(x, layers.Dense(2, name="head")(x))


def norm_never_called():
    x = keras.Input((6,))
    layers.BatchNormalization(name="forgotten")
    return keras.Sequential([x, layers.Dense(2, name="head")])


class Forgetful(keras.Model):
    """A subclassed model that makes a layer and does not call it."""

    def __init__(self):
        super().__init__(name="forgetful")
        self.forgotten = layers.Dense(4, name="forgotten")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(x)


def forgetful_in_a_functional_model():
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(3)(Forgetful()(x)))


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


def unused_text():
    x, y = keras.Input((6,)), keras.Input((1,), dtype="string", name="text")
    return keras.Model([x, y], layers.Dense(2, name="head")(x))


class TwoInputs(keras.Model):
    """A subclassed model with two inputs that forgets one."""

    def __init__(self):
        super().__init__(name="two_inputs")
        self.head = layers.Dense(2, name="head")

    def call(self, inputs):
        return self.head(inputs["used"])


def two_inputs():
    return TwoInputs()


def all_frozen():
    model = dead_free()
    model.trainable = False
    return model


def dead_free():
    return keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, name="first"), layers.Dense(2, name="head")],
        name="small",
    )


def without_weights():
    x = keras.Input((8, 8, 1))
    return keras.Model(x, layers.Flatten()(layers.MaxPooling2D()(x)), name="small")


class FrozenHead(keras.Model):
    """A subclassed model whose only layer is frozen."""

    def __init__(self):
        super().__init__(name="small")
        self.head = layers.Dense(2, name="head", trainable=False)

    def call(self, x):
        return self.head(x)


def frozen_layer():
    x = keras.Input((6,))
    y = layers.Dense(3, trainable=False, name="cold")(x)
    return keras.Model(x, layers.Dense(2)(y))


def frozen_backbone():
    backbone = dead_free()
    backbone.trainable = False
    x = keras.Input((6,))
    return keras.Model(x, layers.Dense(2)(backbone(x)))


def frozen_norm():
    norm = layers.BatchNormalization(trainable=False, name="cold")
    return keras.Sequential([keras.Input((6,)), norm, layers.Dense(2)])


NESTED, SEQUENTIAL, SUBCLASSED = {"kind": "nested"}, {"kind": "sequential"}, {"kind": "subclassed"}
INFO, WARNING = {"severity": "info"}, {"severity": "warning"}

CASES = [
    Case(dead_branch, "DEAD_END", "lost", "lost"),
    Case(dead_chain, "DEAD_END", "lost_1", "lost_2", layers=("lost_1", "lost_2")),
    Case(dead_branch_of_its_own_input, "DEAD_END", "lost", "lost"),
    Case(
        dead_residual_branch,
        "DEAD_END",
        "branch_conv",
        "branch_bn",
        layers=("branch_conv", "branch_bn"),
    ),
    Case(dead_branch_in_a_nested_model, "DEAD_END", "lost", "lost", **NESTED),
    Case(dead_nested_model, "DEAD_END", "inner", "inner", **NESTED),
    Case(dead_branch_in_a_subclassed_model, "DEAD_END", "lost", "lost", data=BATCH, **SUBCLASSED),
    Case(dead_auxiliary_head, "DEAD_END", "auxiliary", "auxiliary"),
    Case(weightless_dead_end, "DEAD_END", "lost", "lost", **WARNING),
    Case(dead_call, "DEAD_CALL", "shared", **WARNING),
    Case(dead_second_call, "DEAD_CALL", "shared", **WARNING),
    Case(dead_call_of_a_nested_model, "DEAD_CALL", "inner", **WARNING, **NESTED),
    Case(layer_never_called, "NEVER_CALLED", "forgotten"),
    Case(norm_never_called, "NEVER_CALLED", "forgotten", **SEQUENTIAL),
    Case(Forgetful, "NEVER_CALLED", "forgotten", data=BATCH, **SUBCLASSED),
    Case(forgetful_in_a_functional_model, "NEVER_CALLED", "forgotten", **NESTED),
    Case(unused_input, "UNUSED_INPUT", "unused"),
    Case(unused_named_input, "UNUSED_INPUT", "unused"),
    Case(input_into_a_dead_end, "UNUSED_INPUT", "unused", also=("DEAD_END",)),
    Case(unused_text, "UNUSED_INPUT", "text"),
    Case(
        two_inputs,
        "UNUSED_INPUT",
        "unused",
        data={"used": BATCH, "unused": BATCH},
        **SUBCLASSED,
    ),
    Case(all_frozen, "NOTHING_TRAINABLE", "small", **SEQUENTIAL),
    Case(without_weights, "NOTHING_TRAINABLE", "small"),
    Case(FrozenHead, "NOTHING_TRAINABLE", "small", data=BATCH, **SUBCLASSED),
    Case(frozen_layer, "FROZEN", "cold", **INFO),
    Case(frozen_backbone, "FROZEN", "first", layers=("first", "head"), **INFO, **NESTED),
    Case(frozen_norm, "FROZEN", "cold", **INFO, **SEQUENTIAL),
]
