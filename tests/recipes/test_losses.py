"""The loss and the metrics follow from head and labels, with label smoothing too."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from scipy.special import softmax
from scipy.stats import entropy
from sklearn.dummy import DummyRegressor
from sklearn.metrics import (
    jaccard_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    roc_auc_score,
)

from recipes import choose_loss
from recipes.errors import ArgumentError
from recipes.optim.smoothed_loss import SmoothedSparseCategoricalCrossentropy
from recipes.training.losses import find_task, guess_loss, is_cross_entropy, read_head

RANDOM = np.random.default_rng(0)
INTEGERS = RANDOM.integers(0, 4, 24)
ONE_HOT = np.eye(4)[INTEGERS]
SEVERAL = np.array([[1, 1, 0, 0], [0, 0, 0, 1]] * 12)
NUMBERS = RANDOM.normal(size=(24, 4))


def dense(units, activation, inputs=(3,)):
    start = keras.Input(inputs)
    if len(inputs) == 3:
        return keras.Model(start, layers.Conv2D(units, 1, activation=activation)(start))
    return keras.Model(start, layers.Dense(units, activation=activation)(start))


@pytest.mark.parametrize(
    ("model", "y", "task", "loss", "metrics"),
    [
        ((4, "softmax"), INTEGERS, "classification", "sparse_categorical", ["accuracy"]),
        ((4, "softmax"), INTEGERS[:, None], "classification", "sparse_categorical", ["accuracy"]),
        ((4, "softmax"), ONE_HOT, "classification", "categorical", ["accuracy"]),
        ((4, None), INTEGERS, "classification", "sparse_categorical", ["accuracy"]),
        ((4, None), ONE_HOT, "classification", "categorical", ["accuracy"]),
        ((1, "sigmoid"), INTEGERS % 2, "classification", "binary", ["accuracy"]),
        ((1, None), INTEGERS % 2, "classification", "binary", ["accuracy"]),
        ((4, "sigmoid"), SEVERAL, "multi_label", "binary", ["accuracy", "auc"]),
        ((4, None), SEVERAL, "multi_label", "binary", ["accuracy", "auc"]),
        ((4, None), NUMBERS, "regression", "mean_squared_error", ["mae"]),
        ((1, None), NUMBERS[:, 0], "regression", "mean_squared_error", ["mae"]),
        ((4, "tanh"), np.tanh(NUMBERS), "regression", "mean_squared_error", ["mae"]),
    ],
)
def test_head_and_labels_give_the_task_the_loss_and_the_metrics(model, y, task, loss, metrics):
    objective = choose_loss(dense(*model), y)
    assert objective.task == task
    expected = loss if task == "regression" else f"{loss}_crossentropy"
    assert objective.loss.name == expected
    assert [metric.name for metric in objective.metrics] == metrics
    if task != "regression":
        assert objective.loss.from_logits == (model[1] is None)


@pytest.mark.parametrize(
    ("units", "activation", "inputs", "y", "task", "metric"),
    [
        (3, "softmax", (4, 4, 2), RANDOM.integers(0, 3, (5, 4, 4)), "mask", "mean_iou"),
        (3, "softmax", (4, 4, 2), RANDOM.integers(0, 3, (5, 4, 4, 1)), "mask", "mean_iou"),
        (1, "sigmoid", (4, 4, 2), RANDOM.integers(0, 2, (5, 4, 4, 1)), "mask", "mean_iou"),
        (3, None, (4, 4, 2), RANDOM.random((5, 4, 4, 3)), "image", "mae"),
        (1, "sigmoid", (4, 4, 2), RANDOM.random((5, 4, 4, 1)), "image", "mae"),
        (6, "softmax", (7, 2), RANDOM.integers(0, 6, (5, 7)), "next_step", "accuracy"),
    ],
)
def test_pixels_and_steps_have_targets_of_their_own(units, activation, inputs, y, task, metric):
    objective = choose_loss(dense(units, activation, inputs), y)
    assert (objective.task, objective.metrics[-1].name) == (task, metric)


def test_a_task_that_is_known_is_taken():
    assert choose_loss(dense(1, None), INTEGERS % 2, task="regression").task == "regression"
    with pytest.raises(ArgumentError) as caught:
        find_task(INTEGERS, task="classes")
    assert str(caught.value) == (
        'find_task: `task` must be one of "classification", "multi_label", "next_step", "mask", '
        '"image", "regression". Received: task=\'classes\'.'
    )


@pytest.mark.parametrize(
    ("y", "task"),
    [
        (INTEGERS, "classification"),
        (ONE_HOT, "classification"),
        (SEVERAL, "multi_label"),
        (NUMBERS, "regression"),
        (NUMBERS[:, 0], "regression"),
        (RANDOM.integers(0, 3, (5, 4, 4)), "mask"),
        (RANDOM.random((5, 4, 4, 3)), "image"),
    ],
)
def test_without_a_model_the_targets_tell_the_task(y, task):
    assert find_task(y) == task


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.3])
@pytest.mark.parametrize("shape", [(6,), (6, 1), (6, 5), (6, 2, 3)])
def test_smoothed_labels_give_the_cross_entropy_by_hand(smoothing, shape):
    y = RANDOM.integers(0, 4, shape)
    logits = RANDOM.normal(size=(*(shape[:1] if shape == (6, 1) else shape), 4)).astype("float32")
    p = softmax(logits, axis=-1)
    target = np.eye(4)[y.reshape(p.shape[:-1])] * (1 - smoothing) + smoothing / 4
    expected = -(target * np.log(p)).sum(-1).mean()
    for outputs, from_logits in ((logits, True), (p, False)):
        loss = SmoothedSparseCategoricalCrossentropy(from_logits, smoothing)
        assert float(loss(y, outputs)) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 9))
def test_without_smoothing_it_is_the_log_loss_of_scikit_learn(seed, classes):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, 8)
    p = softmax(random.normal(size=(8, classes)), axis=-1).astype("float32")
    loss = float(SmoothedSparseCategoricalCrossentropy()(y, p))
    assert loss == pytest.approx(log_loss(y, p, labels=range(classes)), rel=1e-4)


def test_the_smoothed_loss_has_the_floor_of_its_targets():
    target = [0.91] + [0.01] * 9  # 0.9 + 0.1/10, and 0.1/10
    loss = SmoothedSparseCategoricalCrossentropy(label_smoothing=0.1)
    floor = float(loss(np.array([0]), np.array([target])))
    assert floor == pytest.approx(entropy(target), rel=1e-5)
    assert floor == pytest.approx(0.50, abs=0.001)


def test_whole_numbers_and_one_hot_are_smoothed_alike():
    model = dense(4, "softmax")
    p = model(RANDOM.random((24, 3)))
    sparse = choose_loss(model, INTEGERS, label_smoothing=0.1)
    one_hot = choose_loss(model, ONE_HOT, label_smoothing=0.1)
    assert float(sparse.loss(INTEGERS, p)) == pytest.approx(float(one_hot.loss(ONE_HOT, p)))
    assert one_hot.loss.label_smoothing == 0.1
    assert is_cross_entropy(sparse.loss)


def test_a_model_with_the_smoothed_loss_is_saved_and_loaded(tmp_path):
    model = dense(4, "softmax")
    objective = choose_loss(model, INTEGERS, label_smoothing=0.1)
    model.compile("adam", objective.loss, metrics=list(objective.metrics))
    x = RANDOM.random((24, 3))
    model.train_on_batch(x, INTEGERS)  # Keras loads no optimiser that was never built
    before = model.evaluate(x, INTEGERS, verbose=0, return_dict=True)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss.label_smoothing == 0.1
    after = loaded.evaluate(x, INTEGERS, verbose=0, return_dict=True)
    assert before == pytest.approx(after)


def test_logits_are_yes_above_zero_and_probabilities_above_a_half():
    y = np.array([0, 0, 1, 1])
    logits = np.array([[-1.0], [0.2], [0.3], [2.0]])
    metric = choose_loss(dense(1, None), y).metrics[0]
    metric.update_state(y[:, None], logits)
    assert float(metric.result()) == 0.75
    metric = choose_loss(dense(1, "sigmoid"), y).metrics[0]
    metric.update_state(y[:, None], np.array([[0.1], [0.4], [0.3], [0.9]]))
    assert float(metric.result()) == 0.75


def test_masks_are_measured_as_scikit_learn_does():
    y = RANDOM.integers(0, 3, (5, 4, 4))
    scores = softmax(RANDOM.normal(size=(5, 4, 4, 3)), axis=-1)
    metric = choose_loss(dense(3, "softmax", (4, 4, 2)), y).metrics[-1]
    metric.update_state(y, scores)
    expected = jaccard_score(y.ravel(), scores.argmax(-1).ravel(), average="macro")
    assert float(metric.result()) == pytest.approx(expected, abs=1e-6)


def test_several_labels_are_measured_as_scikit_learn_does():
    y = RANDOM.integers(0, 2, (60, 3))
    scores = np.round(RANDOM.random((60, 3)), 2)
    metric = choose_loss(dense(3, "sigmoid"), y).metrics[-1]
    metric.update_state(y, scores)
    assert float(metric.result()) == pytest.approx(roc_auc_score(y, scores), abs=0.01)


# --- heads ----------------------------------------------------------------------------------------


def heads():
    start = keras.Input((3,))
    hidden = layers.Dense(4)(start)
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(4, activation="softmax")])
    steps = keras.Input((5, 3))
    return {
        "a layer": (start, layers.Softmax()(hidden), "softmax"),
        "a function": (start, keras.ops.sigmoid(hidden), "sigmoid"),
        "an activation": (start, layers.Activation("tanh")(hidden), "tanh"),
        "a ReLU": (start, layers.ReLU()(hidden), "relu"),
        "none": (start, hidden, "linear"),
        "before a cast": (
            start,
            layers.Activation("linear", dtype="float32")(layers.Softmax()(hidden)),
            "softmax",
        ),
        "before a reshape": (start, layers.Reshape((2, 2))(layers.Softmax()(hidden)), "softmax"),
        "inside a model": (start, inner(start), "softmax"),
        "at each step": (
            steps,
            layers.TimeDistributed(layers.Dense(4, activation="softmax"))(steps),
            "softmax",
        ),
    }


@pytest.mark.parametrize("name", heads())
def test_the_activation_of_a_head_is_found(name):
    inputs, outputs, activation = heads()[name]
    assert read_head(keras.Model(inputs, outputs)).activation == activation


def test_a_model_of_two_outputs_has_no_one_head():
    start = keras.Input((3,))
    model = keras.Model(start, [layers.Dense(1)(start), layers.Dense(2)(start)], name="two")
    assert read_head(model) is None
    with pytest.raises(ArgumentError) as caught:
        choose_loss(model, INTEGERS)
    assert str(caught.value) == (
        "choose_loss: `model` must be functional or sequential, with one output (batch, …, units). "
        "Received: model='two'. Compile it with a loss of your own; `fit` then keeps that."
    )


@pytest.mark.parametrize(
    ("name", "strategy", "error"),
    [("mse", "mean", mean_squared_error), ("mae", "median", mean_absolute_error)],
)
@pytest.mark.parametrize("y", [NUMBERS, NUMBERS[:, 0]])
def test_the_guess_of_numbers_is_that_of_scikit_learn(name, strategy, error, y):
    model = dense(1 if y.ndim == 1 else 4, None)
    model.compile("sgd", name)
    guesses = DummyRegressor(strategy=strategy).fit(NUMBERS, y).predict(NUMBERS)
    assert guess_loss(model, lambda: y) == pytest.approx(error(y, guesses), rel=1e-5)


@pytest.mark.parametrize(
    ("model", "loss", "expected"),
    [
        ((4, "softmax"), "sparse_categorical_crossentropy", np.log(4)),
        ((4, None), keras.losses.CategoricalCrossentropy(from_logits=True), np.log(4)),
        ((4, "softmax"), SmoothedSparseCategoricalCrossentropy(False, 0.1), np.log(4)),
        ((1, "sigmoid"), "binary_crossentropy", np.log(2)),
        ((4, "sigmoid"), "binary_crossentropy", np.log(2)),  # several labels
        ((4, "sigmoid"), "dice", None),
    ],
)
def test_the_guess_of_classes_is_that_of_equal_chances(model, loss, expected):
    model = dense(*model)
    model.compile("sgd", loss)
    assert guess_loss(model, lambda: INTEGERS) == (expected and pytest.approx(expected))
