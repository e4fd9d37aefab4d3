"""The verdict on curves whose case is known."""

import math

import pytest

from recipes import diagnose
from recipes.errors import ArgumentError


def curves(train, validation):
    return {"loss": train, "val_loss": validation}


@pytest.mark.parametrize(
    ("train", "validation", "verdict", "since"),
    [
        # both under 0.13 · ln(10) = 0.299 from the third epoch on
        ([2.0, 0.5, 0.1, 0.05], [2.1, 0.6, 0.2, 0.1], "done", 3),
        # the guide's second case: training under 0.01, validation 0.3 to 0.6, best at epoch 3
        ([1.0, 0.2, 0.05, 0.009, 0.005], [1.1, 0.5, 0.4, 0.5, 0.6], "overfitting", 3),
        # the guide's third case: both above 0.3
        ([2.0, 1.5, 1.2], [2.1, 1.6, 1.4], "underfitting", 1),
        # just short of the goal, without a gap: the level is the matter
        ([1.0, 0.28], [1.1, 0.31], "underfitting", 1),
        # done at first, then it turns into overfitting
        ([0.2, 0.1, 0.01], [0.25, 0.29, 0.5], "overfitting", 3),
        ([1.0, math.nan, math.nan], [1.0, 1.0, 1.0], "diverged", 2),
        ([1.0, 0.9, 0.8], [1.0, math.inf, 1.0], "diverged", 2),
        ([0.1], [0.1], "done", 1),
        # 8e9 nats, where knowing nothing costs ln(10) = 2.3
        ([2.0, 8e9, 7e9], [2.0, 9e9, 8e9], "diverged", 2),
        ([9.0, 1.0, 0.2], [9.0, 1.0, 0.2], "done", 3),  # a bad start is no verdict
    ],
)
def test_a_curve_gets_the_verdict_that_the_guide_gives_it(train, validation, verdict, since):
    diagnosis = diagnose(curves(train, validation), num_classes=10)
    assert (diagnosis.verdict, diagnosis.since) == (verdict, since)
    assert diagnosis.remedies


def test_a_history_of_keras_is_taken_as_it_is():
    import keras

    history = keras.callbacks.History()
    history.history = curves([0.1], [0.1])
    assert diagnose(history, num_classes=10).verdict == "done"


def test_the_verdict_is_a_sentence_with_figures_and_remedies():
    text = str(diagnose(curves([2.0, 1.5], [2.1, 1.6]), num_classes=10))
    assert text == (
        "underfitting since epoch 1: training loss 1.500, validation loss 1.600, goal 0.299. Tune "
        "the learning rate first; Train for more epochs; A larger model: more depth, then more "
        "width; Less regularisation."
    )


def test_the_goal_is_relative_to_the_number_of_classes():
    history = curves([0.3, 0.3], [0.31, 0.31])
    assert diagnose(history, num_classes=10).verdict == "underfitting"
    assert diagnose(history, num_classes=100).verdict == "done"  # 0.13 · ln(100) = 0.6
    assert diagnose(history, num_classes=10, goal=0.35).verdict == "done"


def test_a_loss_that_was_measured_for_the_verdict_comes_before_the_training_loss():
    history = {**curves([0.9, 0.9], [0.2, 0.2]), "train_loss": [0.1, 0.1]}
    assert diagnose(history, num_classes=10).verdict == "done"


@pytest.mark.parametrize(
    ("history", "received"),
    [
        ({"loss": [1.0]}, "loss='1 values', val_loss='0 values'"),
        ({"loss": [], "val_loss": []}, "loss='0 values', val_loss='0 values'"),
        ({"loss": [1.0, 1.0], "val_loss": [1.0]}, "loss='2 values', val_loss='1 values'"),
    ],
)
def test_curves_that_cannot_be_judged_are_refused(history, received):
    with pytest.raises(ArgumentError) as caught:
        diagnose(history, num_classes=10)
    assert str(caught.value) == (
        "diagnose: `history` must hold one `loss` and one `val_loss` an epoch. "
        f"Received: {received}. Train with validation data."
    )
