"""Pruners: the rules on curves known by hand, and what an oracle makes of them."""

import contextlib
import math
import random
from concurrent import futures

import grpc
import keras_tuner
import pytest
from formulas import Simulation, line_space, search, start, train
from hypothesis import given, settings
from hypothesis import strategies as st
from keras_tuner.src.distribute.oracle_chief import OracleServicer
from keras_tuner.src.distribute.oracle_client import OracleClient
from keras_tuner.src.protos import get_service_grpc

from recipes.errors import ArgumentError, SearchError
from tuners.oracles import BayesianOptimizationOracle, HyperbandOracle, Oracle, RandomSearchOracle
from tuners.oracles.base import WAIT
from tuners.pruning import (
    Curve,
    MedianRule,
    Pruner,
    SuccessiveHalving,
    check_pruner,
    grace_epochs,
)

# --- the grace period (guide row 14) --------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((100, 50), 10),  # 10 % of the epochs; 50 steps are one epoch
        ((30, 10), 5),  # 5 / (1 − 0.9) = 50 steps of ten an epoch
        ((30, 1_000), 3),  # not 4: 0.1 · 30 is 3.0000000000000004 in floats
        ((31, 1_000), 4),  # rounded up
        ((5, 7), 8),  # longer than the training: nothing is ever stopped
        ((30, 10, 0.99), 50),  # 500 steps
        ((30, 10, None), 3),  # without batch normalization
        ((1, 1, 0), 5),
    ],
)
def test_the_grace_period_equals_values_worked_out_by_hand(arguments, expected):
    assert grace_epochs(*arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            (0, 10),
            "grace_epochs: `epochs` must be a whole number of at least 1. Received: epochs=0.",
        ),
        (
            (10, 2.5),
            "grace_epochs: `steps_per_epoch` must be a whole number of at least 1. "
            "Received: steps_per_epoch=2.5.",
        ),
        (
            (10, 10, 1.0),
            "grace_epochs: `batch_norm_momentum` must be a number in [0, 1), or None. "
            "Received: batch_norm_momentum=1.0.",
        ),
    ],
)
def test_a_grace_period_of_wrong_arguments_is_refused(arguments, sentence):
    with pytest.raises(ArgumentError) as error:
        grace_epochs(*arguments)
    assert str(error.value) == sentence


def late(epoch):
    """A curve that lags: worse than all others until the moving statistics are right."""
    return 9.0 if epoch < 5 else 0.1


@pytest.mark.parametrize("pruner", [MedianRule(min_trials=1), SuccessiveHalving()])
def test_a_delayed_curve_is_not_killed_within_the_grace_period(pruner):
    prepared = pruner.prepared(epochs=20, grace=grace_epochs(20, 10))  # five epochs
    others = [Curve(number=n, values=[1.0] * 20, state="ended") for n in range(1, 7)]

    def stopped_after(rule):
        curves = (Curve(number=0, values=map(late, range(epochs))) for epochs in range(1, 21))
        return next((curve.epochs for curve in curves if rule.stops(curve, others)), None)

    assert stopped_after(pruner) == 1
    assert stopped_after(prepared) == 5  # it had its chance: the sixth epoch is the good one
    assert stopped_after(pruner.prepared(epochs=20, grace=6)) is None


def test_what_the_user_chose_is_not_changed_by_the_training_loop():
    own = SuccessiveHalving(grace=2, max_epochs=30)
    assert own.prepared(epochs=9, grace=5) == own
    assert MedianRule().prepared(epochs=9, grace=5) == MedianRule(grace=5, max_epochs=9)


# --- curves and names -----------------------------------------------------------------------------


