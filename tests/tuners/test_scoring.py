"""Which epoch counts, scores, ranks, constraints and limits of an oracle, without training."""

import json
import math

import numpy as np
import pytest

from tuners import Objective
from tuners.constraints import parse_constraints
from tuners.oracles import RandomSearchOracle
from tuners.oracles.scoring import executions_of
from tuners.state.clock import SearchClock


def start(folder, objective=None, **attributes):
    import keras_tuner

    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0, 1)
    objective = objective or Objective("loss", "min")
    oracle = RandomSearchOracle(objective, max_trials=100, seed=0, hyperparameters=hp)
    oracle.verbose = 0
    oracle._set_project_dir(folder, "search")
    for name, value in attributes.items():
        setattr(oracle, name, value)
    oracle.reload()
    return oracle


def run_trial(oracle, *epochs):
    """Runs a trial whose epochs have these metrics; returns it as it ended."""
    trial = oracle.create_trial("tuner0")
    for step, metrics in enumerate(epochs):
        answer = oracle.update_trial(trial.trial_id, metrics, step=step)
        if answer.status == "STOPPED":
            break
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    return oracle.get_trial(trial.trial_id)


def losses(*values):
    return [{"loss": value} for value in values]


def test_the_best_epoch_counts(tmp_path):
    trial = run_trial(start(tmp_path), *losses(3.0, 1.0, 2.0))
    assert (trial.score, trial.best_step) == (1.0, 1)


def test_an_epoch_without_a_number_never_counts(tmp_path):
    trial = run_trial(start(tmp_path), *losses(math.nan, 3.0, math.nan))
    assert (trial.score, trial.best_step) == (3.0, 1)


def test_executions_of_different_length_count_each_with_its_best_epoch(tmp_path):
    oracle = start(tmp_path)
    trial = oracle.create_trial("tuner0")
    for execution, curve in enumerate([[5.0, 4.0], [9.0, 8.0, 1.0], [6.0]]):
        for step, loss in enumerate(curve):
            oracle.update_trial("000", {"loss": loss, "execution": execution}, step=step)
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    assert [[m["loss"] for m in e.values()] for e in executions_of(trial)] == [
        [5.0, 4.0],
        [9.0, 8.0, 1.0],
        [6.0],
    ]
    assert oracle.trial_scores(trial) == [4.0, 1.0, 6.0]
    assert trial.score == pytest.approx(11 / 3)
    assert trial.best_step == 2  # of the best execution: the epoch of the checkpoint
    assert start(tmp_path).trial_scores(start(tmp_path).get_trial("000")) == [4.0, 1.0, 6.0]


def test_a_metric_that_is_reported_once_holds_for_all_epochs(tmp_path):
    trial = run_trial(start(tmp_path), {"loss": 2.0, "parameters": 7.0}, {"loss": 1.0})
    assert executions_of(trial) == [
        {0: {"loss": 2.0, "parameters": 7.0}, 1: {"loss": 1.0, "parameters": 7.0}}
    ]


def test_the_best_feasible_epoch_counts(tmp_path):
    oracle = start(tmp_path, constraints=parse_constraints("test", "recall >= 0.9"))
    trial = run_trial(
        oracle,
        {"loss": 1.0, "recall": 0.5},
        {"loss": 3.0, "recall": 0.9},
        {"loss": 2.0, "recall": 0.95},
    )
    assert (trial.score, trial.best_step, oracle.violation(trial)) == (2.0, 2, 0.0)


def test_a_trial_that_breaks_a_constraint_is_never_best(tmp_path):
    oracle = start(tmp_path, constraints=parse_constraints("test", "recall >= 0.8"))
    trials = [
        run_trial(oracle, {"loss": loss, "recall": recall})
        for loss, recall in [(1.0, 0.4), (9.0, 0.8), (2.0, 0.6), (8.0, 0.9)]
    ]
    names = [trial.trial_id for trial in oracle.get_best_trials(4)]
    assert names == ["003", "001", "002", "000"]
    assert oracle.pareto_front() == [trials[3]]
    costs = oracle.costs_to_model(trials, 4)  # the worst feasible 9, the range 1, a quarter missing
    assert costs.tolist() == pytest.approx([9.5, 9.0, 9.25, 8.0])


