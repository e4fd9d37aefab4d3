"""The verdicts on curves whose case is known (rows 14, 44, 45, 46, 85)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipes import diagnose
from recipes.diagnosis import shape
from recipes.diagnosis.curves import grace_epochs
from recipes.diagnosis.history import read_history
from recipes.diagnosis.verdict import PROBLEMS, VERDICTS
from recipes.errors import ArgumentError, DataError
from recipes.training.records.record import write_curves

CURVES = Path(__file__).parent / "curves"
MISSED = {  # what is not called right; `python -m benchmarks.curves` says what it is called
    "set": (
        "many, sgd, seed 22: rate / 100",  # still improving: it would be there in a third more
        "many: one unit",  # still improving: 0.74 to 0.71 of a guess in its last 40 epochs
        "moons: batches of 2, noisy",  # underfitting: the validation loss is calm
    ),
    "held": ("eight: one unit", "noisy saddle: batches of 2"),
}
NAN = math.nan


def curves(train, validation):
    return {"loss": train, "val_loss": validation}


def known(kind):
    """The curves of a kind; the thresholds were set on the half "set", not on "held"."""
    lines = (CURVES / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    for curve in map(json.loads, lines):
        yield pytest.param(curve, id=f"{kind}, {curve['half']}: {curve['name']}")


# --- curves with known answers --------------------------------------------------------------------


@pytest.mark.parametrize("curve", [*known("recorded"), *known("made")])
def test_a_curve_whose_set_up_fixes_the_answer_is_called_that(curve):
    found = diagnose(curve["history"], **curve["arguments"])
    assert (found.verdict in curve["answers"]) == (curve["name"] not in MISSED[curve["half"]])
    assert 1 <= found.since <= len(curve["history"]["loss"])
    assert found.reason
    assert found.remedies


@pytest.mark.parametrize(("half", "least"), [("set", 0.95), ("held", 0.9)])
def test_nearly_all_curves_of_each_half_are_called_right(half, least):
    found = [p.values[0] for kind in ("recorded", "made") for p in known(kind)]
    count = sum(curve["half"] == half for curve in found)
    assert 1 - len(MISSED[half]) / count >= least


def test_every_verdict_has_a_curve_in_each_half():
    found = [p.values[0] for kind in ("recorded", "made") for p in known(kind)]
    assert len(found) >= 40
    assert len(list(known("recorded"))) >= len(found) / 2
    for half in ("set", "held"):
        answers = {
            answer for curve in found if curve["half"] == half for answer in curve["answers"]
        }
        assert answers == set(VERDICTS)


@pytest.mark.parametrize(
    ("train", "validation", "verdict", "since"),
    [
        # both under 0.13 · ln(10) = 0.299 from the third epoch on
        ([2.0, 0.5, 0.1, 0.05], [2.1, 0.6, 0.2, 0.1], "done", 3),
        # the guide's second case: training under 0.01, validation 0.3 to 0.6, best at epoch 3
        ([1.0, 0.2, 0.05, 0.009, 0.005], [1.1, 0.5, 0.4, 0.5, 0.6], "overfitting", 3),
        # the guide's third case: both above 0.3, and flat from the second epoch on
        ([2.0, 1.5, 1.5, 1.5, 1.5, 1.5], [2.1, 1.6, 1.6, 1.6, 1.6, 1.6], "underfitting", 2),
        # just short of the goal, without a gap: the level is the matter
        ([1.0, 0.29, 0.28, 0.28], [1.1, 0.33, 0.31, 0.31], "underfitting", 2),
        # done at first, then it turns into overfitting
        ([0.2, 0.1, 0.01], [0.25, 0.29, 0.5], "overfitting", 3),
        ([1.0, NAN, NAN], [1.0, 1.0, 1.0], "diverged", 2),
        ([1.0, 0.9, 0.8], [1.0, math.inf, 1.0], "diverged", 2),
        ([0.1], [0.1], "done", 1),
        # 8e9 nats, where knowing nothing costs ln(10) = 2.3
        ([2.0, 8e9, 7e9], [2.0, 9e9, 8e9], "diverged", 2),
        ([9.0, 1.0, 0.2], [9.0, 1.0, 0.2], "done", 3),  # a bad start is no verdict
        ([2.0, 1.5, 1.2], [2.1, 1.6, 1.4], "still improving", 1),
        ([2.0, 1.5], [2.1, 1.6], "too early to tell", 1),  # two points are no curve
        # learned by epoch 3, while moving statistics follow
        ([1.0, 0.3, 0.1, 0.02, 0.01, 0.01], [2.2, 2.0, 1.8, 1.5, 1.2, 0.9], "too early to tell", 1),
        # flat, then it falls: what was flat was not the end
        ([2.3, 2.3, 2.3, 1.8, 1.2, 0.8], [2.3, 2.3, 2.3, 1.9, 1.3, 0.9], "still improving", 1),
        # above ln(10), and no better from epoch to epoch
        ([2.4, 2.9, 2.5, 3.0, 2.4, 2.8], [2.4, 2.9, 2.5, 3.0, 2.4, 2.8], "rate too large", 2),
        (
            [2.30, 2.28, 2.26, 2.24, 2.22, 2.2],
            [2.3, 2.29, 2.27, 2.25, 2.23, 2.21],
            "rate too small",
            1,
        ),
        # around 0.6, by 0.3 up and down
        (
            [1.0, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
            [1.1, 0.7, 0.4, 0.8, 0.5, 0.9, 0.4, 0.8, 0.5],
            "noisy",
            4,
        ),
    ],
)
def test_a_curve_gets_the_verdict_that_the_guide_gives_it(train, validation, verdict, since):
    diagnosis = diagnose(curves(train, validation), num_classes=10)
    assert (diagnosis.verdict, diagnosis.since) == (verdict, since)
    assert diagnosis.is_problem == (verdict in PROBLEMS)


# --- what is looked at ----------------------------------------------------------------------------


def test_a_history_of_keras_is_taken_as_it_is():
    import keras

    history = keras.callbacks.History()
    history.history = curves([0.1], [0.1])
    assert diagnose(history, num_classes=10).verdict == "done"


def test_the_goal_is_relative_to_the_number_of_classes():
    history = curves([0.3] * 4, [0.31] * 4)
    assert diagnose(history, num_classes=10).verdict == "underfitting"
    assert diagnose(history, num_classes=100).verdict == "done"  # 0.13 · ln(100) = 0.6
    assert diagnose(history, num_classes=10, goal=0.35).verdict == "done"


def test_the_guides_own_figures_are_there_on_request():
    over = curves([0.9, 0.1, 0.009, 0.008], [0.9, 0.46, 0.45, 0.45])
    assert diagnose(over, num_classes=1000).verdict == "done"  # 0.13 · ln(1000) = 0.9
    assert diagnose(over, num_classes=1000, absolute=True).verdict == "overfitting"
    under = curves([0.5] * 4, [0.5] * 4)
    assert diagnose(under, num_classes=1000, absolute=True).verdict == "underfitting"
    assert diagnose(under, num_classes=1000, absolute=True).goal == 0.3
    fine = curves([0.2] * 4, [0.25] * 4)
    assert diagnose(fine, num_classes=2, absolute=True).verdict == "done"


def test_a_target_is_an_accuracy_on_the_validation_data():
    history = {**curves([0.2] * 4, [0.25] * 4), "val_accuracy": [0.90, 0.95, 0.96, 0.96]}
    found = diagnose(history, num_classes=10, target=0.95)
    assert (found.verdict, found.since) == ("done", 2)
    assert diagnose(history, num_classes=10, target=0.97).verdict != "done"


def test_a_regression_is_judged_by_the_variance_or_by_its_first_epoch():
    history = curves([5.0, 2.0, 1.0, 0.5], [5.0, 2.0, 1.0, 0.6])
    assert diagnose(history).verdict == "done"  # 0.13 · 5.0 = 0.65
    assert diagnose(history, reference=100.0).goal == pytest.approx(13.0)
    assert diagnose(history, reference=2.0).verdict != "done"


def test_losses_that_were_measured_for_the_verdict_come_first():
    measured = {"train_loss": [0.1, 0.1], "val_cross_entropy": [0.2, 0.2]}
    history = {**curves([0.9, 0.9], [0.7, 0.7]), **measured}
    assert diagnose(history, num_classes=10).verdict == "done"


def test_a_metric_of_the_validation_data_alone_is_not_compared_with_a_smoothed_loss():
    history = curves([2.0, 0.6], [2.0, 0.7]) | {"val_cross_entropy": [1.9, 0.2]}
    assert diagnose(history, num_classes=10).validation_loss == 0.7


@given(st.floats(1e-3, 1e3), st.sampled_from(sorted(p.id for p in known("made"))))
def test_a_regression_in_another_unit_has_the_same_verdict(unit, name):
    """A verdict is one on shares: metres or feet are all the same."""
    curve = next(p.values[0] for p in known("made") if p.id == name)
    history = {key: np.array(values, float) for key, values in curve["history"].items()}
    scaled = {key: values * unit for key, values in history.items()}
    first, second = diagnose(history, reference=2.0), diagnose(scaled, reference=2.0 * unit)
    assert (first.verdict, first.since) == (second.verdict, second.since)


# --- the grace period (row 14) --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "grace"),
    [
        ({"epochs": 200}, 20),  # 10 % of the epochs
        ({"epochs": 30, "steps_per_epoch": 10, "bn_momentum": 0.99}, 50),  # 500 steps
        ({"epochs": 30, "steps_per_epoch": 10}, 5),  # 5 / (1 - 0.9) = 50 steps
        ({"epochs": 100, "steps_per_epoch": 1000, "bn_momentum": 0.99}, 10),
        ({"epochs": 5}, 3),  # two points are no curve
    ],
)
def test_the_grace_period_is_a_tenth_of_the_run_or_the_lag_of_the_statistics(arguments, grace):
    assert grace_epochs(**arguments) == grace


def test_a_delayed_curve_is_not_condemned():
    flat = [2.3] * 9
    assert diagnose(curves(flat, flat), 10, epochs=100).verdict == "too early to tell"
    assert diagnose(curves(flat, flat), 10, epochs=90).verdict == "underfitting"
    diverged = curves([2.3, NAN], [2.3, NAN])
    assert diagnose(diverged, 10, epochs=100).verdict == "diverged"  # that does not pass


# --- the next learning rate (row 85) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("train", "rate", "following"),
    [
        ([2.4, 2.9, 2.5, 3.0, 2.4, 2.8], 1.0, 0.1),
        ([2.30, 2.28, 2.26, 2.24, 2.22, 2.2], 1e-4, 1e-3),
        ([1.0, NAN, NAN], 0.5, 0.05),
        ([2.0, 1.5, 1.5, 1.5, 1.5, 1.5], 0.1, None),
    ],
)
def test_a_wrong_rate_has_a_next_one(train, rate, following):
    found = diagnose(curves(train, train), 10, learning_rate=rate)
    assert found.next_rate == following
    if following:
        assert found.remedies[0].startswith(f"A learning rate of {following:g}")
    logged = {**curves(train, train), "learning_rate": [rate, *[rate / 2] * (len(train) - 1)]}
    assert diagnose(logged, 10).next_rate == following  # the largest one of the run
    assert diagnose(curves(train, train), 10).next_rate is None


def test_without_a_rate_the_remedy_says_which_way():
    train = [2.30, 2.28, 2.26, 2.24, 2.22, 2.2]
    found = diagnose(curves(train, train), 10)
    assert found.remedies == ("The learning rate: multiply it by 10", "Batch normalization")


# --- sentences ------------------------------------------------------------------------------------


def test_the_verdict_is_a_sentence_with_figures_and_remedies():
    train, validation = [2.0, 1.5, 1.5, 1.5, 1.5, 1.5], [2.1, 1.6, 1.6, 1.6, 1.6, 1.6]
    assert str(diagnose(curves(train, validation), num_classes=10)) == (
        "underfitting since epoch 2: training loss 1.500, validation loss 1.600, goal 0.299. The "
        "training loss no longer falls, and is above the goal. Tune the learning rate first; Less "
        "dropout; Batch normalization; Less augmentation and weight decay; A larger model: more "
        "depth, then more width."
    )


def test_too_early_to_tell_has_no_epoch():
    assert str(diagnose(curves([2.0], [2.1]), num_classes=10, epochs=50)) == (
        "too early to tell: training loss 2.000, validation loss 2.100, goal 0.299. 1 of the first "
        "5 epochs, which tell little, are over. Train on: some metrics lag, and a delayed curve is "
        "no bad one."
    )


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


@pytest.mark.parametrize(
    ("history", "arguments", "message"),
    [
        (
            [1.0],
            {},
            "diagnose: `history` must be Keras' History, or a dict of lists with one value an "
            "epoch. Received: history='list'.",
        ),
        (
            curves([-1.0], [1.0]),
            {},
            "diagnose: losses must be at least 0: their share of the loss of a guess is looked at. "
            "Received: loss=-1.0.",
        ),
        (
            curves([1.0], [1.0]),
            {"target": 0.9},
            "diagnose: `target` needs an accuracy on the validation data for each epoch. Received: "
            "target=0.9, val_accuracy='0 values'. Compile with metrics=[\"accuracy\"], or give "
            "goal=, a loss.",
        ),
        (
            curves([1.0], [1.0]),
            {"goal": 0.2, "absolute": True},
            "diagnose: `goal` and `absolute` exclude each other. Received: goal=0.2, "
            "absolute=True.",
        ),
        (
            curves([1.0], [1.0]),
            {"target": 95},
            "diagnose: `target` must be a number in (0, 1]. Received: target=95.",
        ),
        (
            curves([1.0], [1.0]),
            {"learning_rate": 0.0},
            "diagnose: `learning_rate` must be a number in (0, inf]. Received: learning_rate=0.0.",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(history, arguments, message):
    with pytest.raises(ArgumentError) as caught:
        diagnose(history, **arguments)
    assert str(caught.value) == message


# --- the shape of a curve, by hand ----------------------------------------------------------------


def test_the_shape_of_a_curve_is_what_is_worked_out_by_hand():
    c = [1.0, 0.8, 0.9, 0.5, 0.4, 0.4]
    assert shape.thirds(c) == (pytest.approx(0.7), pytest.approx(0.4))
    assert shape.late_fall(c) == pytest.approx(0.3)
    assert shape.rises(c, 0.05) == [3]
    assert shape.steadiness(c) == pytest.approx(0.6 / 0.8)
    assert shape.straightness(c) == pytest.approx((0.5 / 3) / (0.1 / 2))
    assert shape.roughness([0.0, 1.0, 0.0, 1.0]) == pytest.approx(1.0)
    assert shape.thirds_to([0.8, 0.4, 0.2], 0.05) == pytest.approx(2.0)  # it halves: twice more
    assert shape.thirds_to([0.2, 0.2, 0.2], 0.05) == math.inf
    assert shape.streak([True, False, True, True]) == 3


@given(st.floats(0.1, 1.0), st.floats(0.001, 0.1), st.integers(5, 60))
def test_a_straight_line_is_straight_steady_and_not_rough(start, fall, epochs):
    line = [start - fall * epoch / epochs for epoch in range(epochs)]
    assert shape.straightness(line) == pytest.approx(1.0, abs=1e-6)
    assert shape.steadiness(line) == pytest.approx(1.0)
    assert shape.roughness(line) == pytest.approx(0.0, abs=1e-9)


# --- from a file ----------------------------------------------------------------------------------


def test_a_history_is_read_from_a_csv_file_or_the_folder_of_a_run(tmp_path):
    text = "epoch,loss,val_loss\n1,0.5,0.6\n2,nan,inf\n"
    (tmp_path / "history.csv").write_text(text)
    for path in (tmp_path, tmp_path / "history.csv"):
        history = read_history(path)
        assert list(history) == ["loss", "val_loss"]
        assert history["val_loss"] == [0.6, math.inf]
        assert history["loss"][0] == 0.5
        assert math.isnan(history["loss"][1])


def test_a_metric_that_was_logged_from_a_later_epoch_on_is_read_as_it_was_written(tmp_path):
    history = {"loss": [0.9, 0.5, 0.4], "late": [0.1, math.inf]}
    write_curves(tmp_path, history)
    assert read_history(tmp_path) == history


def test_a_file_that_is_none_or_holds_words_is_refused(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        read_history(tmp_path / "none.csv")
    assert str(caught.value) == (
        "read_history: the history must be a .csv file that can be read, or the folder of a run. "
        f"Received: path='{tmp_path / 'none.csv'}'. (No such file or directory)"
    )
    (tmp_path / "words.csv").write_text("loss,val_loss\n0.5,high\n")
    with pytest.raises(DataError) as caught:
        read_history(tmp_path / "words.csv")
    assert str(caught.value) == (
        "read_history: each row of the history must hold a number for each column. Received: "
        f"file='{tmp_path / 'words.csv'}', row='0.5,high'."
    )
