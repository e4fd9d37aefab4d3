"""Weights of classes, whatever the data come in, against scikit-learn."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from sklearn.utils import compute_sample_weight
from tiny import equal, network

from recipes import Recipe, fit
from recipes.data.batches import as_batches
from recipes.errors import ArgumentError
from recipes.training.rerun import rerun
from recipes.training.session.class_weights import weigh_classes

X = np.random.default_rng(0).random((96, 4), dtype="float32")
Y = (X.sum(axis=1) > 2.6).astype("int64")  # a fifth of them
OWN = np.linspace(0.5, 1.5, 96, dtype="float32")
RECIPE = Recipe(epochs=8, batch_size=16, learning_rate=0.02)


class Batches(keras.utils.PyDataset):
    def __init__(self, *parts):
        super().__init__()
        self.parts = parts

    def __len__(self):
        return 6

    def __getitem__(self, index):
        return tuple(part[16 * index : 16 * index + 16] for part in self.parts)


def in_batches(*parts):
    return tf.data.Dataset.from_tensor_slices(parts).batch(16)


def arrays(*parts):
    return parts


def weights_of(view):
    """The samples in their order, and what they weigh."""
    if view.arrays is not None:
        return view.shown()
    batches = [batch for batch, _ in zip(view.for_validation(), range(6), strict=False)]
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


@pytest.mark.parametrize("make", [arrays, in_batches, Batches])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 0.5, 1: 5.0}])
@pytest.mark.parametrize("labels", [Y, Y[:, None], np.eye(2)[Y]])
def test_each_sample_weighs_what_its_class_does(make, class_weight, labels):
    expected = compute_sample_weight(class_weight, Y)
    weighed = weigh_classes(class_weight, as_batches("fit", "train", make(X, labels)))
    x, y, weights = weights_of(weighed)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, labels)
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


@pytest.mark.parametrize("make", [arrays, in_batches, Batches])
def test_weights_of_the_samples_own_count_too(make):
    weighed = weigh_classes("balanced", as_batches("fit", "train", make(X, Y, OWN)))
    expected = compute_sample_weight("balanced", Y) * OWN
    np.testing.assert_allclose(weights_of(weighed)[2], expected, rtol=1e-6)


@pytest.mark.parametrize("make", [arrays, in_batches, Batches])
def test_a_heavy_class_is_named_more_often(make):
    shares = []
    for weights in (None, {0: 0.5, 1: 5.0}):
        model = network(dropout=0.0)
        options = {"recipe": RECIPE, "preflight": False, "verbose": 0}
        fit(model, make(X, Y), class_weight=weights, **options)
        shares.append(model.predict(X, verbose=0)[:, 1].mean())
    assert shares[1] > shares[0] + 0.1


def test_a_run_with_weights_of_classes_is_repeated(tmp_path):
    options = {"recipe": RECIPE.replace(epochs=2), "verbose": 0, "preflight": False}
    run = fit(network(), (X, Y), class_weight="balanced", folder=tmp_path, **options)
    again = rerun(tmp_path, (X, Y), verbose=0)
    assert again.equal
    assert equal(again.run.model, run.model)


@pytest.mark.parametrize(
    ("y", "class_weight", "message"),
    [
        (Y, {0: 1.0}, "`class_weight` must have a weight for each class. Received: missing=[1]."),
        (
            Y,
            "even",
            '`class_weight` must be "balanced" or a dict, with a class for each sample. Received: '
            "class_weight='even'.",
        ),
        (
            {"a": Y, "b": Y},
            "balanced",
            '`class_weight` must be "balanced" or a dict, with a class for each sample. Received: '
            "class_weight='balanced'.",
        ),
    ],
)
@pytest.mark.parametrize("make", [arrays, in_batches])
def test_what_weighs_no_classes_is_refused(make, y, class_weight, message):
    with pytest.raises(ArgumentError) as caught:
        weigh_classes(class_weight, as_batches("fit", "train", make(X, y)))
    assert str(caught.value) == f"fit: {message}"
