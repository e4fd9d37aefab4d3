"""Folders that keras_tuner wrote: its own tuners write them here, ours go on with them."""

import hashlib
import json
import math

import keras_tuner as kt
import pytest

import tuners
from recipes.errors import FolderError

pytestmark = pytest.mark.filterwarnings(
    "ignore:(currentThread|getName):DeprecationWarning"
)  # keras_tuner's


def space():
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)
    hp.Int("n", 1, 9)
    return hp


def formula(values):
    return (values["x"] - 0.3) ** 2 + 0.01 * values["n"]


def curve(kind):
    """Returns a subclass of a tuner that measures a formula, and notes what it runs."""

    class Curve(kind):
        ran = None

        def run_trial(self, trial, **kwargs):
            self.ran = [*(self.ran or []), trial.trial_id]
            values = trial.hyperparameters.values
            return {"score": formula(values), "val_loss": 2 * formula(values)}

    return Curve


def theirs(folder, kind=kt.RandomSearch, trials=4, **options):
    """Runs a search of keras_tuner; returns its folder and the trials in the order they ended."""
    tuner = make(kind, folder, trials, **options)
    tuner.search(verbose=0)
    ended = [tuner.oracle.trials[name] for name in tuner.oracle.end_order]
    return folder / "search", ended


def make(kind, folder, trials, objective=None, hyperparameters=None, **options):
    return curve(kind)(
        objective=objective or kt.Objective("score", "min"),
        max_trials=trials,
        seed=1,
        hyperparameters=hyperparameters or space(),
        directory=str(folder),
        project_name="search",
        **options,
    )


def checksums(folder):
    paths = [*folder.glob("*.json"), *folder.glob("trial_*/trial.json")]
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def facts(trials):
    return [(t.trial_id, t.hyperparameters.values, t.score) for t in trials]


@pytest.mark.parametrize("ours", [tuners.RandomSearch, tuners.BayesianOptimization])
@pytest.mark.parametrize("kind", [kt.RandomSearch, kt.BayesianOptimization, kt.GridSearch])
def test_a_search_of_keras_tuner_is_gone_on_with_and_its_files_stay(kind, ours, tmp_path, capsys):
    folder, ended = theirs(tmp_path, kind)
    before = checksums(folder)
    tuner = make(ours, tmp_path, 7)
    assert facts(tuner.oracle.trials[name] for name in tuner.oracle.end_order) == facts(ended)
    tuner.search()
    said = capsys.readouterr().out
    assert f"Going on with the search in {folder}: 4 trials have ended. 4 of them were run by "
    assert "4 of them were run by keras_tuner." in said
    assert tuner.ran == ["4", "5", "6"]  # three more, under names that are free
    settings = [tuple(t.hyperparameters.values.items()) for t in tuner.oracle.trials.values()]
    assert len(set(settings)) == 7
    assert checksums(folder).items() >= before.items()
    best = min(
        tuner.oracle.trials.values(), key=lambda trial: formula(trial.hyperparameters.values)
    )
    assert tuner.get_best_hyperparameters()[0].values == best.hyperparameters.values


def test_both_parts_are_there_when_it_is_opened_again(tmp_path):
    theirs(tmp_path)
    first = make(tuners.RandomSearch, tmp_path, 7)
    first.search(verbose=0)
    again = make(tuners.RandomSearch, tmp_path, 7)
    again.search(verbose=0)
    assert again.ran is None
    assert facts(again.oracle.trials.values()) == facts(first.oracle.trials.values())


def test_a_trial_that_keras_tuner_had_not_ended_runs_again(tmp_path):
    folder, _ = theirs(tmp_path)
    path = folder / "trial_2" / "trial.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "status": "RUNNING", "score": None}))
    tuner = make(tuners.RandomSearch, tmp_path, 4)
    tuner.search(verbose=0)
    assert tuner.ran == ["2"]
    assert tuner.oracle.trials["2"].hyperparameters.values == state["hyperparameters"]["values"]


def test_a_trial_that_failed_is_a_failure_and_does_not_run_again(tmp_path):
    folder, _ = theirs(tmp_path)
    path = folder / "trial_2" / "trial.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "status": "INVALID", "score": None, "message": "no"}))
    oracle = make(tuners.RandomSearch, tmp_path, 4).oracle
    assert (oracle.trials["2"].status, oracle.trials["2"].message) == ("FAILED", "no")
    assert len(oracle.end_order) == 4


def test_a_score_that_is_not_finite_is_a_failure(tmp_path):
    folder, _ = theirs(tmp_path)
    path = folder / "trial_2" / "trial.json"
    text = path.read_text()
    state = json.loads(text)
    observation = state["metrics"]["metrics"]["score"]["observations"][0]
    observation["value"] = [math.inf]
    path.write_text(json.dumps({**state, "score": math.inf}))
    assert make(tuners.RandomSearch, tmp_path, 4).oracle.trials["2"].status == "FAILED"


