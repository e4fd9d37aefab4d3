"""Linear fusion of models of any kind (guide row 68)."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers
from scipy.optimize import minimize_scalar, nnls
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.tree import DecisionTreeRegressor
from tiny import network, points

from recipes import fuse
from recipes.ensembles.fusion import best_weights
from recipes.ensembles.outputs import Fit, answers, judge
from recipes.errors import ArgumentError, DataError

X, Y = points(200)
HELD_OUT = points(120, seed=1)
shapes = st.tuples(st.integers(2, 60), st.integers(1, 6))
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def members():
    """Two networks and two classifiers of scikit-learn."""
    forest = RandomForestClassifier(10, max_depth=2, random_state=0)
    return [network(0), network(1), forest.fit(X, Y), LogisticRegression().fit(X, Y)]


@pytest.fixture(scope="module")
def fusion(members):
    return fuse(members, *HELD_OUT)


def refusal(error, *args):
    with pytest.raises(error) as caught:
        fuse(*args)
    return str(caught.value)


def probabilities(model, x):
    if hasattr(model, "predict_proba"):
        return model.predict_proba(x)
    return np.asarray(model(x))


# --- the weights ----------------------------------------------------------------------------------


@settings(deadline=None)
@given(shape=shapes, seed=seeds, power=st.floats(0.1, 5))
def test_of_probabilities_no_other_weights_are_better(shape, seed, power):
    fit = Fit(np.random.default_rng(seed).uniform(1e-3, 1, shape) ** power, "classes")
    weights = best_weights(fit)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    assert fit.loss(weights) <= min(fit.losses)
    # The loss is convex: at its minimum on the simplex no direction to a corner leads down, and it
    # is at most this much above the minimum (the gap of Frank and Wolfe).
    ratio = (fit.given / (fit.given @ weights)[:, np.newaxis]).mean(axis=0)
    assert ratio.max() - 1 < 2e-3


@settings(deadline=None)
@given(shape=shapes, seed=seeds)
def test_of_numbers_the_weights_are_those_of_least_squares(shape, seed):
    errors = np.random.default_rng(seed).normal(size=shape)
    fit = Fit(errors, "numbers")
    weights = best_weights(fit)
    assert weights.min() >= 0
    assert weights.sum() == pytest.approx(1)
    heavy = 1e4  # SciPy's nnls with the sum as one more equation
    rows, right = (
        np.vstack([errors, np.full(shape[1], heavy)]),
        np.append(np.zeros(shape[0]), heavy),
    )
    known = nnls(rows, right)[0]
    assert fit.loss(weights) <= fit.loss(known / known.sum()) * (1 + 1e-2) + 1e-6
    assert fit.loss(weights) <= min(fit.losses)


def test_of_two_members_the_weight_is_that_of_a_search_in_one_dimension():
    given = np.random.default_rng(3).uniform(0.05, 1, (40, 2))
    found = minimize_scalar(
        lambda w: -np.log(given @ [w, 1 - w]).mean(), bounds=(0, 1), options={"xatol": 1e-9}
    )
    assert 0.1 < found.x < 0.9
    assert best_weights(Fit(given, "classes"))[0] == pytest.approx(found.x, abs=1e-4)


def test_a_perfect_member_gets_all_of_the_weight():
    errors = np.stack([np.zeros(9), np.ones(9), np.arange(9)], axis=1)
    assert best_weights(Fit(errors, "numbers")).tolist() == [1, 0, 0]


# --- members of any kind --------------------------------------------------------------------------


def test_the_mix_is_never_worse_than_the_best_member(members, fusion):
    x, y = HELD_OUT
    losses = [log_loss(y, probabilities(model, x)) for model in members]
    assert fusion.losses == pytest.approx(losses, rel=1e-4)
    assert fusion.loss <= min(fusion.losses)
    assert fusion.loss == pytest.approx(log_loss(y, fusion.predict(x).astype("float32")), rel=1e-4)
    assert min(fusion.weights) >= 0
    assert sum(fusion.weights) == pytest.approx(1)
    assert str(fusion).splitlines()[-1] == f"mixed: loss {fusion.loss:.4f}"


def test_networks_become_one_model(members):
    keras_alone = fuse(members[:2], *HELD_OUT)
    x = HELD_OUT[0]
    assert np.asarray(keras_alone.as_model()(x)) == pytest.approx(keras_alone.predict(x), abs=1e-6)


def test_others_cannot_become_one_model(fusion):
    with pytest.raises(ArgumentError) as caught:
        fusion.as_model()
    counting = [
        type(member).__name__
        for member, weight in zip(fusion.members[2:], fusion.weights[2:], strict=True)
        if weight > 0
    ]
    assert str(caught.value) == (
        "as_model: all members that count must be Keras models to become one. Received: "
        f"members={counting}. `predict` of the fusion works with all of them."
    )


def test_numbers_are_mixed_by_their_squared_error():
    x, y = X, 2 * X[:, 0] + X[:, 1] ** 2
    line, tree = LinearRegression().fit(x[:100], y[:100]), DecisionTreeRegressor(max_depth=3)
    net = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    members = [line, tree.fit(x[:100], y[:100]), net]
    fusion = fuse(members, x[100:], y[100:])
    mixed = fusion.predict(x[100:])
    assert mixed.shape == (100,)
    assert fusion.loss == pytest.approx(np.mean((mixed - y[100:]) ** 2))
    assert fusion.loss <= min(fusion.losses)


def test_images_are_given_flat_to_what_was_fitted_on_flat_ones():
    images = np.random.default_rng(0).random((40, 3, 3, 1))
    labels = (images[:, 0, 0, 0] > 0.5).astype(int)
    flat = LogisticRegression().fit(images.reshape(40, 9), labels)
    net = keras.Sequential(
        [keras.Input((3, 3, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")]
    )
    outputs, form = answers("fuse", [flat, net], images)
    assert form == "classes"
    assert outputs[0] == pytest.approx(flat.predict_proba(images.reshape(40, 9)))
    assert outputs[1][:, 1:] == pytest.approx(np.asarray(net(images)))
    assert outputs[1].sum(axis=1) == pytest.approx(1)


def test_classes_that_a_member_has_not_seen_have_no_probability():
    model = LogisticRegression().fit(X, 2 * Y)  # classes 0 and 2
    (outputs,), _ = answers("fuse", [model], X)
    assert outputs.shape == (200, 3)
    assert not outputs[:, 1].any()


def test_the_losses_of_dense_and_of_several_labels_are_those_of_scikit_learn():
    generator = np.random.default_rng(0)
    masks, shares = generator.integers(0, 3, (2, 4, 4)), generator.dirichlet([1] * 3, (2, 4, 4))
    expected = log_loss(masks.ravel(), shares.reshape(-1, 3), labels=range(3))
    assert judge("fuse", [shares], "classes", masks).losses == pytest.approx([expected])
    one_hot = np.eye(3)[masks]
    assert judge("fuse", [shares], "classes", one_hot).losses == pytest.approx([expected])
    labels, chances = generator.integers(0, 2, (8, 3)), generator.random((8, 3))
    expected = log_loss(labels.ravel(), chances.ravel())
    assert judge("fuse", [chances], "yes_or_no", labels).losses == pytest.approx([expected])


# --- what is refused ------------------------------------------------------------------------------


def test_models_that_do_not_fit_together_are_refused(members):
    x, y = HELD_OUT
    assert refusal(ArgumentError, [], x, y) == (
        "fuse: `models` must be a list of one model at least. Received: models=[]."
    )
    ridge = RidgeClassifier().fit(X, Y)
    assert refusal(ArgumentError, [members[0], ridge], x, y) == (
        "fuse: each model must be a Keras model, or give probabilities or numbers. Received: "
        "model='RidgeClassifier'. CalibratedClassifierCV gives a classifier of scikit-learn its "
        "predict_proba."
    )
    line = LinearRegression().fit(X, Y)
    assert refusal(ArgumentError, [members[2], line], x, y) == (
        "fuse: all models must give probabilities, or all of them numbers. Received: "
        "models={'RandomForestClassifier': 'classes', 'LinearRegression': 'numbers'}."
    )
    three = LogisticRegression().fit(X, np.arange(200) % 3)
    assert refusal(ArgumentError, [members[2], three], x, y) == (
        "fuse: the outputs of all models must be of the same shape. "
        "Received: shapes=[(120, 2), (120, 3)]."
    )
    named = LogisticRegression().fit(X, np.where(Y, "yes", "no"))
    assert refusal(ArgumentError, [named], x, y) == (
        "fuse: a classifier must have been fitted on one whole number of at least 0 for each "
        "sample. Received: model='LogisticRegression'."
    )


@pytest.mark.parametrize("labels", [HELD_OUT[1][:-1], HELD_OUT[1] + 1, np.zeros((120, 3))])
def test_targets_that_do_not_fit_are_refused(members, labels):
    assert refusal(DataError, members[2:], HELD_OUT[0], labels) == (
        "fuse: `y` must have a target for each output, which are classes here. "
        f"Received: y={labels.shape}, outputs=(120, 2)."
    )
