"""A training that is killed goes on where it was, with the same result bit by bit (guide row 2)."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import keras
import numpy as np
import pytest
from tiny import StopAt, equal, network, points

from recipes import Recipe, fit
from recipes.errors import ArgumentError, FolderError

RECIPE = Recipe(batch_size=16, epochs=4, learning_rate=0.1, weight_decay=0.0)  # 6 steps an epoch
TRAIN, HELD = points(), points(64, seed=1)


def train(folder, *, seed=0, callbacks=(), data=TRAIN, recipe=RECIPE, held=HELD, **options):
    options = {"verbose": 0, "preflight": False, **options}
    return fit(
        network(seed),
        data,
        validation=held,
        recipe=recipe,
        folder=folder,
        callbacks=callbacks,
        **options,
    )


def best_epoch():
    return keras.callbacks.EarlyStopping(patience=9, restore_best_weights=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nothing has interrupted."""
    return train(tmp_path_factory.mktemp("whole"), callbacks=[best_epoch()])


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Its twin, broken off in its third epoch."""
    folder = tmp_path_factory.mktemp("broken")
    with pytest.raises(KeyboardInterrupt):
        train(folder, callbacks=[best_epoch(), StopAt(14)])
    return folder


def test_ctrl_c_says_how_to_go_on(tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, callbacks=StopAt(14))
    said = capsys.readouterr().err
    assert said.startswith("fit: stopped after epoch 2 (")
    assert said.endswith(f"): call fit again with folder='{tmp_path}' to go on.\n")


def test_ctrl_c_in_a_silent_run_without_a_folder_says_nothing(capsys):
    with pytest.raises(KeyboardInterrupt):
        train(None, callbacks=StopAt(2))
    assert capsys.readouterr() == ("", "")


def test_what_is_changed_is_named_and_nothing_is_lost(broken):
    before = (broken / "state.npz").read_bytes()
    with pytest.raises(ArgumentError) as caught:
        train(broken, recipe=RECIPE.replace(epochs=5, warmup=0.25))
    assert str(caught.value) == (
        "fit: a run goes on with the settings that it began with: warmup was 0.15 and is 0.25, "
        f"epochs was 4 and is 5. Received: folder='{broken}'. Call fit as before, or name another "
        "folder."
    )
    with pytest.raises(ArgumentError, match=r"train was '.*' and is '.*'"):
        train(broken, data=points(seed=3))
    assert (broken / "state.npz").read_bytes() == before


def test_a_broken_run_ends_as_the_whole_one_bit_by_bit(whole, broken):
    run = train(broken, seed=5, callbacks=[best_epoch()])  # other first weights: they are replaced
    assert equal(run.model, whole.model)
    assert run.history == whole.history
    assert run.learning_rates == whole.learning_rates
    assert (broken / "history.csv").read_text() == (whole.folder / "history.csv").read_text()


def test_a_finished_run_is_returned_and_not_trained_again(whole):
    record = (whole.folder / "run.json").read_bytes()
    run = train(whole.folder, seed=5, callbacks=[StopAt(0)])
    assert equal(run.model, whole.model)
    assert (run.history, run.diagnosis) == (whole.history, whole.diagnosis)
    assert (whole.folder / "run.json").read_bytes() == record


def test_a_callback_goes_on_with_what_it_remembers(tmp_path):
    def patient():
        return keras.callbacks.EarlyStopping(monitor="loss", patience=3, min_delta=10.0)

    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, recipe=RECIPE.replace(epochs=9), callbacks=[patient(), StopAt(14)])
    run = train(tmp_path, recipe=RECIPE.replace(epochs=9), callbacks=[patient()])
    assert len(run.history["loss"]) == 4  # the first epoch, and three that are no better


def test_a_training_stopped_in_its_first_epoch_begins_anew_with_any_settings(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, callbacks=StopAt(3))
    run = train(tmp_path, recipe=RECIPE.replace(epochs=1))
    assert len(run.history["loss"]) == 1


def test_a_data_set_that_shuffles_by_a_seed_goes_on_too(tmp_path):
    import tensorflow as tf

    def batches():
        data = tf.data.Dataset.from_tensor_slices(TRAIN)
        return data.shuffle(96, seed=3).batch(16)

    runs = [train(tmp_path / "whole", data=batches())]
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", data=batches(), callbacks=StopAt(14))
    runs.append(train(tmp_path / "broken", data=batches()))
    assert equal(runs[0].model, runs[1].model)


class Halves(keras.utils.PyDataset):
    """The points in batches of 16, the order of which is left to `fit`."""

    def __len__(self):
        return 6

    def __getitem__(self, index):
        part = slice(16 * index, 16 * index + 16)
        return TRAIN[0][part], TRAIN[1][part]


def test_a_pydataset_goes_on_too(tmp_path):
    runs = [train(tmp_path / "whole", data=Halves())]
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path / "broken", data=Halves(), callbacks=StopAt(14))
    runs.append(train(tmp_path / "broken", data=Halves()))
    assert equal(runs[0].model, runs[1].model)


SCRIPT = """
    import sys
    import keras
    from tiny import network, points
    from recipes import Recipe, fit

    class Slow(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            __import__("time").sleep(float(sys.argv[2]))

    recipe = Recipe(batch_size=16, epochs=4, learning_rate=0.1, weight_decay=0.0)
    fit(network(), points(), validation=points(64, seed=1), recipe=recipe, folder=sys.argv[1],
        callbacks=[Slow()], preflight=False, verbose=0)
"""


def test_a_process_that_is_killed_loses_its_last_epoch_alone(whole, tmp_path):
    script, folder = tmp_path / "script.py", tmp_path / "run"
    script.write_text(textwrap.dedent(SCRIPT))
    here = os.path.dirname(__file__)
    paths = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, str(script), str(folder), "0.2"]
    process = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths})
    deadline = time.monotonic() + 300
    while not (folder / "state.npz").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)  # into the second epoch
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = json.loads(str(np.load(folder / "state.npz")["values"]))["epochs"]
    assert 1 <= done < 4
    run = train(folder, seed=5)
    fresh = train(None)
    assert equal(run.model, fresh.model)
    assert run.history == fresh.history


def test_two_trainings_in_one_folder_are_refused(tmp_path):
    class Second(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            train(tmp_path)

    with pytest.raises(FolderError) as caught:
        train(tmp_path, callbacks=Second())
    assert str(caught.value) == (
        "fit: a folder takes one training at a time, and another one is running in this. Received: "
        f"folder='{tmp_path}'. Wait for it, or name another folder."
    )
