"""Known results go in: they are checked, they are information, and they are never lost."""

import math
import re

import keras_tuner as kt
import killing
import numpy as np
import pytest

from recipes.errors import ArgumentError, FolderError, SearchError
from tuners.oracles import BayesianOptimizationOracle, RandomSearchOracle
from tuners.state.journal import Journal


def space():
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-4, 1e-1, sampling="log")
    hp.Choice("model", ["mlp", "cnn"])
    with hp.conditional_scope("model", ["cnn"]):
        hp.Int("filters", 8, 64)
    hp.Boolean("bias")
    hp.Fixed("optimizer", "sgd")
    return hp


MLP = {"rate": 0.01, "model": "mlp", "bias": True}
CNN = {"rate": 0.01, "model": "cnn", "filters": 16, "bias": True}


def start(folder, kind=RandomSearchOracle, hyperparameters=None, **options):
    options = {"objective": "val_loss", "max_trials": 5, "seed": 0} | options
    oracle = kind(hyperparameters=hyperparameters or space(), **options)
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "search")
    oracle.reload()
    return oracle


def run(oracle, score=1.0):
    """Runs the search to its end; returns its settings."""
    settings = []
    while (trial := oracle.create_trial("tuner0")).status != "STOPPED":
        settings.append(trial.hyperparameters.values)
        oracle.update_trial(trial.trial_id, {"val_loss": score})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)
    return settings


def test_a_known_result_is_a_trial_that_may_be_the_best_one(tmp_path):
    oracle = start(tmp_path)
    trial = oracle.add_trial(CNN, 0.25)
    assert trial is oracle.trials["0"]
    assert (trial.status, trial.score, trial.message) == (
        "COMPLETED",
        0.25,
        "known before: handed over by add_trial",
    )
    assert trial.hyperparameters.values == {**CNN, "optimizer": "sgd"}
    run(oracle)
    assert oracle.get_best_trials()[0] is trial


def test_known_results_do_not_count_for_max_trials(tmp_path):
    oracle = start(tmp_path, max_trials=3)
    oracle.add_trial(MLP, 0.5)
    assert oracle.remaining_trials() == 3
    assert len(run(oracle)) == 3
    oracle.add_trial(CNN, 0.5)
    assert (len(oracle.trials), oracle.remaining_trials()) == (5, 0)
    assert run(start(tmp_path, max_trials=3)) == []


def test_they_are_there_again_after_a_kill_and_the_search_goes_on_the_same(tmp_path):
    whole = start(tmp_path / "whole", BayesianOptimizationOracle)
    whole.add_trial(MLP, 0.5)
    whole.add_trial(CNN, {"val_loss": [0.9, 0.7], "loss": [0.8, 0.6]})
    expected = run(whole)
    oracle = start(tmp_path / "killed", BayesianOptimizationOracle)
    oracle.add_trial(MLP, 0.5)
    oracle = start(tmp_path / "killed", BayesianOptimizationOracle)
    oracle.add_trial(CNN, {"val_loss": [0.9, 0.7], "loss": [0.8, 0.6]})
    oracle = start(tmp_path / "killed", BayesianOptimizationOracle)
    assert oracle.added == {"0", "1"}
    assert run(oracle) == expected


def test_a_known_setting_is_never_suggested(tmp_path):
    hp = kt.HyperParameters()
    hp.Choice("a", ["p", "q", "r"])
    hp.Boolean("b")
    oracle = start(tmp_path, hyperparameters=hp, max_trials=50)
    known = [{"a": "p", "b": False}, {"a": "r", "b": True}]
    oracle.add_trial(known[0], 1.0)
    suggested = [oracle.create_trial("tuner0").hyperparameters.values]
    other = next(v for v in known[1:] if v not in suggested)
    oracle.add_trial(other, 1.0)  # while a trial runs
    while (trial := oracle.create_trial(f"tuner{len(suggested)}")).status != "STOPPED":
        suggested.append(trial.hyperparameters.values)
    assert len(suggested) == 4
    assert not [values for values in suggested if values in known]


def test_the_users_defaults_are_still_tried_first_unless_they_are_known(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0, default=0.25)
    oracle = start(tmp_path / "a", hyperparameters=hp)
    oracle.add_trial({"x": 0.5}, 1.0)
    assert oracle.create_trial("tuner0").hyperparameters.values == {"x": 0.25}
    oracle = start(tmp_path / "b", hyperparameters=hp)
    oracle.add_trial({"x": 0.25}, 1.0)
    assert oracle.create_trial("tuner0").hyperparameters.values != {"x": 0.25}


def test_they_are_information_for_bayesian_search(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)
    oracle = start(tmp_path, BayesianOptimizationOracle, hp, max_trials=3)
    for x in np.linspace(-1, 1, 9):
        oracle.add_trial({"x": x}, float((x - 0.4) ** 2))
    settings = run(oracle, score=0.01)
    assert abs(settings[0]["x"] - 0.4) < 0.15  # no more random trials first


def test_a_curve_has_its_best_epoch_as_score(tmp_path):
    trial = start(tmp_path).add_trial(MLP, {"val_loss": [0.9, 0.4, 0.6], "loss": [0.8, 0.3, 0.1]})
    assert (trial.score, trial.best_step) == (0.4, 1)
    assert [o.value for o in trial.metrics.get_history("loss")] == [[0.8], [0.3], [0.1]]


def test_values_become_plain(tmp_path):
    values = {"rate": np.float32(0.01), "model": np.str_("cnn"), "filters": 16.0, "bias": np.True_}
    values = start(tmp_path).add_trial(values, np.float64(1)).hyperparameters.values
    assert {name: type(value) for name, value in values.items()} == {
        "rate": float,
        "model": str,
        "filters": int,
        "bias": bool,
        "optimizer": str,
    }