def test_what_is_not_finite_is_the_worst_value_of_a_curve():
    curve = Curve(number=0, values=[math.nan, 2.0, -math.inf, 3.0])
    assert curve.values == (math.inf, 2.0, math.inf, 3.0)
    assert [curve.best(epochs) for epochs in range(5)] == [math.inf, math.inf, 2.0, 2.0, 2.0]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"number": -1},
            "Curve: `number` must be a whole number of at least 0. Received: number=-1.",
        ),
        (
            {"number": 0, "state": "paused"},
            'Curve: `state` must be one of "running", "stopped", "ended", "failed". '
            "Received: state='paused'.",
        ),
    ],
)
def test_a_curve_that_breaks_a_rule_is_refused(arguments, sentence):
    with pytest.raises(ArgumentError) as error:
        Curve(**arguments)
    assert str(error.value) == sentence


def test_pruners_have_names():
    assert check_pruner("Tuner", "median") == MedianRule()
    assert check_pruner("Tuner", "halving") == SuccessiveHalving()
    assert check_pruner("Tuner", None) is None
    assert check_pruner("Tuner", MedianRule(min_trials=2)) == MedianRule(min_trials=2)


@pytest.mark.parametrize("pruner", ["asha", 3, MedianRule])
def test_another_name_is_refused(pruner):
    with pytest.raises(ArgumentError) as error:
        check_pruner("Tuner", pruner)
    assert str(error.value) == (
        'Tuner: `pruner` must be one of "median", "halving", a Pruner or None. '
        f"Received: pruner={pruner!r}."
    )


@pytest.mark.parametrize(
    ("pruner", "options", "sentence"),
    [
        (MedianRule, {"min_trials": 0}, "`min_trials` must be a whole number of at least 1"),
        (MedianRule, {"grace": 0}, "`grace` must be a whole number of at least 1"),
        (MedianRule, {"max_epochs": 1.5}, "`max_epochs` must be a whole number of at least 1"),
        (SuccessiveHalving, {"factor": 1}, "`factor` must be a whole number of at least 2"),
        (SuccessiveHalving, {"min_epochs": 0}, "`min_epochs` must be a whole number of at least 1"),
    ],
)
def test_an_argument_that_breaks_a_rule_is_refused(pruner, options, sentence):
    ((name, value),) = options.items()
    with pytest.raises(ArgumentError) as error:
        pruner(**options)
    assert str(error.value) == f"{pruner.__name__}: {sentence}. Received: {name}={value}."


def test_a_first_rung_beyond_the_training_is_refused():
    with pytest.raises(ArgumentError) as error:
        SuccessiveHalving(min_epochs=10, max_epochs=9)
    assert str(error.value) == (
        "SuccessiveHalving: `min_epochs` must be at most max_epochs=9. Received: min_epochs=10."
    )


# --- the median rule ------------------------------------------------------------------------------

FIVE = [
    Curve(number=number, values=[value, value - 0.1], state="ended")
    for number, value in enumerate([0.3, 0.4, 0.5, 0.6, 0.7])
]


@pytest.mark.parametrize(
    ("values", "stops"),
    [
        ([0.51], True),  # the median after one epoch is 0.5
        ([0.5], False),  # as good as the median is good enough
        ([0.9, 0.41], True),  # after two epochs it is 0.4
        ([0.35, 0.9], False),  # its best so far counts
        ([math.nan], True),
        ([math.nan, 0.2], False),
    ],
)
def test_the_median_rule_equals_values_worked_out_by_hand(values, stops):
    assert MedianRule().stops(Curve(number=9, values=values), FIVE) is stops


def test_the_median_rule_waits_for_enough_trials_that_ended_by_themselves():
    hopeless = Curve(number=9, values=[9.0])
    kinds = {state: Curve(number=8, values=[0.8], state=state) for state in ("failed", "stopped")}
    assert not MedianRule().stops(hopeless, [*FIVE[:4], *kinds.values()])
    assert not MedianRule().stops(hopeless, [*FIVE[:4], Curve(number=8, values=[0.8])])
    assert MedianRule(min_trials=4).stops(hopeless, FIVE[:4])


def test_the_median_rule_counts_nan_of_the_others_as_the_worst():
    others = [Curve(number=n, values=[v], state="ended") for n, v in enumerate([0.1, 0.2, 0.3])]
    others += [Curve(number=n, values=[math.nan], state="ended") for n in (3, 4)]
    rule = MedianRule()  # the median of 0.1, 0.2, 0.3, ∞, ∞ is 0.3
    assert rule.stops(Curve(number=9, values=[0.31]), others)
    assert not rule.stops(Curve(number=9, values=[0.3]), others)


