"""One search at a time writes to a folder, also where keras_tuner's own tuner runs it.

Two such searches in two processes are in `test_durability.py`.
"""

import gc
import subprocess
import sys
import threading

import keras_tuner
import pytest
from studies import oracle_in, run_trial, search

from recipes.errors import FolderError
from tuners.state.journal import Journal


def line():
    hp = keras_tuner.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    return hp


def loss(values):
    return values["x"]


def refusal(folder):
    return (
        "search: a folder takes one search at a time, and another one is running in this. "
        f"Received: folder='{folder}/search'. Wait for it, or name another folder."
    )


class Plain(keras_tuner.Tuner):
    """A tuner of keras_tuner; `during` is called in each of its trials."""

    during = staticmethod(lambda: None)

    def run_trial(self, trial, **kwargs):
        self.during()
        return loss(trial.hyperparameters.values)


def plain_tuner(folder, trials=3):
    oracle = oracle_in(folder, line(), max_trials=trials)
    return Plain(oracle, directory=str(folder), project_name="search")


def test_a_plain_tuner_is_refused_where_a_tuner_of_ours_is_searching(tmp_path):
    tuner = plain_tuner(tmp_path)
    with tuner.oracle.journal.lock(), pytest.raises(FolderError) as caught:
        tuner.search()
    assert str(caught.value) == refusal(tmp_path)


def test_the_folder_is_free_when_a_plain_search_has_ended_or_nobody_has_it_any_more(tmp_path):
    tuner = plain_tuner(tmp_path)
    tuner.search()
    assert is_free(tmp_path)
    oracle = oracle_in(tmp_path, line())
    oracle.create_trial("tuner0")
    assert not is_free(tmp_path)
    del oracle
    gc.collect()
    assert is_free(tmp_path)


def is_free(folder):
    """Whether another process could lock the folder."""
    code = "import sys, filelock; filelock.FileLock(sys.argv[1], blocking=False).acquire()"
    lock = str(folder / "search" / "journal.jsonl.lock")
    process = subprocess.run([sys.executable, "-c", code, lock], capture_output=True, check=False)
    return process.returncode == 0


def test_of_two_plain_searches_in_one_process_the_later_goes_on_and_the_earlier_is_refused(
    tmp_path,
):
    first, second = plain_tuner(tmp_path, trials=5), plain_tuner(tmp_path, trials=5)

    def search_in_a_thread():
        thread = threading.Thread(target=second.search)
        thread.start()
        thread.join()

    first.during = search_in_a_thread
    with pytest.raises(FolderError) as caught:
        first.search()
    assert str(caught.value) == refusal(tmp_path)
    entries = [e["trial"] for e in Journal(tmp_path / "search" / "journal.jsonl").read()[1:]]
    ended = [trial["trial_id"] for trial in entries if trial["status"] == "COMPLETED"]
    assert sorted(ended) == sorted(set(ended)) == sorted(second.oracle.end_order)
    assert len(ended) == 5


def test_an_oracle_begins_with_what_another_search_has_written_in_the_meantime(tmp_path):
    early = oracle_in(tmp_path, line())
    search(oracle_in(tmp_path, line()), loss, 3)
    trial = early.create_trial("tuner0")
    assert trial.trial_id == "003"
    run_trial(early, trial, loss)
    assert len(early.end_order) == 4


def test_a_known_result_is_refused_where_another_search_is_running(tmp_path):
    oracle = oracle_in(tmp_path, line())
    with Journal(oracle.journal.path).lock(), pytest.raises(FolderError) as caught:
        oracle.add_trial({"x": 0.5}, 1.0)
    assert str(caught.value) == refusal(tmp_path)
    assert oracle.trials == {}
