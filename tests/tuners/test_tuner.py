"""The loop of one trial, with real models: graph check, seeds, failures, resume."""

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import keras
import keras_tuner
import numpy as np
import pytest
from keras import layers, ops

import tuners as kt
from recipes.errors import ArgumentError, FolderError, SearchError

X = np.random.default_rng(0).random((64, 4), dtype="float32")
Y = (X[:, 0] > 0.5).astype("int64")


def build(hp):
    """One dense layer; `fault` breaks it as asked."""
    x = keras.Input((4,))
    y = layers.Dense(hp.Int("units", 2, 9), activation="relu", name="hidden")(x)
    fault = hp.Choice("fault", ["none", "cut"])
    if fault == "cut":
        y = ops.stop_gradient(y)
    model = keras.Model(x, layers.Dense(2, activation="softmax", name="head")(y))
    rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


def healthy(hp):
    hp.Fixed("fault", "none")
    return build(hp)


def always_broken(hp):
    hp.Fixed("fault", "cut")
    return build(hp)


def make(folder, tuner=kt.RandomSearch, model=healthy, **arguments):
    arguments = {"objective": "val_loss", "max_trials": 3, "seed": 0} | arguments
    return tuner(model, directory=str(folder), project_name="search", **arguments)


def search(tuner, **arguments):
    tuner.search(X, Y, validation_data=(X, Y), epochs=1, verbose=0, **arguments)
    return tuner


def results(tuner):
    trials = tuner.oracle.trials
    return [(trials[n].hyperparameters.values, trials[n].score) for n in tuner.oracle.start_order]


@pytest.mark.parametrize("tuner", [kt.RandomSearch, kt.BayesianOptimization])
def test_a_search_returns_the_best_setting_and_its_model(tuner, tmp_path):
    tuner = search(make(tmp_path, tuner))
    scores = [score for _, score in results(tuner)]
    best = tuner.get_best_hyperparameters()[0].values
    assert best == results(tuner)[int(np.argmin(scores))][0]
    model = tuner.get_best_models()[0]
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(min(scores), rel=1e-5)


def test_a_trial_leaves_nothing_in_the_memory(tmp_path):
    def graphs():
        gc.collect()
        return sum(type(each).__name__ == "FuncGraph" for each in gc.get_objects())

    class Counting(kt.RandomSearch):
        def on_trial_end(self, trial):
            super().on_trial_end(trial)
            counts.append(graphs())

    counts = []
    search(make(tmp_path, Counting, max_trials=4))
    assert len(counts) == 4
    assert counts[1:] == [counts[0]] * 3


class SeesNorm(keras.callbacks.Callback):
    """Notes whether the norm of a model trains by the fused operation; copies note together."""

    seen: ClassVar[list] = []

    def on_train_begin(self, logs=None):
        """Looks at the layer."""
        self.seen.append("call" in vars(self.model.get_layer("norm")))


