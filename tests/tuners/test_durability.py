"""Real searches that are killed at random moments and at every call that writes: nothing is lost.

The objectives are formulas, each search runs in a process of its own (`killing.py`).
"""

import contextlib
import gc
import itertools
import os
import signal
import subprocess
import time
import warnings
from pathlib import Path

import killing
import numpy as np
import pytest

from recipes.errors import FolderError
from tuners.state.journal import Journal

KINDS = ["RandomSearch", "BayesianOptimization"]
RANDOM_MOMENTS = 25  # for each kind: 50 in all
PAUSE = 0.01  # seconds that a trial takes


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    if not hasattr(os, "fork"):
        pytest.skip("this system does not fork processes")
    with killing.Server() as server:
        assert server.run("search", str(tmp_path_factory.mktemp("first")), "RandomSearch", 1) == 0
        yield server


@pytest.fixture(scope="module", params=KINDS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def whole(kind, tmp_path_factory):
    """The results of a search that nothing interrupted."""
    return results(killing.search(tmp_path_factory.mktemp("whole"), kind))


def results(tuner):
    trials = (tuner.oracle.trials[name] for name in tuner.oracle.start_order)
    return [(t.trial_id, t.hyperparameters.values, t.score, t.status) for t in trials]


def ended(folder):
    """The names of the trials that had ended by what is on the disk."""
    entries = Journal(folder / "search" / "journal.jsonl").read()
    trials = [entry["trial"] for entry in entries if entry["kind"] == "trial"]
    return [trial["trial_id"] for trial in trials if trial["status"] == "COMPLETED"]


def runs(folder):
    path = folder / "runs.txt"
    return path.read_text().split() if path.exists() else []


def check_that_nothing_was_lost_or_repeated(folder, kind, whole):
    """Goes on with a killed search to its end."""
    before, run_before = ended(folder), len(runs(folder))
    assert results(killing.search(folder, kind)) == whole
    assert not set(before) & set(runs(folder)[run_before:])
    assert ended(folder) == [name for name, *_ in whole]
    assert not list((folder / "search").glob(".*"))  # nothing half-made is left


def test_a_search_killed_at_random_moments_goes_on_as_if_it_was_not(server, kind, whole, tmp_path):
    generator = np.random.default_rng(KINDS.index(kind))
    seconds, killed = duration(server, kind, tmp_path), 0
    for number in range(4 * RANDOM_MOMENTS):
        folder = new_folder(tmp_path, number)
        arguments = (str(folder), kind, killing.TRIALS, PAUSE)
        code = server.run("search", *arguments, kill_after=generator.uniform(0, seconds))
        assert code in (0, -signal.SIGKILL)  # 0: it was faster than the first one
        killed += code == -signal.SIGKILL
        check_that_nothing_was_lost_or_repeated(folder, kind, whole)
        if killed == RANDOM_MOMENTS:
            break
    assert killed == RANDOM_MOMENTS


def killed_at_every_call(server, function, half, prepare):
    """Yields a folder for each call of a function that writes, the function killed there in it."""
    for call in itertools.count():
        folder = prepare(call)
        code = server.run(function, call, half, str(folder))
        assert code in (0, -signal.SIGKILL)
        if code == 0:
            assert call > 5
            return
        yield folder


@pytest.mark.parametrize("half", [False, True], ids=["before", "within"])
def test_a_repair_killed_at_every_call_that_writes_loses_no_whole_line(server, half, tmp_path):
    def prepare(call):
        journal = Journal(new_folder(tmp_path, call) / "journal.jsonl")
        for number in range(4):
            journal.append({"number": number})
        lines = journal.path.read_bytes().splitlines(keepends=True)
        journal.path.write_bytes(lines[0] + b"garbage\n" + lines[1] + lines[2] + lines[3][:-3])
        return journal.path.parent

    for folder in killed_at_every_call(server, "repair_dying_at", half, prepare):
        journal = Journal(folder / "journal.jsonl")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # named in this process or in the killed one
            journal.repair()
        assert journal.read() == [{"number": number} for number in range(3)]
        assert b"garbage\n" in (folder / "journal.damaged").read_bytes()
        assert not list(folder.glob(".*"))


@pytest.mark.parametrize("half", [False, True], ids=["before", "within"])
def test_an_overwrite_killed_at_every_call_that_writes_can_be_done_again(server, half, tmp_path):
    def prepare(call):
        journal = Journal(new_folder(tmp_path, call) / "journal.jsonl")
        journal.append({"number": 0})
        for name in ("trial_0", "trial_1"):
            new_folder(journal.path.parent, name)
            (journal.path.parent / name / "checkpoint.weights.h5").write_bytes(b"0")
        return journal.path.parent

    for folder in killed_at_every_call(server, "overwrite_dying_at", half, prepare):
        Journal(folder / "journal.jsonl").delete_folder()
        assert {path.name for path in folder.iterdir()} <= {"journal.jsonl.lock", "journal.reserve"}


def new_folder(parent, name):
    folder = parent / str(name)
    folder.mkdir()
    return folder


def duration(server, kind, parent):
    """Seconds that a search takes in a process of its own."""
    began = time.monotonic()
    assert server.run("search", str(new_folder(parent, "timed")), kind, killing.TRIALS, PAUSE) == 0
    return time.monotonic() - began


@pytest.mark.parametrize("half", [False, True], ids=["before", "within"])
def test_a_search_killed_at_every_call_that_writes_goes_on_as_if_it_was_not(
    server, kind, whole, half, tmp_path
):
    for call in itertools.count():
        folder = new_folder(tmp_path, call)
        if die(server, call, half, folder, kind) == 0:
            break
        # Once more, at an early call: what follows the first kill is interrupted too.
        die(server, call % 6, not half, folder, kind)
        check_that_nothing_was_lost_or_repeated(folder, kind, whole)
    # An entry for the search, two for each trial: each is opened, written, made durable.
    assert call >= 3 * (1 + 2 * killing.TRIALS)


def die(server, call, half, folder, kind):
    code = server.run("search_dying_at", call, half, str(folder), kind)
    assert code in (0, -signal.SIGKILL)
    return code


# --- a full disk ----------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 KiB, where this system lets us make one."""
    disk = new_folder(tmp_path, "disk")
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("only root may mount a disk, on Linux")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


class Filling(killing.Curve):
    """A search whose second trial fills the disk, in its training or when it has ended."""

    fills = "training"

    def run_trial(self, trial, **kwargs):
        if trial.trial_id == "1" and not (Path(self.directory) / "mended").exists():
            try:
                with open(Path(self.directory) / "big", "wb", buffering=0) as file:
                    while file.write(b"0" * 512):
                        pass
            except OSError:
                if self.fills == "training":
                    raise
        return super().run_trial(trial, **kwargs)


@pytest.mark.parametrize("fills", ["training", "result"])
def test_a_search_on_a_full_disk_stops_with_a_sentence_and_goes_on_when_there_is_room(
    small_disk, tmp_path, fills
):
    (small_disk / "runs.txt").write_bytes(b"")
    with pytest.raises(FolderError) as caught:
        filling(small_disk, fills).search(verbose=0)
    assert str(caught.value) == (
        "search: the folder must be one that can be written to (No space left on device). "
        f"Received: folder='{small_disk}/search'. "
        "Nothing that has ended is lost: mend this, and the same search goes on."
    )
    assert ended(small_disk) == runs(small_disk)  # what has run to its end is kept
    with pytest.raises(FolderError, match="No space left on device"):
        filling(small_disk, fills).search(verbose=0)
    assert ended(small_disk) == runs(small_disk)
    (small_disk / "big").unlink()
    (small_disk / "mended").touch()
    tuner = filling(small_disk, fills)
    tuner.search(verbose=0)
    assert results(tuner) == results(killing.search(new_folder(tmp_path, "whole")))


def test_the_last_entry_before_a_disk_is_full_is_written_into_room_that_was_kept(small_disk):
    journal = Journal(small_disk / "journal.jsonl")
    journal.append({"number": 0})
    with contextlib.suppress(OSError), open(small_disk / "big", "wb", buffering=0) as file:
        while file.write(b"0" * 512):
            pass
    for number in (1, 2):
        with pytest.raises(FolderError, match=r"\(No space left on device\)"):
            journal.append({"number": number, "message": "0" * 40_000})
    assert [entry["number"] for entry in journal.read()] == [0, 1]
    (small_disk / "big").unlink()
    journal.append({"number": 3})
    assert [entry["number"] for entry in journal.read()] == [0, 1, 3]
    assert (small_disk / "journal.reserve").stat().st_size == 65536


def filling(disk, fills):
    tuner = killing.make(disk, tuner=Filling)
    tuner.fills = fills
    return tuner


def test_a_search_that_may_not_write_more_stops_with_a_sentence_and_goes_on_afterwards(
    server, tmp_path
):
    whole = results(killing.search(new_folder(tmp_path, "whole")))
    folder = new_folder(tmp_path, "limited")
    size = (tmp_path / "whole" / "search" / "journal.jsonl").stat().st_size
    # A file of this system may not be larger than half of the journal; the reserve is smaller.
    assert server.run("search_with_file_limit", str(folder), size // 2) == 0
    assert (folder / "said.txt").read_text() == (
        "search: the folder must be one that can be written to (File too large). "
        f"Received: folder='{folder}/search'. "
        "Nothing that has ended is lost: mend this, and the same search goes on."
    )
    assert results(killing.search(folder)) == whole


def test_two_searches_with_the_tuner_of_keras_tuner_cannot_write_to_one_folder(server, tmp_path):
    oracle = killing.make(tmp_path).oracle
    trial = oracle.create_trial("tuner0")  # as that tuner does
    assert server.run("plain_search", str(tmp_path)) == 0
    assert (tmp_path / "said.txt").read_text() == (
        "search: a folder takes one search at a time, and another one is running in this. "
        f"Received: folder='{tmp_path}/search'. Wait for it, or name another folder."
    )
    oracle.update_trial(trial.trial_id, {"score": 1.0})
    trial.status = "COMPLETED"
    oracle.end_trial(trial)
    del oracle, trial  # with the process, or the oracle, the lock is gone
    gc.collect()
    assert server.run("plain_search", str(tmp_path)) == 0
    assert ended(tmp_path) == [str(number) for number in range(killing.TRIALS)]


def test_a_process_that_a_killed_search_has_forked_does_not_keep_its_lock(server, tmp_path):
    assert server.run("search_in_which_a_child_survives", str(tmp_path)) == -signal.SIGKILL
    child = int((tmp_path / "child.txt").read_text())
    try:
        with Journal(tmp_path / "journal.jsonl").lock():
            os.kill(child, 0)  # it lives
    finally:
        os.kill(child, signal.SIGKILL)
