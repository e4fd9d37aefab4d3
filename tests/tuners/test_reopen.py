"""The oracle of a search, from its folder alone."""

import keras_tuner as kt
import pytest
from studies import oracle_in, search

from recipes.errors import FolderError
from tuners.constraints import parse_constraints
from tuners.oracles import BayesianOptimizationOracle
from tuners.oracles.reopen import open_oracle
from tuners.search_spaces import search_space


def line():
    hp = kt.HyperParameters()
    hp.Float("rate", 1e-3, 1.0, sampling="log")
    return hp


def test_it_suggests_what_the_one_that_wrote_the_folder_would(tmp_path):
    oracle = oracle_in(tmp_path, line(), kind=BayesianOptimizationOracle, direction="max", seed=7)
    search(oracle, lambda values: -values["rate"], 6)
    opened, before = open_oracle(tmp_path), oracle.journal.path.read_bytes()
    assert (opened.objective.name, opened.objective.direction) == ("score", "max")
    assert oracle.journal.path.read_bytes() == before  # nothing is written
    expected = oracle.create_trial("tuner0").hyperparameters.values
    assert opened.create_trial("tuner0").hyperparameters.values == expected


def test_the_arguments_that_the_journal_names_are_kept(tmp_path):
    oracle = oracle_in(tmp_path, line(), kind=BayesianOptimizationOracle)
    search(oracle, lambda values: values["rate"], 2)
    began = {**oracle.journal.read()[0], "max_trials": 30, "arguments": {"acquisition": "ucb"}}
    oracle.journal.append(began)
    opened = open_oracle(tmp_path)
    assert (opened.max_trials, opened.acquisition) == (30, "ucb")


def test_the_constraints_are_kept(tmp_path):
    oracle = oracle_in(tmp_path, line())
    oracle.constraints = parse_constraints("test", ["score <= 0.123456789", "rate >= 0.1"])
    search(oracle, lambda values: {"score": values["rate"], "rate": values["rate"]}, 8)
    opened = open_oracle(tmp_path)
    assert opened.constraints == oracle.constraints
    best = [trial.trial_id for trial in opened.get_best_trials(8)]
    assert best == [trial.trial_id for trial in oracle.get_best_trials(8)]


def test_several_objectives_are_reopened_as_they_were(tmp_path):
    objectives = [kt.Objective("loss", "min"), kt.Objective("gain", "max")]
    oracle = BayesianOptimizationOracle(objectives, hyperparameters=line())
    oracle._set_project_dir(str(tmp_path), "search")
    oracle.create_trial("tuner0")
    opened = open_oracle(tmp_path)
    assert [(each.name, each.direction) for each in opened.objective.objectives] == [
        ("loss", "min"),
        ("gain", "max"),
    ]


def test_recommended_values_are_believed_where_the_folder_alone_says_so(tmp_path):
    space = search_space("mlp", include=["regularize", "norm"])
    plain = kt.HyperParameters.from_config(space.get_config())  # says nothing of recommendations
    oracle = oracle_in(tmp_path, space, kind=BayesianOptimizationOracle)
    first = oracle.create_trial("tuner0")
    assert first.hyperparameters.values == {"regularize": 0, "norm": "batch"}  # both the first ones
    for opened in (open_oracle(tmp_path), oracle_in(tmp_path, plain)):
        assert opened.marked == {"regularize", "norm"}
        assert opened.known_space().has_own_defaults()
    assert oracle_in(tmp_path / "other", plain).marked == frozenset()


def test_an_oracle_is_returned_as_it_is(tmp_path):
    oracle = oracle_in(tmp_path, line())
    assert open_oracle(oracle) is oracle


def test_an_oracle_of_somebody_else_is_refused(tmp_path):
    class Mine(BayesianOptimizationOracle):
        pass

    search(oracle_in(tmp_path, line(), kind=Mine), lambda values: values["rate"], 1)
    with pytest.raises(FolderError) as caught:
        open_oracle(tmp_path)
    assert str(caught.value) == (
        "open_oracle: the search must be one of an oracle of this package. Received: "
        f"oracle='Mine', folder='{tmp_path}'."
    )
