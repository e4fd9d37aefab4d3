"""The picture of a run: what is drawn equals the history (row 84)."""

import math

import numpy as np
import pytest

from recipes import Run, diagnose, plot_history
from recipes.diagnosis.plot import history_picture
from recipes.errors import ArgumentError

HISTORY = {
    "loss": [2.0, 1.0, 0.5, 0.02],
    "val_loss": [2.1, 1.2, 0.9, 1.0],
    "accuracy": [0.3, 0.6, 0.8, 1.0],
    "val_accuracy": [0.3, 0.5, 0.7, 0.6],
}


def test_what_is_drawn_equals_the_history():
    figure = plot_history(HISTORY)
    for axes, names in zip(
        figure.axes, [("loss", "val_loss"), ("accuracy", "val_accuracy")], strict=True
    ):
        for line, name in zip(axes.lines, names, strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
            np.testing.assert_array_equal(line.get_ydata(), HISTORY[name])
        assert [line.get_label() for line in axes.lines] == ["training", "validation"]
    assert figure.axes[0].get_yscale() == "log"  # 2.1 is more than 30 times 0.02


def test_a_run_draws_its_own_curves_with_its_verdict():
    verdict = diagnose(HISTORY, 10)
    run = Run(model=None, history=HISTORY, diagnosis=verdict, recipe=None, seconds=1, folder=None)
    figure = run.plot()
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), HISTORY["loss"])
    assert figure.get_suptitle().startswith("Overfitting since epoch 4;")


def test_the_epoch_with_the_lowest_validation_loss_is_ringed():
    picture = history_picture(HISTORY)
    assert picture.best == 2
    assert picture.title == "Lowest validation loss 0.9, after epoch 3"
    ring = plot_history(HISTORY).axes[0].collections[0]
    np.testing.assert_array_equal(ring.get_offsets(), [[3, 0.9]])


def test_the_verdict_is_the_title_and_its_first_epoch_a_line():
    found = diagnose(HISTORY, 10)
    figure = plot_history(HISTORY, diagnosis=found)
    assert figure.get_suptitle() == (
        "Overfitting since epoch 4; lowest validation loss 0.9, after epoch 3"
    )
    assert figure.axes[0].lines[2].get_xdata() == [4, 4]


def test_a_run_without_accuracy_or_with_nan_is_drawn_too():
    history = {"loss": [1.0, math.nan], "val_loss": [1.0, math.nan], "train_loss": [0.9, math.nan]}
    figure = plot_history(history)
    assert len(figure.axes) == 1
    np.testing.assert_array_equal(figure.axes[0].lines[0].get_ydata(), [0.9, math.nan])


def test_two_pictures_of_a_run_are_equal_files(tmp_path):
    for name in ("a", "b"):
        plot_history(HISTORY, output=tmp_path / f"{name}.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_curves_that_are_none_are_refused():
    with pytest.raises(ArgumentError) as caught:
        plot_history({"loss": [math.nan], "val_loss": [math.nan]})
    assert str(caught.value) == "plot_history: a loss that is finite is needed."