def test_the_last_epoch_is_no_time_to_stop():
    assert MedianRule(max_epochs=2).stops(Curve(number=9, values=[9.0]), FIVE)
    assert not MedianRule(max_epochs=2).stops(Curve(number=9, values=[9.0, 9.0]), FIVE)


# --- asynchronous successive halving --------------------------------------------------------------

# Losses of nine trials; a third of them goes on at 1 and at 3 of 9 epochs.
TRACE = [0.5, 0.4, 0.3, 0.6, 0.2, 0.55, 0.45, 0.7, 0.8]
BY_HAND = [
    (0, 0, 1),  # the best ⌊1/3⌋ = 0 of one go on, and of two
    (1, 0, 1),
    (2, 0, 3),  # the best of three; at the second rung it is alone
    (3, 0, 1),
    (4, 0, 3),  # the best of five
    (5, 0, 1),  # two of six go on: 4 and 2, which have
    (6, 0, 1),
    (7, 0, 1),
    (8, 0, 1),  # three of nine: 1 is the third, and goes on
    (1, 1, 3),  # at the second rung there are three now: 4 is the best of them
    (4, 3, 9),
]


def halving(folder, pruner=None, seed=0, **options):
    options = {"max_trials": 9, "hyperparameters": line_space()} | options
    pruner = pruner or SuccessiveHalving(max_epochs=9)
    return start(RandomSearchOracle("loss", seed=seed, **options), folder, pruner)


def test_halving_equals_a_trace_worked_out_by_hand(tmp_path):
    oracle = halving(tmp_path)
    assert search(oracle, lambda number, epoch: TRACE[number], 9) == BY_HAND
    assert len(oracle.trials) == 9  # one that goes on counts once
    assert oracle.trials["4"].message is None
    assert oracle.trials["2"].message == "stopped after epoch 3 by SuccessiveHalving"
    assert [trial.status for trial in oracle.trials.values()] == ["COMPLETED"] * 9
    assert [trial.score for trial in oracle.trials.values()] == TRACE


def test_the_highest_rung_comes_first():
    at_three = [Curve(number=n, values=[v] * 3, state="stopped") for n, v in enumerate([5, 6, 1])]
    at_one = [Curve(number=n, values=[n], state="stopped") for n in range(3, 9)]
    curves = at_three + at_one
    # Trial 2 is the best of three at the second rung; 2, 3 and 4 of nine at the first one.
    assert SuccessiveHalving().to_continue(curves) == 2
    assert SuccessiveHalving().to_continue([*at_three[:2], *at_one, at_one[-1]]) == 3


def test_of_equal_trials_the_first_goes_on(tmp_path):
    trainings = search(halving(tmp_path), lambda number, epoch: 0.5, 9)
    assert [number for number, first, _ in trainings if first == 1] == [0, 1, 2]


def test_a_diverged_trial_never_goes_on(tmp_path):
    oracle = halving(tmp_path, max_consecutive_failed_trials=99)
    assert search(oracle, lambda number, epoch: math.nan, 9) == [(n, 0, 1) for n in range(9)]
    assert {trial.status for trial in oracle.trials.values()} == {"FAILED"}
    assert oracle.trials["0"].message == "the score is nan, not a finite number"


def test_rungs_begin_after_the_grace_period():
    assert SuccessiveHalving(max_epochs=81).rungs(81) == [1, 3, 9, 27]
    assert SuccessiveHalving(max_epochs=81, factor=4, min_epochs=2).rungs(40) == [2, 8, 32]
    assert SuccessiveHalving(grace=5).rungs(50) == [5, 15, 45]
    assert SuccessiveHalving().prepared(epochs=20, grace=25).rungs(20) == []


