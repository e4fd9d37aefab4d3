"""What an engine is asked for, in Python and on the command line; no cluster is started."""

import math
import shlex

import pytest
from noted import curve, make

import tuners
from recipes.errors import ArgumentError
from tuners.cli.engines import Place
from tuners.engines.local import LocalEngine
from tuners.engines.names import check_engine


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ({}, 6),  # 4 and 2 processors; the dead node does not count
        ({"cpus": 2}, 3),
        ({"cpus": 3}, 1),
        ({"cpus": 0, "gpus": 0.5}, 4),  # two GPUs on one node
        ({"cpus": 1, "memory": 3e9}, 3),  # 8 GB hold two, 4 GB one
        ({"gpus": 8}, 1),  # it waits until the cluster has grown
    ],
)
def test_as_many_trials_run_at_once_as_the_nodes_have_room_for(resources, expected):
    nodes = [
        {"Alive": True, "Resources": {"CPU": 4.0, "GPU": 2.0, "memory": 8e9}},
        {"Alive": True, "Resources": {"CPU": 2.0, "memory": 4e9}},
        {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0, "memory": 64e9}},
        {"Alive": True, "Resources": {}},
    ]
    assert tuners.RayEngine(resources=resources).places(nodes) == expected
    assert tuners.RayEngine(resources=resources, workers=5).places(nodes) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"workers": 0},
            "RayEngine: `workers` must be a whole number of at least 1. Received: workers=0.",
        ),
        (
            {"retries": -1},
            "RayEngine: `retries` must be a whole number of at least 0. Received: retries=-1.",
        ),
        (
            {"resources": {"cpu": 1}},
            "RayEngine: `resources` are cpus, gpus and memory. Received: resources={'cpu': 1}.",
        ),
        (
            {"resources": {"gpus": -1}},
            f"RayEngine: `gpus` must be a number in [0, {math.inf}]. Received: gpus=-1.",
        ),
        (
            {"resources": {"cpus": 0}},
            "RayEngine: `workers` must be given where a trial needs nothing that can be counted. "
            "Received: resources={'cpus': 0}.",
        ),
    ],
)
def test_a_wrong_engine_is_refused_in_one_sentence(options, message):
    with pytest.raises(ArgumentError) as refused:
        tuners.RayEngine(**options)
    assert str(refused.value) == message


def test_an_unknown_engine_is_refused_in_one_sentence():
    with pytest.raises(ArgumentError) as refused:
        check_engine("search", "spark")
    assert str(refused.value) == (
        'search: `engine` must be one of "local", "ray", a RayEngine or None. '
        "Received: engine='spark'."
    )


def test_a_worker_of_keras_tuner_takes_no_engine(monkeypatch, tmp_path):
    tuner = make(tmp_path, curve())
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "1")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "chief")
    with pytest.raises(ArgumentError) as refused:
        tuner.search(engine="ray")
    assert str(refused.value) == (
        "search: KerasTuner's chief and workers run one trial each, without another engine. "
        "Received: engine='RayEngine'. Unset KERASTUNER_ORACLE_IP, or leave `engine` out."
    )


# --- on the command line --------------------------------------------------------------------------


def test_the_options_of_a_command_make_an_engine_and_come_back_as_words():
    assert isinstance(Place().make_engine(), LocalEngine)
    assert Place().words == []
    assert Place(engine="ray").make_engine() == tuners.RayEngine()
    each = {"cpus_per_trial": 2.0, "gpus_per_trial": 0.5, "memory_per_trial": 1.5}
    asked = Place(engine="ray", address="head:6379", workers=3, **each)
    resources = {"cpus": 2.0, "gpus": 0.5, "memory": 1_610_612_736}  # 1.5 · 1024³
    assert asked.make_engine() == tuners.RayEngine(
        address="head:6379", workers=3, resources=resources
    )
    assert shlex.join(asked.words) == (
        "--engine ray --address head:6379 --workers 3 --cpus-per-trial 2 --gpus-per-trial 0.5 "
        "--memory-per-trial 1.5"
    )


def test_an_option_of_another_engine_is_refused_in_one_sentence():
    with pytest.raises(ArgumentError) as refused:
        Place(workers=2).make_engine()
    assert str(refused.value) == (
        "tuners: --workers is an option of --engine ray. Received: engine='local'."
    )


# --- functions in place of models -----------------------------------------------------------------


def test_a_function_is_closed_where_its_trial_stops_and_seeded_like_the_trial(tmp_path):
    import random

    closed, drawn = [], []

    def function(values, offset, scale=1.0):
        drawn.append(random.random())
        try:
            for epoch in range(9):
                yield scale * (offset - epoch)
        finally:
            closed.append(epoch)

    for folder in ("one", "two"):
        tuner = make(tmp_path / folder, function, max_trials=2, stop_at=-4.0)
        tuner.search(1.0, scale=2.0, verbose=0)  # 2, 0, -2, -4
    assert closed == [3, 3]
    assert drawn[0] == drawn[1]
    (trial,) = tuner.oracle.trials.values()
    assert (trial.score, trial.message) == (-4.0, "stopped after epoch 4 by stop_at=-4")


def test_a_function_may_return_a_number_or_several_metrics(tmp_path):
    number = make(tmp_path / "number", lambda values: values["n"], max_trials=1)
    number.search(verbose=0)
    several = make(
        tmp_path / "several",
        lambda values: {"score": values["n"], "size": 7},
        max_trials=1,
        constraints="size <= 8",
    )
    several.search(verbose=0)
    (one,), (other,) = number.oracle.trials.values(), several.oracle.trials.values()
    assert one.score == other.score == one.hyperparameters.get("n")
    assert other.metrics.get_best_value("size") == 7.0


def test_a_stopped_trial_whose_function_begins_anew_reports_what_is_new(tmp_path):
    halving = tuners.pruning.SuccessiveHalving(factor=2, grace=1, max_epochs=4)
    tuner = make(tmp_path, curve(epochs=4), pruner=halving, max_trials=4)
    tuner.search(verbose=0)
    curves = tuner.oracle.curves()
    assert max(each.epochs for each in curves) == 4
    for each, trial in zip(curves, tuner.oracle.trials.values(), strict=True):
        first = (trial.hyperparameters.get("x") - 0.3) ** 2 + 0.1 * trial.hyperparameters.get("n")
        expected = [first + 1 / (1 + epoch) for epoch in range(each.epochs)]
        assert list(each.values) == pytest.approx(expected)