def test_the_batch_normalizations_of_a_trial_train_by_the_fused_operation(tmp_path):
    def image_model(hp):
        flat = [layers.Flatten(), layers.Dense(2, activation="softmax")]
        norm = layers.BatchNormalization(name="norm")
        model = keras.Sequential([keras.Input((4, 4, 3)), layers.Conv2D(8, 1), norm, *flat])
        rate = hp.Float("rate", 1e-3, 1e-1, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        return model

    images = np.random.default_rng(0).random((64, 4, 4, 3), "float32")
    tuner = make(tmp_path, model=image_model, max_trials=1, objective="loss")
    tuner.search(images, Y, epochs=1, verbose=0, callbacks=[SeesNorm()])
    assert SeesNorm.seen == [True]


def test_a_search_that_was_stopped_equals_one_that_was_not(tmp_path):
    whole = search(make(tmp_path / "whole", kt.BayesianOptimization, max_trials=4))
    search(make(tmp_path / "parts", kt.BayesianOptimization, max_trials=2))
    resumed = search(make(tmp_path / "parts", kt.BayesianOptimization, max_trials=4))
    assert results(resumed) == results(whole)


def test_a_finished_search_runs_nothing_again(tmp_path, capsys):
    first = results(search(make(tmp_path)))
    again = make(tmp_path)
    again.search(X, Y, validation_data=(X, Y), epochs=1, verbose=1)
    assert results(again) == first
    said = capsys.readouterr().out
    assert f"Going on with the search in {tmp_path}/search: 3 trials have ended." in said
    assert "Running Trial" not in said


def test_a_resumed_search_says_that_it_keeps_its_seed(tmp_path):
    search(make(tmp_path, max_trials=1, seed=3))
    with pytest.warns(UserWarning, match=r"began with seed 3 and goes on with it, not with seed 4"):
        assert make(tmp_path, seed=4).oracle.seed == 3


def test_overwrite_starts_anew(tmp_path):
    search(make(tmp_path, seed=3))
    assert make(tmp_path, seed=4, overwrite=True).oracle.trials == {}


def test_a_broken_model_fails_its_trial_before_its_first_step(tmp_path):
    steps = []

    class Spying(kt.HyperModel):
        def build(self, hp):
            return build(hp)

        def fit(self, hp, model, *args, **kwargs):
            steps.append(hp.get("fault"))
            return model.fit(*args, **kwargs)

    tuner = search(make(tmp_path, model=Spying(), max_trials=4, max_consecutive_failed_trials=4))
    trials = tuner.oracle.trials.values()
    broken = [t for t in trials if t.hyperparameters.values["fault"] == "cut"]
    assert broken
    assert {t.status for t in broken} == {"FAILED"}
    assert all(
        t.message.splitlines()[1].startswith("  CUT: layer 'hidden' (kernel, bias:") for t in broken
    )
    assert steps == ["none"] * (4 - len(broken))


def test_an_error_in_a_model_fails_its_trial_with_its_traceback(tmp_path):
    def failing(hp):
        if hp.Int("units", 2, 9) >= 2 and hp.Boolean("fails"):
            raise RuntimeError("on purpose")
        return healthy(hp)

    tuner = search(make(tmp_path, model=failing, max_trials=4, max_consecutive_failed_trials=9))
    failed = [t for t in tuner.oracle.trials.values() if t.status == "FAILED"]
    assert failed
    assert all("RuntimeError: on purpose" in trial.message for trial in failed)


def test_failures_in_a_row_end_the_search_and_are_kept(tmp_path):
    with pytest.raises(SearchError) as caught:
        search(make(tmp_path, model=always_broken, max_trials=9))
    assert str(caught.value).startswith(
        "search: 3 trials in a row have failed. All that is finished is kept. The last one said: "
        "CUT: layer 'hidden' (kernel, bias:"
    )
    assert len(make(tmp_path, model=always_broken).oracle.end_order) == 3


def test_a_search_in_which_all_trials_fail_says_so(tmp_path):
    with pytest.raises(SearchError) as caught:
        search(make(tmp_path, model=always_broken, max_trials=2))
    assert str(caught.value).startswith(
        "search: a trial must come to its end. Received: failed=2. The last one said: CUT: layer "
        "'hidden' (kernel, bias:"
    )


def test_an_objective_that_is_not_logged_ends_the_search_at_once(tmp_path):
    objective = kt.Objective("val_auc", "max")
    with pytest.raises(keras_tuner.errors.FatalValueError) as caught:
        search(make(tmp_path, objective=objective))
    assert str(caught.value) == (
        "search: the objective must be a metric that training logs. Received: "
        "objective='val_auc'. Name the metric in model.compile, with val_ before it for "
        "validation data."
    )


def test_a_builder_that_returns_no_model_ends_the_search_at_once(tmp_path):
    calls = []

    def nothing_the_second_time(hp):
        calls.append(hp.Int("units", 2, 9))
        return healthy(hp) if len(calls) == 1 else None

    with pytest.raises(keras_tuner.errors.FatalTypeError, match=r"must return a Keras model"):
        search(make(tmp_path, model=nothing_the_second_time))


def test_a_folder_takes_one_search_at_a_time(tmp_path):
    tuner = make(tmp_path)
    with tuner.oracle.journal.lock(), pytest.raises(FolderError) as caught:
        search(make(tmp_path))
    assert str(caught.value) == (
        "search: a folder takes one search at a time, and another one is running in this. "
        f"Received: folder='{tmp_path}/search'. Wait for it, or name another folder."
    )


def test_overwrite_does_not_delete_a_running_search(tmp_path):
    tuner = search(make(tmp_path))
    with tuner.oracle.journal.lock(), pytest.raises(FolderError, match="one search at a time"):
        make(tmp_path, overwrite=True)
    assert len(make(tmp_path).oracle.trials) == 3


def test_our_oracle_works_in_a_plain_tuner_of_keras_tuner(tmp_path):
    oracle = kt.oracles.BayesianOptimizationOracle(objective="val_loss", max_trials=3, seed=0)
    tuner = keras_tuner.Tuner(oracle, healthy, directory=str(tmp_path), project_name="plain")
    search(tuner)
    assert len([score for _, score in results(tuner) if score is not None]) == 3


def test_a_script_of_keras_tuner_runs_with_its_import_changed(tmp_path):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)

    class Curve(kt.RandomSearch):
        def run_trial(self, trial, **kwargs):
            return {"error": trial.hyperparameters["x"] ** 2}

    tuner = Curve(
        objective=kt.Objective("error", "min"),
        max_trials=8,
        seed=0,
        hyperparameters=hp,
        directory=str(tmp_path),
    )
    tuner.search(verbose=0)
    assert tuner.oracle.get_best_trials()[0].score < 0.05


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"max_trials": 0},
            "RandomSearchOracle: `max_trials` must be a whole number of at least 1. "
            "Received: max_trials=0.",
        ),
        (
            {"seed": -1},
            "RandomSearchOracle: `seed` must be a whole number of at least 0. Received: seed=-1.",
        ),
    ],
)
def test_a_wrong_argument_is_refused(arguments, message, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        make(tmp_path, **arguments)
    assert str(caught.value) == message


SCRIPT = """
import os, signal, sys
sys.path += {paths!r}
import keras, test_tuner

class Death(keras.callbacks.Callback):
    def __init__(self, ended, moment):
        super().__init__()
        self.ended = ended
        setattr(self, f"on_{{moment}}", self.die)

    def die(self, *_, logs=None):
        if tuner.oracle.journal.path.read_bytes().count(b'"COMPLETED"') == self.ended:
            os.kill(os.getpid(), signal.SIGKILL)

for ended, moment in {moments!r}:
    child = os.fork()  # from a process that has imported TensorFlow, and done no more
    if child == 0:
        tuner = test_tuner.make({folder!r}, test_tuner.kt.BayesianOptimization, max_trials=4)
        test_tuner.search(tuner, callbacks=[Death(ended, moment)])
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL, moment
"""


def kill_searches(folder, moments):
    """Runs a search in processes of its own, each killed at a moment after some ended trials."""
    paths = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
    code = SCRIPT.format(paths=paths, folder=str(folder), moments=moments)
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_killed_search_goes_on_and_equals_one_that_was_not_killed(tmp_path):
    whole = search(make(tmp_path / "whole", kt.BayesianOptimization, max_trials=4))
    moments = [(0, "train_begin"), (1, "train_batch_end"), (2, "train_end")]
    kill_searches(tmp_path / "killed", moments)
    resumed = make(tmp_path / "killed", kt.BayesianOptimization, max_trials=4)
    assert len([t for t in resumed.oracle.trials.values() if t.score is not None]) == 2
    search(resumed)
    assert results(resumed) == results(whole)
    entries = [line[9:] for line in resumed.oracle.journal.path.read_bytes().splitlines()]
    ended = [json.loads(entry)["trial"] for entry in entries[1:]]
    ended = [trial["trial_id"] for trial in ended if trial["status"] == "COMPLETED"]
    assert ended == [f"{number}" for number in range(4)]  # none lost, none run twice