@pytest.mark.parametrize("damage", [b'{"trial_id": "1", "hyperp', b"", b"\xff\x00", b"[]", b"{}"])
def test_a_trial_file_that_was_cut_is_named_and_the_rest_is_used(tmp_path, damage):
    folder, _ = theirs(tmp_path)
    path = folder / "trial_3" / "trial.json"
    path.write_bytes(damage)
    with pytest.warns(UserWarning, match="is left out") as caught:
        tuner = make(tuners.RandomSearch, tmp_path, 4)
    assert [str(warning.message) for warning in caught] == [
        f"{path} of keras_tuner cannot be read and is left out."
    ]
    assert sorted(tuner.oracle.trials) == ["0", "1", "2"]
    with pytest.warns(UserWarning, match="is left out"):
        tuner.search(verbose=0)
    assert tuner.ran == ["4"]  # not 3: in its folder is another trial's checkpoint
    assert path.read_bytes() == damage


@pytest.mark.parametrize("damage", [b'{"ongoing_tri', b"", b"[]"])
def test_a_cut_oracle_json_as_a_kill_of_keras_tuner_leaves_it_costs_no_trial(tmp_path, damage):
    folder, ended = theirs(tmp_path)
    (folder / "oracle.json").write_bytes(damage)
    with pytest.warns(UserWarning, match=r"oracle\.json of keras_tuner cannot be read"):
        oracle = make(tuners.RandomSearch, tmp_path, 4).oracle
    assert facts(oracle.trials.values()) == facts(ended)


def test_another_objective_is_taken_where_the_trials_have_its_metric(tmp_path):
    _, ended = theirs(tmp_path)
    oracle = make(tuners.RandomSearch, tmp_path, 4, objective="val_loss").oracle
    assert [t.score for t in oracle.trials.values()] == pytest.approx([2 * t.score for t in ended])


def test_an_objective_that_the_trials_do_not_have_is_refused(tmp_path):
    folder, _ = theirs(tmp_path)
    before = checksums(folder)
    with pytest.raises(FolderError) as caught:
        make(tuners.RandomSearch, tmp_path, 4, objective="val_accuracy")
    assert str(caught.value) == (
        "search: the trials in the folder must have the metric of the objective. Received: "
        "objective='val_accuracy', metrics='score, val_loss'. Ask for one of these, name another "
        f"folder, or pass overwrite=True. The folder is {folder}."
    )
    assert checksums(folder).items() >= before.items()


def test_names_of_old_versions_become_numbers(tmp_path):
    folder, ended = theirs(tmp_path)
    for number, name in enumerate(["0c9a", "ffb1"]):
        path = folder / f"trial_{number}" / "trial.json"
        state = {**json.loads(path.read_text()), "trial_id": name}
        del state["message"]  # written since 1.2
        path.write_text(json.dumps(state))
        path.parent.rename(folder / f"trial_{name}")
    oracle = make(tuners.RandomSearch, tmp_path, 4).oracle
    assert set(oracle.trials) == {"2", "3", "4", "5"}
    known = sorted(trial.score for trial in oracle.trials.values())
    assert known == sorted(trial.score for trial in ended)


def test_a_space_that_was_not_declared_is_taken_from_keras_tuners(tmp_path):
    theirs(tmp_path)
    tuner = make(kt.RandomSearch, tmp_path / "other", 6)
    oracle = tuners.oracles.RandomSearchOracle(kt.Objective("score", "min"), max_trials=6, seed=0)
    tuner.oracle = oracle  # a plain tuner of keras_tuner, which declares nothing when it reopens
    oracle._set_project_dir(str(tmp_path), "search")
    tuner.oracle.reload()
    tuner.search(verbose=0)
    assert len(oracle.end_order) == 6
    assert [hp.name for hp in oracle.get_space().space] == ["x", "n"]


def test_a_range_that_changed_is_said(tmp_path):
    theirs(tmp_path)
    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    hp.Int("m", 1, 9)
    tuner = make(tuners.RandomSearch, tmp_path, 4, hyperparameters=hp)
    assert tuner.oracle.changes == ["x: -1..1 -> 0..1", "m is new"]


def test_the_weights_of_its_best_trial_can_be_loaded(tmp_path):
    import keras
    import numpy as np

    def build(hp):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(hp.Int("units", 1, 3))])
        model.compile("sgd", "mse")
        return model

    x, y = np.ones((8, 2)), np.ones((8, 1))
    options = {"objective": "val_loss", "max_trials": 2, "seed": 1, "directory": str(tmp_path)}
    before = kt.RandomSearch(build, **options)
    before.search(x, y, validation_data=(x, y), epochs=1, verbose=0)
    after = tuners.RandomSearch(build, **options)
    expected = before.get_best_models()[0].get_weights()
    for weights, same in zip(after.get_best_models()[0].get_weights(), expected, strict=True):
        np.testing.assert_array_equal(weights, same)
