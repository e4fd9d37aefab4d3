"""The folder of a run: its record, its comparison with others, the same run once more (row 5)."""

import json
import os
import subprocess

import keras
import numpy as np
import pytest
from tiny import equal, network, points

from recipes import Recipe, fit, list_runs, load_model, read_record, rerun
from recipes.errors import ArgumentError, FolderError
from recipes.training.records.callback_state import read_callbacks, write_callbacks
from recipes.training.records.runs import differences

RECIPE = Recipe(batch_size=16, epochs=3, learning_rate=0.1, weight_decay=0.0)
TRAIN, HELD = points(), points(64, seed=1)


def train(folder, *, model=None, recipe=RECIPE, **options):
    options = {"validation": HELD, "verbose": 0, "preflight": False, **options}
    return fit(model or network(), TRAIN, recipe=recipe, folder=folder, **options)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with three runs."""
    root = tmp_path_factory.mktemp("runs")
    train(root / "good")
    train(root / "slow", recipe=RECIPE.replace(learning_rate=1e-4))
    train(root / "deeper" / "other", seed=1)
    return root


def test_a_record_says_all_that_is_needed_to_know_a_run_again(root):
    record = read_record(root / "good")
    assert record["status"] == "finished"
    assert Recipe.from_dict(record["recipe"]) == RECIPE
    assert record["settings"]["seed"] == 0
    assert record["versions"]["keras"] == keras.__version__
    assert record["parameters"] == 44  # 4·6 + 6 + 6·2 + 2
    assert record["learning_rates"][-1] == pytest.approx(0, abs=1e-6)
    assert record["step_seconds"] > 0
    assert record["diagnosis"]["verdict"] == "too early to tell"


def test_the_files_of_a_finished_run(root):
    names = {path.name for path in (root / "good").iterdir()}
    assert names == {
        "run.json", "history.csv", "model.json", "initial.npz", "model.keras", "logs", "run.lock",
    }  # fmt: skip


def test_the_trained_model_can_be_loaded(root):
    model = load_model(root / "good" / "model.keras")
    x, y = HELD
    accuracy = np.mean(model.predict(x, verbose=0).argmax(axis=1) == y)
    assert accuracy == pytest.approx(read_record(root / "good")["history"]["val_accuracy"][-1])


def test_a_rerun_has_the_same_weights(root, tmp_path):
    again = rerun(root / "good", TRAIN, validation=HELD, into=tmp_path / "again", verbose=0)
    assert (again.equal, again.largest_difference, again.changes) == (True, 0.0, ())
    assert str(again) == "The weights are equal to those of the first run, bit by bit."
    assert read_record(tmp_path / "again")["history"] == read_record(root / "good")["history"]


def test_a_rerun_on_other_data_is_refused(root):
    with pytest.raises(ArgumentError) as caught:
        rerun(root / "good", points(seed=5), validation=HELD, verbose=0)
    print_of_run = read_record(root / "good")["settings"]["train"]
    assert str(caught.value) == (
        f"rerun: `train` must be the data of the run. Received: run='{print_of_run}'. For other "
        "data, fit(recipe=record) takes the recipe of a run."
    )


def test_a_rerun_needs_data_that_have_a_name_or_are_given(root):
    with pytest.raises(ArgumentError) as caught:
        rerun(root / "good")
    assert str(caught.value) == (
        "rerun: the data of the run have no name in its record. Give train=… and validation=… in "
        "Python."
    )


def test_a_folder_without_a_finished_run_is_not_run_again(tmp_path):
    with pytest.raises(ArgumentError) as caught:
        rerun(tmp_path)
    assert str(caught.value) == (
        f"rerun: `folder` must hold a finished run. Received: folder='{tmp_path}'."
    )


def test_the_recipe_of_a_record_trains_on_other_data(root):
    run = fit(network(), points(32, seed=7), recipe=read_record(root / "slow"), verbose=0)
    assert run.recipe == RECIPE.replace(learning_rate=1e-4)


def test_runs_are_listed_the_best_first(root):
    runs = list_runs(root)
    assert [run.score for run in runs] == sorted((run.score for run in runs), reverse=True)
    assert {run.folder for run in runs} == {
        str(root / name) for name in ("good", "slow", "deeper/other")
    }
    assert differences(runs) == ["learning_rate", "seed"]


def test_the_reasons_of_a_recipe_are_no_setting_that_is_compared(tmp_path):
    for name, reason in (("one", "By the 76 samples."), ("two", "By the 90 samples.")):
        recipe = RECIPE.to_dict() | {"reasons": {"batch_size": reason}}
        record = {"recipe": recipe, "settings": {"seed": 0, "recipe": recipe}}
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(record))
    runs = list_runs(tmp_path)
    assert differences(runs) == []
    assert runs[0].settings["batch_size"] == 16


def test_a_folder_that_is_not_there_has_no_runs(tmp_path):
    with pytest.raises(ArgumentError, match="must be folders that are there"):
        list_runs(tmp_path / "none")


def test_a_damaged_record_is_named(tmp_path):
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(FolderError, match=r"^read_record: the record of a run must be readable"):
        list_runs(tmp_path)


def test_a_record_of_version_0_1_is_listed(tmp_path):
    old = {
        "recipe": {"epochs": 2},
        "seed": 0,
        "history": {"loss": [1.0, 0.5], "val_loss": [0.9, 0.6]},
        "diagnosis": None,
        "seconds": 3.0,
        "parameters": 202,
    }
    (tmp_path / "run.json").write_text(json.dumps(old))
    [run] = list_runs(tmp_path)
    assert (run.status, run.epochs, run.loss, run.parameters) == ("finished", 2, 0.6, 202)


def test_a_folder_below_a_file_is_told_before_the_training(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"^fit: the folder must be one that can be written to"):
        train(tmp_path / "file" / "run")


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 256 KiB."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(path)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system can be mounted by root alone")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


class Fills(keras.callbacks.Callback):
    """Fills the disk after an epoch."""

    def __init__(self, path, epoch):
        super().__init__()
        self._path, self._epoch = path, epoch

    def on_epoch_end(self, epoch, logs=None):
        """Writes until there is no room."""
        if epoch == self._epoch:
            with open(self._path / "filling", "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(bytes(4096))
                except OSError:
                    pass


def test_a_full_disk_is_one_message_and_the_run_goes_on_when_there_is_room(small_disk):
    folder = small_disk / "run"
    with pytest.raises(FolderError) as caught:
        train(folder, callbacks=Fills(small_disk, epoch=1))
    assert str(caught.value) == (
        "fit: the folder of a run must have room for it (No space left on device). Received: "
        f"folder='{folder}'. The last finished epoch is kept: make room, and call fit again to go "
        "on."
    )
    (small_disk / "filling").unlink()
    run = train(folder, model=network(4))
    assert equal(run.model, train(None).model)


def test_callbacks_are_remembered_without_what_they_were_made_with():
    stopping = keras.callbacks.EarlyStopping(min_delta=0.5, restore_best_weights=True)
    stopping.wait, stopping.best, stopping.best_weights = 2, np.float32(0.25), [np.ones(3)]
    values, arrays = read_callbacks([stopping])
    other = keras.callbacks.EarlyStopping(min_delta=0.75, restore_best_weights=True)
    write_callbacks([other], json.loads(json.dumps(values)), arrays, begun=True)
    assert (other.wait, other.best, other.min_delta) == (2, 0.25, 0.75)
    assert np.array_equal(other.best_weights[0], np.ones(3))
