"""`overfit_one_batch`: something that surely works, and what is wrong if it does not (row 12)."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from recipes import overfit_one_batch
from recipes.errors import ArgumentError


def build(head="softmax", rate=0.0):
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(32, activation="relu", kernel_initializer="he_normal"),
            layers.Dropout(rate),
            layers.Dense(10, activation=head),
        ]
    )


@pytest.fixture(scope="module")
def batch(split):
    return split.train[0][:32], split.train[1][:32]


@pytest.fixture(scope="module")
def learned(batch):
    return overfit_one_batch(build, batch)


def test_a_solvable_batch_is_learned(learned):
    assert learned.ok
    assert learned.last_loss < 0.01
    assert learned.expected_loss == pytest.approx(2.302585)  # ln(10)
    assert learned.first_loss == pytest.approx(learned.expected_loss, rel=0.5)
    assert str(learned).startswith("Learned: loss 2.")


def test_a_model_without_inputs_is_as_good_as_the_frequencies_of_the_classes(learned, batch):
    shares = np.bincount(batch[1]) / len(batch[1])
    entropy = -np.sum(shares * np.log(shares, where=shares > 0, out=np.zeros_like(shares)))
    assert learned.blind_loss >= entropy - 1e-3  # no constant answer has a smaller loss
    assert learned.last_loss < 0.1 * learned.blind_loss


def test_labels_that_contradict_each_other_cannot_be_learned(batch):
    x, y = batch
    twice = np.concatenate([x[:8], x[:8]]), np.concatenate([y[:8], (y[:8] + 1) % 10])
    found = overfit_one_batch(build, twice, steps=300)
    # both answers are right half of the time: ln(2) is the best there is
    assert found.last_loss == pytest.approx(0.693, abs=0.02)
    assert found.problems == (
        f"The loss is still {found.last_loss:.3f} after 300 steps, and one batch can be learned to "
        "0.01. Look whether equal samples have different labels; leave out dropout, penalties and "
        "label smoothing.",
    )


def test_inputs_that_are_wired_wrong_are_told(batch):
    x, y = batch
    found = overfit_one_batch(build, (np.repeat(x[:1], 32, axis=0), y), steps=150)
    assert not found.ok
    assert found.problems[-1] == (
        f"Without its inputs the model does as well ({found.blind_loss:.3f}): what it learns does "
        "not come from the samples. See check_graph, and take a batch of several classes."
    )


def test_labels_out_of_range_are_told(batch):
    found = overfit_one_batch(build, (batch[0], batch[1] + 5), steps=20)
    assert not found.ok
    assert len(found.problems) == 1
    assert "The step failed: " in str(found) or "The loss is not finite." in str(found)


def test_a_first_loss_far_from_knowing_nothing_is_told(batch):
    found = overfit_one_batch(build, (batch[0] * 255, batch[1]), steps=20)
    assert found.first_loss > 2 * found.expected_loss
    assert found.problems[0] == (
        f"The first loss is {found.first_loss:.3f}, and knowing nothing gives 2.303. Scale the "
        "inputs, and look at the activation of the head and at from_logits of the loss."
    )


def test_a_given_model_is_left_as_it_was_and_a_data_set_gives_its_first_batch(batch):
    model = build(rate=0.2)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    model.train_on_batch(*batch)
    every = [*model.variables, *model.optimizer.variables, *model.metrics_variables]
    before = [np.array(variable).tobytes() for variable in every]
    data = tf.data.Dataset.from_tensor_slices(batch).batch(16)
    found = overfit_one_batch(model, data)
    assert found.ok
    assert [np.array(variable).tobytes() for variable in every] == before
    assert isinstance(model.optimizer, keras.optimizers.SGD)


@pytest.mark.parametrize(
    ("model", "data", "message"),
    [
        (
            None,
            (np.zeros((2, 3)), np.zeros(2)),
            "`model_or_build` must be a Keras model, or a callable that returns one. Received: "
            "model_or_build=None.",
        ),
        (
            build,
            (np.zeros((2, 3)), np.zeros(3)),
            "`batch` must be a pair (x, y) of arrays with a row for each sample, or a data set. "
            "Received: batch='tuple'.",
        ),
    ],
)
def test_wrong_arguments_are_refused(model, data, message):
    with pytest.raises(ArgumentError) as caught:
        overfit_one_batch(model, data)
    assert str(caught.value) == f"overfit_one_batch: {message}"
