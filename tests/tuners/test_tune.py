"""The main job, from `tuners search` to the export, on small data and a small network.

The commands run in this process, but for the one that Ctrl-C stops.
"""

import json
import shutil
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from commands import run_command

from recipes import Recipe
from recipes.errors import ArgumentError, FolderError
from tuners.cli import main
from tuners.cli.resume import command_of as resume_command
from tuners.cli.search import command_of as search_command
from tuners.plan import Plan, claim_folder
from tuners.reports.terminal import trial_rows, trial_table
from tuners.state.journal import Journal
from tuners.tune import Job, tune


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A file with 120 images of two classes that differ in their brightness."""
    generator = np.random.default_rng(0)
    y = np.arange(120) % 2
    x = generator.random((120, 4, 4, 1)) * 0.5 + 0.5 * y[:, None, None, None]
    path = tmp_path_factory.mktemp("data") / "images.npz"
    np.savez(path, x=x.astype("float32"), y=y)
    return path


def tuners(folder, *words):
    return run_command(folder, main, *words)


def small_job(images, *words):
    small = ["--model", "mlp", "--trials", 2, "--epochs", 1, "--final-epochs", 2]
    return ["search", "--data", images, *small, *words]


@pytest.fixture(scope="module")
def finished(images, tmp_path_factory):
    """A folder in which a small job was run, and what it printed."""
    folder = tmp_path_factory.mktemp("job")
    return folder, tuners(folder, *small_job(images))


def test_a_job_says_its_cost_then_trials_verdict_test_and_what_to_look_at(finished):
    _, result = finished
    assert (result.returncode, result.stderr) == (0, "")
    said = result.stdout
    order = [
        "images: 120 images of 4×4×1 in 2 classes: 76 to train, 20 to validate, 24 to test.",
        "Plan: 2 trials of 1 epoch, then the best for 2 epochs. Measuring two epochs …",
        "It will take about ",
        "val_loss",
        "Every graph was checked before its first step",
        "Its recipe, with 72,197 weights:",
        "learning_rate = ",
        "Verdict: ",
        "Test accuracy: ",
        "looked at once.",
        "Run:     runs/mlp-images",
        "Exports: saved_models/mlp-images/model.keras, saved_models/mlp-images/saved_model, "
        "saved_models/mlp-images/model.tflite",
        "Graph and curves: tensorboard --logdir runs/mlp-images/run/logs",
    ]
    places = [said.find(text) for text in order]
    assert -1 not in places, said
    assert places == sorted(places)


def test_a_job_leaves_run_exports_and_logs(finished):
    folder, _ = finished
    assert (folder / "runs/mlp-images/run/run.json").exists()
    assert (folder / "saved_models/mlp-images/run.json").exists()
    assert list((folder / "runs/mlp-images/run/logs/graph").glob("events.*"))
    model = keras.saving.load_model(folder / "saved_models/mlp-images/model.keras")
    assert model.output_shape == (None, 2)
    assert isinstance(model.layers[1], keras.layers.Normalization)  # of the training split


def test_the_exported_model_has_the_accuracy_that_was_printed(finished, images):
    from recipes import load_dataset, split_data

    folder, result = finished
    data = load_dataset(images)
    x, y = split_data(data.x, data.y, seed=0).test
    model = keras.saving.load_model(folder / "saved_models/mlp-images/model.keras")
    accuracy = np.mean(np.argmax(model.predict(x, verbose=0), axis=1) == y)
    assert f"Test accuracy: {accuracy:.4f} on 24 images, looked at once." in result.stdout


def test_the_same_command_again_prints_the_stored_result(finished, images):
    folder, first = finished
    again = tuners(folder, *small_job(images))
    assert "This job is finished in runs/mlp-images; here is its stored result." in again.stdout
    assert again.stdout.split("Every graph")[1] == first.stdout.split("Every graph")[1]


def test_the_result_can_be_read_by_a_script(finished, images):
    folder, _ = finished
    result = tuners(folder, *small_job(images, "--json"))
    report = json.loads(result.stdout)
    assert [row["trial"] for row in report["trials"]] == ["0", "1"]
    assert report["result"]["tested_models"] == 1
    assert report["plan"]["seed"] == 0


def test_resume_needs_the_folder_alone_and_prints_the_stored_result(finished):
    folder, first = finished
    again = tuners(folder, "resume", "runs/mlp-images")
    assert (again.returncode, again.stderr) == (0, "")
    assert "This job is finished in runs/mlp-images; here is its stored result." in again.stdout
    assert again.stdout.split("Every graph")[1] == first.stdout.split("Every graph")[1]


def test_resume_with_more_trials_goes_on(finished, tmp_path):
    folder, _ = finished
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    result = tuners(tmp_path, "resume", "runs/mlp-images", "--trials", 3, "--json")
    report = json.loads(result.stdout)
    assert [row["trial"] for row in report["trials"]] == ["0", "1", "2"]
    assert report["plan"]["trials"] == 3


def test_the_report_of_a_job_has_its_trials(finished):
    folder, _ = finished
    report = json.loads(tuners(folder, "report", "runs/mlp-images", "--json").stdout)
    assert [trial["trial"] for trial in report["trials"]] == ["0", "1"]
    assert report["objective"] == "val_loss"
    assert 0 <= report["trials"][0]["metrics"]["val_accuracy"] <= 1


def test_other_settings_in_the_same_folder_are_refused(finished, images):
    folder, _ = finished
    result = tuners(folder, *small_job(images, "--seed", 1, "--search", "random"))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: tune: the folder runs/mlp-images holds a job with other settings. Received: "
        "its_search='bayesian', its_seed=0. Ask for these, name another folder, or overwrite it.\n"
    )


def test_ctrl_c_keeps_what_is_finished_and_says_how_to_go_on(images, tmp_path):
    words = small_job(images, "--quiet", "--folder", tmp_path / "job")
    process = subprocess.Popen(
        [sys.executable, "-m", "tuners.cli", *map(str, words)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal = tmp_path / "job" / "search" / "journal.jsonl"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and not (
        journal.exists() and b'"COMPLETED"' in journal.read_bytes()
    ):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    command = f"tuners search --model mlp --data {images} --trials 2 --epochs 1 --final-epochs 2"
    assert said == (
        f"\nStopped. 1 of 2 trials are finished and kept in {tmp_path / 'job'}. Go on with:\n"
        f"  {command} --folder {tmp_path / 'job'}\n"
    )
    resumed = tuners(tmp_path, *command.split()[1:], "--folder", tmp_path / "job")
    going_on = f"Going on with {tmp_path / 'job'}: 1 of 2 trials are finished.\n"
    assert going_on in resumed.stdout
    assert "Test accuracy: " in resumed.stdout


class StopsTheLastTraining:
    """An observer that interrupts in the second epoch of the last training."""

    def trial_began(self, trial):
        """Goes on."""

    trial_ended = trial_began

    def epoch_ended(self, trial, epoch, logs):
        """Raises, if no trial is running."""
        if trial is None and epoch == 1:
            raise KeyboardInterrupt


def test_the_last_training_goes_on_after_its_last_epoch(images, tmp_path):
    plan = Plan(model="mlp", data=str(images), trials=1, epochs=1, final_epochs=3)
    options = {"folder": tmp_path / "job", "saved_models": tmp_path / "saved"}
    with pytest.raises(KeyboardInterrupt):
        tune(plan, observer=StopsTheLastTraining(), **options)
    tune(plan, **options)
    record = json.loads((tmp_path / "job/run/run.json").read_text())
    assert len(record["history"]["loss"]) == 3
    assert any("goes on after epoch 1 of the run" in note for note in record["notes"])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--model", "vgg"),
            'Error: tune: `model` must be one of "resnet", "fcn", "mlp". Received: '
            "model='vgg'.\n",
        ),
        (
            ("--data", "mnist"),
            'Error: tune: `data` must be one of "digits", "cifar10", a folder, or the path of an '
            ".npz file. Received: data='mnist'.\n",
        ),
        (
            ("--search", "annealing"),
            'Error: tune: `search` must be one of "bayesian", "random". '
            "Received: search='annealing'.\n",
        ),
        (
            ("--trials", "0"),
            "Error: tune: `trials` must be a whole number of at least 1. Received: trials=0.\n",
        ),
    ],
)
def test_wrong_use_is_one_message_on_stderr_and_exits_with_2(words, message, tmp_path):
    result = tuners(tmp_path, "search", *words)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", message)
    assert list(tmp_path.iterdir()) == []  # nothing was begun


def test_broken_images_are_told_before_anything_is_begun(tmp_path):
    x, y = np.ones((40, 8, 8)), np.arange(40) % 2
    x[3] = np.nan
    np.savez(tmp_path / "broken.npz", x=x, y=y)
    result = tuners(tmp_path, "search", "--data", "broken.npz")
    assert result.returncode == 1
    assert result.stderr == (
        "Error: tune: the broken data have 1 problem:\n"
        "  - 1 sample of x with NaN or infinity, the first is number 3.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["broken.npz"]


def test_labels_of_one_class_are_told_before_anything_is_begun(tmp_path):
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(tmp_path / "same.npz", x=x, y=np.zeros(40, int))
    result = tuners(tmp_path, "search", "--model", "mlp", "--data", "same.npz")
    assert result.returncode == 1
    assert result.stderr == (
        "Error: tune: the same data have 1 problem:\n"
        "  - All 40 labels are 0: with one class there is nothing to learn.\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["same.npz"]


def test_a_folder_that_cannot_be_written_is_told_at_once(tmp_path):
    (tmp_path / "file").touch()
    result = tuners(tmp_path, "search", "--folder", "file/below")
    assert result.returncode == 1
    assert result.stderr == (
        "Error: tune: the folder must be one that can be written to (Not a directory). Received: "
        "folder='file/below'. Name another one.\n"
    )


def test_a_table_of_numbers_is_searched_without_augmentation(tmp_path):
    y = np.arange(120) % 2
    x = np.random.default_rng(0).normal(size=(120, 3)) + y[:, None]
    np.savez(tmp_path / "table.npz", x=x, y=y)
    words = ["--trials", 1, "--epochs", 1, "--final-epochs", 1]
    result = tuners(tmp_path, "search", "--model", "mlp", "--data", "table.npz", *words)
    assert (result.returncode, result.stderr) == (0, "")
    assert "table: 120 samples of 3 in 2 classes" in result.stdout
    assert "augmentation = 0: The samples are no images" in result.stdout
    assert " on 24 samples, looked at once." in result.stdout


def test_the_version_is_there(tmp_path):
    assert tuners(tmp_path, "--version").stdout.startswith("keras-recipes ")


def test_a_folder_with_a_blank_in_its_name_is_quoted_where_a_command_is_told():
    told = search_command(Plan(data="my images.npz"), "my runs", "saved_models")
    assert told == ("tuners search --model resnet --data 'my images.npz' --folder 'my runs'")
    told = resume_command("my runs", 9, "my models")
    assert told == "tuners resume 'my runs' --trials 9 --saved-models 'my models'"


def test_a_plan_may_ask_for_more_trials_in_its_folder_and_for_nothing_else(tmp_path):
    claim_folder(tmp_path, Plan(trials=2), "a")
    claim_folder(tmp_path, Plan(trials=5), "a")
    with pytest.raises(FolderError, match=r"Received: its_epochs=6\. Ask for these"):
        claim_folder(tmp_path, Plan(trials=5, epochs=1), "a")


def test_a_file_whose_images_have_changed_is_another_job(tmp_path):
    claim_folder(tmp_path, Plan(), "a")
    with pytest.raises(FolderError, match=r"Received: its_fingerprint='a'\. Ask for these"):
        claim_folder(tmp_path, Plan(), "b")


def test_overwrite_does_not_delete_a_job_that_is_running(finished, images):
    folder, _ = finished
    with Journal(folder / "runs/mlp-images/search/journal.jsonl").lock():
        result = tuners(folder, *small_job(images, "--overwrite"))
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: search: a folder takes one search at a time")
    assert (folder / "runs/mlp-images/result.json").exists()


def test_a_plan_names_the_command_that_runs_it():
    assert Plan().command == ["tuners", "search", "--model", "resnet", "--data", "digits"]
    assert Plan(trials=9, final_epochs=3).command[6:] == ["--trials", "9", "--final-epochs", "3"]


def test_a_plan_checks_itself():
    with pytest.raises(ArgumentError) as caught:
        Plan(epochs=0)
    assert str(caught.value) == (
        "tune: `epochs` must be a whole number of at least 1. Received: epochs=0."
    )


def test_the_table_of_trials_says_why_one_has_failed():
    import keras_tuner
    from keras_tuner.engine.trial import Trial

    hp = keras_tuner.HyperParameters()
    hp.Float("learning_rate", 0.01, 1.0)
    trial = Trial(hp, "0", "FAILED", "check_graph: broken\n  CUT: layer 'a'")
    rows = trial_rows([trial], "val_loss")
    assert rows == [
        {"trial": "0", "learning_rate": 0.01, "val_loss": None, "state": "failed: CUT: layer 'a'"}
    ]
    assert [column.header for column in trial_table(rows).columns] == list(rows[0])


def test_the_first_trial_of_few_rows_has_the_recipe_that_fit_would_take(tmp_path):
    x, y = np.random.default_rng(0).normal(size=(76, 5)), np.arange(76) % 2
    np.savez(tmp_path / "rows.npz", x=x, y=y)
    plan = Plan(model="mlp", data=str(tmp_path / "rows.npz"), trials=1, epochs=1, final_epochs=1)
    job = Job(plan, folder=tmp_path / "job", saved_models=tmp_path / "saved")
    recipe = Recipe.for_data(*job.split.train)
    assert recipe.batch_size == 8  # 64 would be one step an epoch
    assert job.tuner.oracle.get_space().values == {"learning_rate": recipe.learning_rate}
