"""The live view of a search, on a terminal of a fixed width, with real trials of tiny models."""

import io
import math

import keras
import keras_tuner as kt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from rich.console import Console
from studies import oracle_in, search

import tuners
from tuners.live.board import Board
from tuners.live.sparkline import sparkline
from tuners.live.view import LiveView, clock_text, draw

X = np.random.default_rng(0).random((64, 4), dtype="float32")
Y = (X[:, 0] > 0.5).astype("int64")


def build(hp):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(8), layers.Dense(2, "softmax")])
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    model.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy")
    return model


def terminal(*, is_terminal):
    """Returns a console of 80 characters that writes into a text."""
    return Console(
        file=io.StringIO(), force_terminal=is_terminal, width=80, height=20, highlight=False
    )


class Frames(LiveView):
    """A live view that keeps what it shows after each call, as plain text."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.frames = []

    def _keep(self):
        plain = Console(file=io.StringIO(), width=80)
        plain.print(draw(self.board, 100))
        self.frames.append(plain.file.getvalue().splitlines())

    def epoch_ended(self, trial, epoch, logs):
        super().epoch_ended(trial, epoch, logs)
        self._keep()

    def trial_ended(self, trial):
        super().trial_ended(trial)
        self._keep()


def make(folder, trials):
    return tuners.RandomSearch(
        build,
        objective="val_loss",
        max_trials=trials,
        seed=0,
        directory=str(folder),
        project_name="search",
    )


def run(tuner):
    tuner.search(X, Y, validation_data=(X, Y), epochs=3, verbose=0)


@pytest.fixture(scope="module")
def watched(tmp_path_factory):
    """A search of two trials of three epochs, its view, and what the terminal got."""
    folder = tmp_path_factory.mktemp("live")
    tuner, console = make(folder, 2), terminal(is_terminal=True)
    with Frames(tuner, console=console, epochs=3, verbose=True) as view:
        run(tuner)
    return folder, tuner, view, console.file.getvalue()


def test_a_running_trial_is_shown_with_its_epoch_and_its_curve(watched):
    _, tuner, view, _ = watched
    curve = [o.value[0] for o in tuner.oracle.trials["0"].metrics.get_history("val_loss")]
    shown = [frame[-1].rstrip() for frame in view.frames[:3]]
    assert shown == [
        f"trial 0  epoch {n} of 3  {curve[n - 1]:.4g}  {sparkline(curve[:n])}" for n in (1, 2, 3)
    ]


def test_the_best_so_far_and_the_counts_are_shown(watched):
    _, tuner, view, _ = watched
    best = tuner.oracle.get_best_trials()[0]
    assert view.frames[-1][0].startswith("2 of 2 trials ━")
    assert view.frames[-1][1].rstrip() == (
        f"2 finished; best val_loss {best.score:.4g} in trial {best.trial_id}"
    )


def test_the_time_left_is_told_as_soon_as_a_trial_has_ended(watched):
    _, _, view, _ = watched
    assert "left" not in view.frames[0][0]
    assert "about 0:00:" in view.frames[3][0]
    assert view.frames[-1][0].rstrip().endswith("0:01:40 about 0:00:00 left")


def test_a_terminal_is_drawn_again_in_place(watched):
    said = watched[3]
    assert "\x1b[?25l" in said  # the cursor is hidden, and comes back
    assert "\x1b[?25h" in said
    assert "trial 0: completed, score " in said


def test_elsewhere_the_last_state_is_printed_once_and_a_resume_counts_what_is_there(watched):
    tuner, console = make(watched[0], 3), terminal(is_terminal=False)
    with LiveView(tuner, console=console, epochs=3):
        run(tuner)
    said = console.file.getvalue()
    assert "\x1b" not in said
    assert said.count("trials") == 1
    assert said.startswith("3 of 3 trials")
    assert "3 finished; best val_loss " in said
    assert tuner.observer is None


# --- what is counted ------------------------------------------------------------------------------


def finished(number, status="COMPLETED", score=1.0):
    trial = kt.engine.trial.Trial(kt.HyperParameters(), trial_id=str(number), status=status)
    trial.score = score
    return trial


def test_failed_and_pruned_trials_are_counted_and_are_never_the_best():
    board = Board(kt.Objective("loss", "min"))
    pruned = finished(1, score=3.0)
    pruned.message = "stopped after epoch 1 by MedianPruner"
    for trial in (finished(0, score=2.0), pruned, finished(2, "FAILED", None)):
        board.trial_ended(trial)
    assert board.counts == "1 finished, 1 pruned, 1 failed"
    assert board.best == (2.0, "0")


def test_what_breaks_a_constraint_is_the_best_only_while_nothing_else_is_known():
    board = Board(kt.Objective("loss", "min"), violation=lambda trial: int(trial.trial_id) % 2)
    bests = []
    for number, score in ((1, 1.0), (2, 5.0), (3, 0.5), (4, 4.0)):
        board.trial_ended(finished(number, score=score))
        bests.append(board.best)
    assert bests == [(1.0, "1"), (5.0, "2"), (5.0, "2"), (4.0, "4")]


def test_the_best_follows_the_direction():
    board = Board(kt.Objective("accuracy", "max"))
    for number, score in enumerate((0.5, 0.9, 0.7)):
        board.trial_ended(finished(number, score=score))
    assert board.best == (0.9, "1")


def test_the_time_left_equals_that_worked_out_by_hand():
    now = [0.0]
    board = Board(kt.Objective("loss", "min"), trials=5, clock=lambda: now[0])
    assert board.seconds_left is None
    for number in (0, 1):
        board.trial_began(finished(number))
        now[0] += 10.0
        board.trial_ended(finished(number))
    assert board.seconds_left == 30.0  # three trials of ten seconds
    board.trial_began(finished(2))
    now[0] += 4.0
    assert board.seconds_left == 26.0
    board.trial_began(finished(3))  # two at a time: one and a half rounds, and 2 s are gone
    assert board.seconds_left == 13.0
    board.hours = 30 / 3600  # of which 24 s are over
    assert board.seconds_left == 6.0


def test_a_metric_that_is_missing_or_no_number_is_a_gap():
    board = Board(kt.Objective("loss", "min"))
    for logs in ({"loss": 2.0}, {}, None, {"loss": 1.0}):
        board.epoch_ended(None, 0, logs)
    assert sparkline(board.curves[None]) == "█··▁"


def test_a_failed_search_is_shown_without_a_best(tmp_path):
    hp = kt.HyperParameters()
    hp.Boolean("a")
    oracle = search(oracle_in(tmp_path, hp), lambda values: 1 / 0, 2)
    board = Board(oracle.objective)
    for name in oracle.end_order:
        board.trial_ended(oracle.trials[name])
    plain = Console(file=io.StringIO(), width=80)
    plain.print(draw(board, 0))
    assert plain.file.getvalue().split("\n")[1].rstrip() == "2 failed"


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█"),
        ([5.0, 5.0], "▅▅"),
        ([1.0, math.inf, 0.0], "█·▁"),
        ([], ""),
    ],
)
def test_a_sparkline_is_that_drawn_by_hand(values, line):
    assert sparkline(values) == line


@given(st.lists(st.floats()), st.integers(1, 30))
def test_a_sparkline_has_a_character_for_each_of_the_last_values(values, width):
    assert len(sparkline(values, width)) == min(len(values), width)


def test_times_are_told_in_hours_minutes_and_seconds():
    assert [clock_text(seconds) for seconds in (0, 59.6, 3725)] == ["0:00:00", "0:01:00", "1:02:05"]