def two_objectives():
    return [Objective("accuracy", "max"), Objective("parameters", "min")]


def test_several_objectives_have_a_front_and_keras_tuners_sum_as_score(tmp_path):
    oracle = start(tmp_path, two_objectives())
    points = [(0.9, 100.0), (0.8, 10.0), (0.7, 50.0), (0.95, 500.0)]
    trials = [run_trial(oracle, {"accuracy": a, "parameters": p}) for a, p in points]
    assert [trial.score for trial in trials] == [p - a for a, p in points]
    assert oracle.pareto_front() == [trials[0], trials[1], trials[3]]
    assert [t.trial_id for t in oracle.get_best_trials(4)] == ["001", "003", "000", "002"]
    assert [t.trial_id for t in start(tmp_path, two_objectives()).pareto_front()] == [
        "000",
        "001",
        "003",
    ]


def test_what_is_modelled_of_several_objectives_leads_to_the_front_and_over_it(tmp_path):
    oracle = start(tmp_path, two_objectives())
    points = [(0.9, 100.0), (0.8, 10.0), (0.7, 50.0), (0.95, 500.0)]
    trials = [run_trial(oracle, {"accuracy": a, "parameters": p}) for a, p in points]
    lowest = [int(np.argmin(oracle.costs_to_model(trials, number))) for number in range(40)]
    assert set(lowest) == {0, 1, 3}
    again = [int(np.argmin(oracle.costs_to_model(trials, number))) for number in range(40)]
    assert again == lowest


def test_what_is_modelled_of_one_objective_is_its_score(tmp_path):
    oracle = start(tmp_path, Objective("accuracy", "max"))
    trials = [run_trial(oracle, {"accuracy": value}) for value in (0.5, 0.9)]
    assert oracle.costs_to_model(trials, 2).tolist() == [-0.5, -0.9]
    assert oracle.costs_to_model([], 0).shape == (0,)


def test_a_good_enough_value_stops_the_trial_and_the_search(tmp_path):
    oracle = start(tmp_path, stop_at=1.5)
    assert run_trial(oracle, *losses(3.0, 2.0)).message is None
    trial = run_trial(oracle, *losses(3.0, 1.0, 0.5))
    assert trial.status == "COMPLETED"
    assert (trial.score, trial.message) == (1.0, "stopped after epoch 2 by stop_at=1.5")
    assert oracle.create_trial("tuner0").status == "STOPPED"
    assert start(tmp_path, stop_at=1.5).create_trial("tuner0").status == "STOPPED"
    assert start(tmp_path, stop_at=0.5).create_trial("tuner0").status == "RUNNING"


def test_a_value_that_breaks_a_constraint_is_not_good_enough(tmp_path):
    constraints = parse_constraints("test", "recall >= 0.8")
    oracle = start(tmp_path, stop_at=1.5, constraints=constraints)
    run_trial(oracle, {"loss": 1.0, "recall": 0.5})
    assert oracle.reached_limit() is None
    run_trial(oracle, {"loss": 1.0, "recall": 0.9})
    assert oracle.reached_limit() == "stop_at=1.5"


def test_one_execution_of_several_does_not_end_the_search(tmp_path):
    oracle = start(tmp_path, stop_at=1.5)
    trial = run_trial(oracle, {"loss": 1.0, "execution": 0}, {"loss": 5.0, "execution": 0})
    assert len(trial.metrics.get_history("loss")) == 2


def test_the_time_stops_the_trial_at_the_end_of_its_epoch_and_the_search(tmp_path):
    (tmp_path / "clock.json").write_text(json.dumps({"seconds": 7200.0}), encoding="utf-8")
    oracle = start(tmp_path, hours=3, clock=SearchClock(tmp_path / "clock.json"))
    running = oracle.create_trial("tuner0")
    oracle.hours = 2
    assert oracle.update_trial(running.trial_id, {"loss": 1.0}, step=0).status == "STOPPED"
    running.status = "COMPLETED"
    oracle.end_trial(running)
    assert oracle.get_trial("000").message == "stopped after epoch 1 by hours=2"
    assert oracle.reached_limit() == "hours=2"
    assert oracle.create_trial("tuner0").status == "STOPPED"