def ranks(simulation, rung, number):
    """Returns how many trials are better at a rung, and how many have reached it."""
    reached = [curve for curve in simulation.curves.values() if curve.epochs >= rung]
    own = min(simulation.curves[number].values[:rung])
    return sum(min(curve.values[:rung]) < own for curve in reached), len(reached)


@settings(max_examples=100, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    epochs=st.integers(1, 12),
    factor=st.integers(2, 4),
    grace=st.integers(1, 4),
    workers=st.integers(1, 6),
)
def test_halving_in_any_order(seed, epochs, factor, grace, workers):
    numbers = random.Random(seed)
    levels = [*range(8), math.inf]
    rows = [[numbers.choice(levels) for _ in range(epochs)] for _ in range(25)]
    pruner = SuccessiveHalving(factor=factor).prepared(epochs=epochs, grace=grace)
    simulation = Simulation(pruner, lambda number, epoch: rows[number][epoch], 25, epochs)
    rungs = [rung for rung in range(grace, epochs) if rung in pruner.rungs(epochs)]
    begin = simulation.begin

    def checked_begin():
        number = begin()
        if number is not None and (epochs_had := simulation.curves[number].epochs):
            rung = max(rung for rung in rungs if rung <= epochs_had)
            better, reached = ranks(simulation, rung, number)
            assert better < reached // factor  # only the best 1/factor go on
        return number

    simulation.begin = checked_begin
    simulation.run(workers, numbers.choice)
    for curve in simulation.curves.values():
        assert grace <= curve.epochs <= epochs or curve.epochs == epochs
        assert curve.epochs in (*rungs, epochs)
    for rung in rungs:  # and in the end all of these have
        values = sorted(
            (curve.best(rung), curve.number, curve.epochs)
            for curve in simulation.curves.values()
            if curve.epochs >= rung
        )
        best = [value for value in values[: len(values) // factor] if value[0] < math.inf]
        assert all(epochs_had > rung for _, _, epochs_had in best)


def test_where_each_trial_is_better_than_all_before_each_goes_on(tmp_path):
    """The price of not waiting: no bound on their number holds in every order (Li et al. 2018)."""
    trainings = search(halving(tmp_path), lambda number, epoch: -number, 3)
    assert [last for _, _, last in trainings[:6]] == [1, 1, 3, 3, 3, 3]


# --- the oracle -----------------------------------------------------------------------------------


def test_a_stopped_trial_is_a_result_with_its_best_value_and_a_message(tmp_path):
    class AfterThree(Pruner):
        def is_hopeless(self, curve, others):
            return curve.epochs == 3

    oracle = halving(tmp_path, AfterThree())
    trial = oracle.create_trial("tuner0")
    answers = [
        oracle.update_trial(trial.trial_id, {"loss": loss}, step=epoch).status
        for epoch, loss in enumerate([0.5, 0.2, 0.4])
    ]
    assert answers == ["RUNNING", "RUNNING", "STOPPED"]
    assert oracle.unfinished_trials() == ["0"]
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    for each in (oracle, halving(tmp_path, AfterThree())):
        found = each.trials["0"]
        assert (found.status, found.score, found.best_step) == ("COMPLETED", 0.2, 1)
        assert found.message == "stopped after epoch 3 by AfterThree"
        assert each.end_order == ["0"]


def test_a_trial_that_does_not_stop_when_it_is_told_to_was_not_stopped(tmp_path):
    oracle = halving(tmp_path)
    trial = oracle.create_trial("tuner0")
    for epoch in range(9):
        assert oracle.update_trial("0", {"loss": 0.5}, step=epoch).status == "STOPPED"
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert trial.message is None
    assert oracle.curve_of(trial).state == "ended"


def test_without_a_pruner_each_trial_has_all_its_epochs(tmp_path):
    oracle = start(RandomSearchOracle("loss", 4, 0, line_space()), tmp_path)
    assert search(oracle, lambda number, epoch: number, 9) == [(n, 0, 9) for n in range(4)]


@pytest.mark.parametrize("pruner", ["median", "halving"])
def test_one_report_at_the_end_of_a_trial_is_never_pruned(pruner, tmp_path):
    oracle = halving(tmp_path, pruner)
    for number in range(9):
        trial = oracle.create_trial("tuner0")
        answer = oracle.update_trial(trial.trial_id, {"loss": float(number)}, step=5)
        assert answer.status == "RUNNING"
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    assert [trial.message for trial in oracle.trials.values()] == [None] * 9
    assert oracle.create_trial("tuner0").status == "STOPPED"


def test_what_is_maximised_is_pruned_from_below(tmp_path):
    oracle = RandomSearchOracle(
        keras_tuner.Objective("loss", "max"), 9, seed=0, hyperparameters=line_space()
    )
    oracle = start(oracle, tmp_path, SuccessiveHalving(max_epochs=9))
    assert search(oracle, lambda number, epoch: -TRACE[number], 9) == BY_HAND
    assert oracle.trials["4"].score == -0.2


def test_several_objectives_are_pruned_by_their_sum(tmp_path):
    objectives = [keras_tuner.Objective("loss", "min"), keras_tuner.Objective("score", "max")]
    oracle = RandomSearchOracle(objectives, 9, seed=0, hyperparameters=line_space())
    oracle = start(oracle, tmp_path, "halving")
    for number in range(3):
        trial = oracle.create_trial("tuner0")
        metrics = {"loss": 1.0, "score": float(number)}
        status = oracle.update_trial(trial.trial_id, metrics, step=0).status
        assert status == ("RUNNING" if number == 2 else "STOPPED")
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
        assert trial.score == 1.0 - number  # what is to be maximised is subtracted


def test_later_executions_are_averaged_and_not_judged(tmp_path):
    class Worse(Pruner):
        def is_hopeless(self, curve, others):
            return curve.values[-1] > 0.45

    oracle = halving(tmp_path, Worse())
    trial = oracle.create_trial("tuner0")
    for losses in ([0.4, 0.3], [0.8, 0.7]):
        for epoch, loss in enumerate(losses):
            assert oracle.update_trial("0", {"loss": loss}, step=epoch).status == "RUNNING"
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert oracle.curve_of(trial).values == pytest.approx((0.6, 0.5))
    assert (oracle.curve_of(trial).state, trial.score) == ("ended", pytest.approx(0.5))


def test_a_trial_that_another_pruner_stopped_does_not_go_on(tmp_path):
    """The median rule keeps no checkpoints: there is nothing to go on from."""
    oracle = halving(tmp_path, MedianRule(min_trials=1, max_epochs=3), max_trials=4)
    trainings = search(oracle, lambda number, epoch: number, 3)
    assert trainings == [(0, 0, 3), (1, 0, 1), (2, 0, 1), (3, 0, 1)]
    again = halving(tmp_path, SuccessiveHalving(max_epochs=3), max_trials=4)
    assert [curve.state for curve in again.curves()] == ["ended"] * 4
    assert again.create_trial("tuner0").status == "STOPPED"
    again.pruner = MedianRule()
    assert [curve.state for curve in again.curves()] == ["ended", *["stopped"] * 3]


def test_an_oracle_may_wait_for_a_trial_that_runs(tmp_path):
    class OneAtATime(Oracle):
        def suggest(self, space, number, tried):
            return WAIT if self.unfinished_trials() else {"x": number / 10}

    oracle = OneAtATime("loss", max_trials=2, seed=0, hyperparameters=line_space())
    start(oracle, tmp_path)
    trial = oracle.create_trial("tuner0")
    assert oracle.create_trial("tuner1").status == "IDLE"
    assert list(oracle.trials) == ["0"]
    train(oracle, trial, lambda number, epoch: 0.5, 1)
    assert oracle.create_trial("tuner1").status == "RUNNING"


def test_waiting_for_nothing_ends_the_search(tmp_path):
    class Waiting(Oracle):
        def suggest(self, space, number, tried):
            return WAIT

    oracle = start(Waiting("loss", seed=0, hyperparameters=line_space()), tmp_path)
    assert oracle.create_trial("tuner0").status == "STOPPED"


# --- going on after a stop ------------------------------------------------------------------------


def until_one_goes_on(folder, **options):
    """Returns an oracle, and the trial of `BY_HAND` that goes on: 1, from its second epoch."""
    oracle = halving(folder, **options)
    for _ in BY_HAND[:9]:
        train(oracle, oracle.create_trial("tuner0"), lambda number, epoch: TRACE[number], 9)
    trial = oracle.create_trial("tuner0")
    assert trial.trial_id == "1"
    return oracle, trial


def test_a_trial_that_goes_on_has_its_epochs_and_its_result_is_not_lost(tmp_path):
    oracle, trial = until_one_goes_on(tmp_path)
    assert (trial.status, trial.message, oracle.epochs_before(trial)) == ("RUNNING", None, 1)
    assert oracle.end_order == ["0", "2", "3", "4", "5", "6", "7", "8"]
    assert oracle.unfinished_trials() == ["1"]
    best = [trial.trial_id for trial in oracle.get_best_trials(3)]
    assert best == ["4", "2", "1"]
    assert oracle.get_best_trials(3)[-1].score == 0.4
    train(oracle, trial, lambda number, epoch: 0.1, 9)
    assert oracle.get_best_trials()[0].trial_id == "1"
    assert oracle.end_order[-1] == "1"


def test_after_a_kill_a_trial_that_went_on_goes_on_again_from_where_it_was_stopped(tmp_path):
    oracle, trial = until_one_goes_on(tmp_path)
    for loss in (0.35, 0.34):
        oracle.update_trial("1", {"loss": loss}, step=len(oracle.reports_of(trial)))
    killed = halving(tmp_path)
    assert killed.get_best_trials(3)[-1].trial_id == "1"  # with what it had
    again = killed.create_trial("tuner0")
    assert (again.trial_id, again.status) == ("1", "RUNNING")
    assert killed.epochs_before(again) == 1
    assert [report.value for report in killed.reports_of(again)] == [[0.4]]
    assert train(killed, again, lambda number, epoch: TRACE[number], 9) == (1, 1, 3)


def crash(oracle, trial):
    oracle.update_trial(trial.trial_id, {"loss": 0.1}, step=1)
    oracle.update_trial(trial.trial_id, {"loss": 0.9}, step=0)  # of another execution
    trial.status, trial.message = "INVALID", "out of memory"
    oracle.end_trial(trial)


def test_a_retry_of_a_trial_that_went_on_begins_where_it_was_stopped(tmp_path):
    oracle, trial = until_one_goes_on(tmp_path, max_retries_per_trial=2)
    crash(oracle, trial)
    crash(oracle, oracle.create_trial("tuner0"))
    killed = halving(tmp_path, max_retries_per_trial=2)
    for each in (oracle, killed):
        again = each.create_trial("tuner0")
        assert (again.trial_id, again.status, again.message) == ("1", "RUNNING", None)
        assert [report.value for report in each.reports_of(again)] == [[0.4]]
    assert train(killed, again, lambda number, epoch: TRACE[number], 9) == (1, 1, 3)


def test_a_trial_that_fails_when_it_goes_on_has_failed(tmp_path):
    oracle, trial = until_one_goes_on(tmp_path)
    trial.status, trial.message = "INVALID", "out of memory"
    oracle.end_trial(trial)
    assert (trial.status, trial.score, trial.message) == ("FAILED", None, "out of memory")
    assert oracle.create_trial("tuner0").trial_id != "1"


def test_failures_in_a_row_are_counted_when_a_trial_of_an_earlier_run_goes_on(tmp_path):
    oracle, trial = until_one_goes_on(tmp_path)
    train(oracle, trial, lambda number, epoch: TRACE[number], 9)
    oracle = halving(tmp_path, max_trials=20)
    failed = []

    def fail():
        trial = oracle.create_trial("tuner0")
        failed.append(int(trial.trial_id))
        trial.status, trial.message = "FAILED", "no such layer"
        oracle.end_trial(trial)

    fail()
    fail()
    with pytest.raises(SearchError, match="3 trials in a row have failed"):
        fail()
    assert failed == [4, 9, 10]  # the first one went on


# --- kills ----------------------------------------------------------------------------------------


def wavy(number, epoch):
    """Curves that cross; every fifth training fails in its second epoch."""
    if number % 5 == 3 and epoch == 1:
        raise MemoryError
    return math.sin(2.3 * number) + math.cos(1.7 * number * (epoch + 1)) / (epoch + 1)


def step(oracle, epochs):
    """Does what a tuner does of one trial; yields after each call of the oracle."""
    trial = oracle.create_trial("tuner0")
    yield trial
    if trial.status == "STOPPED":
        return
    try:
        for epoch in range(len(oracle.reports_of(trial)), epochs):
            loss = wavy(int(trial.trial_id), epoch)
            trial = oracle.update_trial(trial.trial_id, {"loss": loss}, step=epoch)
            yield trial
            if trial.status == "STOPPED":
                break
        trial.status = "COMPLETED"
    except MemoryError:
        trial.status, trial.message = "INVALID", "out of memory"
    oracle.end_trial(trial)
    yield None


def states_of(make, epochs, kills):
    """Runs a search that is killed after some of the calls of its oracle; returns all trials."""
    calls, oracle, ended = 0, make(), False
    while not ended:
        for trial in step(oracle, epochs):
            calls += 1
            ended = trial is not None and trial.status == "STOPPED" and not trial.metrics.metrics
            if calls in kills:
                oracle, ended = make(), False
                break
    return {name: trial.get_state() for name, trial in make().trials.items()}, calls


SEARCHES = {
    "random, halving": (RandomSearchOracle, SuccessiveHalving(factor=2, max_epochs=6)),
    "random, median": (RandomSearchOracle, MedianRule(min_trials=2, max_epochs=6)),
    "bayesian, halving": (BayesianOptimizationOracle, SuccessiveHalving(factor=2, max_epochs=6)),
    "hyperband": (HyperbandOracle, None),
}


@pytest.mark.parametrize("kind", SEARCHES)
@settings(max_examples=6, deadline=None)
@given(kills=st.sets(st.integers(1, 60), max_size=8))
def test_a_search_killed_at_any_moments_equals_one_that_was_not(kind, kills, tmp_path_factory):
    oracle, pruner = SEARCHES[kind]
    size = {"max_epochs": 6, "factor": 2} if oracle is HyperbandOracle else {"max_trials": 8}

    def make_in(folder):
        options = {"seed": 0, "hyperparameters": line_space(), "max_retries_per_trial": 1}
        return lambda: start(oracle("loss", **size, **options), folder, pruner)

    folder = tmp_path_factory.mktemp("search")
    whole, calls = states_of(make_in(folder / "whole"), 6, kills=())
    assert calls > 30
    assert states_of(make_in(folder / "killed"), 6, kills)[0] == whole


# --- chief and workers ----------------------------------------------------------------------------


@contextlib.contextmanager
def client_of(oracle, monkeypatch):
    """Yields keras_tuner's client of an oracle that its chief serves on this machine."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    get_service_grpc().add_OracleServicer_to_server(OracleServicer(oracle), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", str(port))
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "tuner0")
    yield OracleClient(oracle)
    server.stop(None)


def test_the_chief_of_keras_tuner_tells_its_workers_to_stop_and_to_go_on(tmp_path, monkeypatch):
    oracle, trainings = halving(tmp_path), []
    with client_of(oracle, monkeypatch) as client:
        while (trial := client.create_trial("tuner0")).status == "RUNNING":
            first = len(trial.metrics.get_history("loss")) if trial.metrics.exists("loss") else 0
            number, epoch = int(trial.trial_id), first
            while epoch < 9 and trial.status != "STOPPED":
                trial = client.update_trial(trial.trial_id, {"loss": TRACE[number]}, step=epoch)
                epoch += 1
            trial.status = "COMPLETED"
            client.end_trial(trial)
            trainings.append((number, first, epoch))
    assert trainings == BY_HAND
    assert oracle.trials["2"].message == "stopped after epoch 3 by SuccessiveHalving"