@pytest.mark.parametrize(
    ("values", "score", "sentence"),
    [
        (
            {**MLP, "units": 3},
            1.0,
            '`values` must name parameters of the space: "rate", "model", "filters", "bias", '
            '"optimizer". Received: units=3.',
        ),
        (
            {**MLP, "filters": 16},
            1.0,
            "`filters` must be left out: it is not active beside the other values. "
            "Received: filters=16.",
        ),
        (
            {"model": "mlp", "bias": True},
            1.0,
            "`values` must have a value for `rate`, one of 0.0001..0.1 (log). "
            "Received: values={'model': 'mlp', 'bias': True}.",
        ),
        ({**MLP, "rate": 0.2}, 1.0, "`rate` must be one of 0.0001..0.1 (log). Received: rate=0.2."),
        ({**MLP, "rate": "a"}, 1.0, "`rate` must be one of 0.0001..0.1 (log). Received: rate='a'."),
        ({**CNN, "filters": 7}, 1.0, "`filters` must be one of whole 8..64. Received: filters=7."),
        (
            {**CNN, "filters": 8.5},
            1.0,
            "`filters` must be one of whole 8..64. Received: filters=8.5.",
        ),
        ({**MLP, "model": "rnn"}, 1.0, "`model` must be one of mlp, cnn. Received: model='rnn'."),
        ({**MLP, "bias": 1}, 1.0, "`bias` must be one of False, True. Received: bias=1."),
        (
            {**MLP, "optimizer": "adam"},
            1.0,
            "`optimizer` must be one of fixed sgd. Received: optimizer='adam'.",
        ),
        (
            MLP,
            math.nan,
            "`score` must be a finite number, or a dict of them or of lists of them. "
            "Received: val_loss=nan.",
        ),
        (
            MLP,
            "good",
            "`score` must be a finite number, or a dict of them or of lists of them. "
            "Received: val_loss='good'.",
        ),
        (
            MLP,
            {"loss": 1.0},
            '`score` must have the objective of every epoch: "val_loss". '
            "Received: score={'loss': 1.0}.",
        ),
        (
            MLP,
            {"loss": [1.0, 2.0], "val_loss": [1.0]},
            '`score` must have the objective of every epoch: "val_loss". '
            "Received: score={'loss': [1.0, 2.0], 'val_loss': [1.0]}.",
        ),
        (
            MLP,
            {},
            '`score` must have the objective of every epoch: "val_loss". Received: score={}.',
        ),
    ],
)
def test_what_is_wrong_is_refused_and_nothing_is_written(tmp_path, values, score, sentence):
    oracle = start(tmp_path)
    with pytest.raises(ArgumentError) as caught:
        oracle.add_trial(values, score)
    assert str(caught.value) == f"add_trial: {sentence}"
    assert not oracle.trials
    assert not oracle.journal.exists()


def test_several_objectives_need_all_their_metrics(tmp_path):
    objectives = [kt.Objective("loss", "min"), kt.Objective("accuracy", "max")]
    oracle = start(tmp_path, objective=objectives)
    assert oracle.add_trial(MLP, {"loss": 1.0, "accuracy": 0.75}).score == 0.25
    with pytest.raises(ArgumentError, match=re.escape('every epoch: "loss", "accuracy". Received')):
        oracle.add_trial(MLP, 1.0)


# --- by a tuner -----------------------------------------------------------------------------------


def test_a_tuner_takes_them_before_a_search_and_between_two(tmp_path):
    tuner = killing.make(tmp_path)
    tuner.add_trial({"x": 0.3, "n": 1}, 0.1)
    tuner.search(verbose=0)
    tuner.add_trial({"x": 0.3, "n": 2}, 0.2)
    again = killing.make(tmp_path)
    assert again.oracle.added == {"0", "5"}
    assert len(again.oracle.end_order) == 4 + 2
    assert again.get_best_hyperparameters()[0].values == {"x": 0.3, "n": 1}


def test_a_tuner_takes_them_while_it_searches(tmp_path):
    class Adding(killing.Curve):
        def on_trial_end(self, trial):
            super().on_trial_end(trial)
            if trial.trial_id == "1":
                self.add_trial({"x": 0.3, "n": 1}, 0.1)

    tuner = killing.make(tmp_path, tuner=Adding)
    tuner.search(verbose=0)
    assert list(tuner.oracle.trials) == ["0", "1", "2", "3", "4"]
    assert tuner.oracle.added == {"2"}
    assert len(tuner.oracle.end_order) == 5


def test_a_tuner_refuses_them_while_another_one_searches_in_the_folder(tmp_path):
    tuner = killing.make(tmp_path)
    other = Journal(tmp_path / "search" / "journal.jsonl")
    with other.lock(), pytest.raises(FolderError, match="a folder takes one search at a time"):
        tuner.add_trial({"x": 0.3, "n": 1}, 0.1)


def test_a_worker_refuses_them(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASTUNER_ORACLE_IP", "127.0.0.1")
    monkeypatch.setenv("KERASTUNER_ORACLE_PORT", "8000")
    monkeypatch.setenv("KERASTUNER_TUNER_ID", "worker7")
    with pytest.raises(SearchError) as caught:
        killing.make(tmp_path).add_trial({"x": 0.3, "n": 1}, 0.1)
    assert str(caught.value) == (
        "add_trial: known results are handed to the chief, and this is a worker."
    )
