"""Real searches that are killed at random moments and at every call that writes: nothing is lost.

The objectives are formulas, each search runs in a process of its own (`killing.py`).
"""

import itertools
import signal
import time

import killing
import numpy as np
import pytest

from tuners.journal import Journal

KINDS = ["RandomSearch", "BayesianOptimization"]
RANDOM_MOMENTS = 25  # for each kind: 50 in all
PAUSE = 0.01  # seconds that a trial takes


@pytest.fixture(scope="module")
def server(tmp_path_factory):
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


def test_a_search_killed_at_random_moments_goes_on_as_if_it_was_not(
    server, kind, whole, tmp_path
):
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
