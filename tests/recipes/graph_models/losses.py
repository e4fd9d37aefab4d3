"""Losses that train nothing, or that cannot be checked."""

import keras
import numpy as np
from keras import layers, ops

from graph_models.case import BATCH, ROWS, Case
from graph_models.connected import INFO, NESTED, SEQUENTIAL, SUBCLASSED, WARNING


def accuracy_as_loss(y, predictions):
    right = ops.equal(ops.argmax(predictions, -1), ops.argmax(y, -1))
    return -ops.mean(ops.cast(right, "float32"))


def rounded_error(y, predictions):
    return ops.mean(ops.square(y - ops.round(predictions)))


def constant_loss(y, predictions):
    return ops.mean(ops.square(y))


def _compiled(loss, **arguments):
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(3, activation="softmax", name="head")]
    )
    model.compile("sgd", loss, **arguments)
    return model


def accuracy_is_minimised():
    return _compiled(accuracy_as_loss)


def rounded_predictions():
    return _compiled(rounded_error)


def loss_forgets_its_predictions():
    return _compiled(constant_loss)


def _two_heads():
    x = keras.Input((6,))
    body = layers.Dense(4, name="body")(x)
    own = layers.Dense(4, name="own")(x)
    first, second = layers.Dense(2, name="first")(body), layers.Dense(3, name="second")(own)
    return keras.Model(x, {"first": first, "second": second})


def one_of_two_losses_is_not_differentiable():
    model = _two_heads()
    model.compile("sgd", {"first": "mse", "second": accuracy_as_loss})
    return model


def missing_loss():
    model = _two_heads()
    model.compile("sgd", {"first": "mse", "second": None})
    return model


def loss_of_weight_zero():
    model = _two_heads()
    model.compile("sgd", {"first": "mse", "second": "mse"}, loss_weights={"first": 1, "second": 0})
    return model


def missing_loss_in_a_list():
    x = keras.Input((6,))
    outputs = [layers.Dense(2, name="first")(x), layers.Dense(3, name="second")(x)]
    model = keras.Model(x, outputs)
    model.compile("sgd", ["mse", None])
    return model


def missing_loss_behind_a_nested_model():
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(3, name="inside")])
    x = keras.Input((6,))
    model = keras.Model(x, {"a": layers.Dense(2, name="a")(x), "b": inner(x)})
    model.compile("sgd", {"a": "mse", "b": None})
    return model


class OwnStep(keras.Model):
    """A subclassed model that trains a part of it by a step of its own."""

    def __init__(self):
        super().__init__(name="own_step")
        self.generator = layers.Dense(4, name="generator")
        self.judge = layers.Dense(1, name="judge")
        self.judge.build((None, 4))

    def call(self, x):
        return self.generator(x)

    def train_step(self, data):
        return {"loss": ops.mean(self.judge(self(data)))}


class OwnLoss(keras.Model):
    """A subclassed model with a loss of its own."""

    def __init__(self):
        super().__init__(name="own_loss")
        self.head = layers.Dense(2, name="head")

    def call(self, x):
        return self.head(x)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(y_pred)


def three_in_a_row(y, predictions):
    return ops.mean(ops.reshape(y, (-1, 7, 11)) - ops.mean(predictions))


def loss_with_unknown_targets():
    model = _compiled(three_in_a_row)
    model.name = "strange"
    return model


class CutInOwnStep(OwnStep):
    """The same with a gradient that is stopped on the way to the outputs."""

    def call(self, x):
        return ops.stop_gradient(self.generator(x))


def targets_of_another_shape():
    return _compiled("categorical_crossentropy")


def targets_of_another_length():
    return _compiled("mse")


def class_that_no_output_has():
    return _compiled("sparse_categorical_crossentropy")


def one_output_for_all_classes():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, name="head")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def losses_for_other_outputs():
    model = _two_heads()
    model.name = "two_heads"
    model.compile("sgd", {"first": "mse", "third": "mse"})
    return model


CASES = [
    Case(accuracy_is_minimised, "LOSS_NOT_DIFFERENTIABLE", "head", **SEQUENTIAL),
    Case(rounded_predictions, "LOSS_NOT_DIFFERENTIABLE", "head", **SEQUENTIAL),
    Case(loss_forgets_its_predictions, "LOSS_NOT_DIFFERENTIABLE", "head", **SEQUENTIAL),
    Case(one_of_two_losses_is_not_differentiable, "LOSS_NOT_DIFFERENTIABLE", "second"),
    Case(missing_loss, "NO_LOSS", "second", layers=("own", "second"), **WARNING),
    Case(loss_of_weight_zero, "NO_LOSS", "second", layers=("own", "second"), **WARNING),
    Case(missing_loss_in_a_list, "NO_LOSS", "second", **WARNING),
    Case(missing_loss_behind_a_nested_model, "NO_LOSS", "inside", **WARNING, **NESTED),
    Case(OwnStep, "LOSS_NOT_CHECKED", "own_step", data=BATCH, **INFO, **SUBCLASSED),
    Case(OwnLoss, "LOSS_NOT_CHECKED", "own_loss", data=BATCH, **INFO, **SUBCLASSED),
    Case(loss_with_unknown_targets, "LOSS_NOT_CHECKED", "strange", **INFO, **SEQUENTIAL),
    Case(CutInOwnStep, "CUT", "generator", "StopGradient", data=BATCH, **WARNING, **SUBCLASSED),
    Case(
        targets_of_another_shape,
        "STEP_FAILED",
        "head",
        data=(ROWS, np.zeros((8, 5), "float32")),
        **SEQUENTIAL,
    ),
    Case(
        targets_of_another_length,
        "STEP_FAILED",
        "head",
        data=(ROWS, np.zeros((8, 2, 7), "float32")),
        **SEQUENTIAL,
    ),
    Case(
        class_that_no_output_has,
        "STEP_FAILED",
        "head",
        data=(ROWS, np.full((8, 1), 8)),
        **SEQUENTIAL,
    ),
    Case(
        one_output_for_all_classes,
        "LOSS_NOT_DIFFERENTIABLE",
        "head",
        data=(ROWS, np.zeros((8, 1), "int64")),
        **SEQUENTIAL,
    ),
    Case(losses_for_other_outputs, "STEP_FAILED", "two_heads"),
]
