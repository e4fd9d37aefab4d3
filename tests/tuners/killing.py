"""Searches in processes of their own that are killed: at a time, or at a call that writes.

The processes are forked from one that has imported TensorFlow and done nothing else, so that each
begins in milliseconds. (The "forkserver" of multiprocessing cannot do this in Python 3.11: it does
not find a test's modules to preload.)
"""

import builtins
import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import keras_tuner as kt

import tuners
from recipes.errors import FolderError
from tuners.state.journal import Journal

TRIALS = 4


class Curve(tuners.Tuner):
    """A search over a formula; it notes each run of it in a file beside the folder."""

    def run_trial(self, trial, pause=0.0, **kwargs):
        time.sleep(pause)
        with open(Path(self.directory) / "runs.txt", "ab", buffering=0) as file:
            file.write(f"{trial.trial_id}\n".encode())
        values = trial.hyperparameters.values
        return (values["x"] - 0.3) ** 2 + 0.1 * values["n"]


def make(folder, kind="RandomSearch", trials=TRIALS, tuner=Curve):
    """Returns the tuner of a search in a folder."""
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0)
    hp.Int("n", 1, 5)
    oracle = getattr(tuners.oracles, f"{kind}Oracle")
    options = {"num_initial_points": 2} if kind == "BayesianOptimization" else {}
    return tuner(
        oracle(
            kt.Objective("score", "min"), max_trials=trials, seed=0, hyperparameters=hp, **options
        ),
        directory=str(folder),
        project_name="search",
    )


def search(folder, kind="RandomSearch", trials=TRIALS, pause=0.0):
    """Runs a search, or goes on with it; returns its tuner."""
    tuner = make(folder, kind, trials)
    tuner.search(verbose=0, pause=pause)
    return tuner


# --- processes ------------------------------------------------------------------------------------


class Server:
    """A process from which others are forked; used in a `with` block."""

    def __enter__(self):
        command = [sys.executable, __file__]
        paths = os.pathsep.join(path for path in sys.path if path)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        return self

    def __exit__(self, *error):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def run(self, function, *arguments, kill_after=None):
        """Runs a function of this module in a process of its own.

        Args:
            function: Its name.
            *arguments: What JSON can hold.
            kill_after: Seconds after which the process is killed, or None.

        Returns:
            Its exit code, −9 if it was killed; 1 after an error, which is printed.
        """
        self._process.stdin.write(json.dumps([function, arguments, kill_after]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


def serve():
    """Forks a process for each line of the standard input; prints its exit code."""
    for line in sys.stdin:
        function, arguments, kill_after = json.loads(line)
        child = os.fork()
        if child == 0:
            _run_and_leave(function, arguments)
        timer = threading.Timer(kill_after or 0, os.kill, (child, signal.SIGKILL))
        if kill_after is not None:
            timer.start()
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # it keeps its number
        timer.cancel()
        if timer.ident is not None:
            timer.join()
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run_and_leave(function, arguments):
    os.dup2(2, 1)  # the standard output is the server's
    try:
        globals()[function](*arguments)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def search_dying_at(call, half, folder, kind):
    """Runs a search that is killed at a call that writes: see `dying_at`."""
    with dying_at(call, half=half, below=folder):
        search(folder, kind)


def repair_dying_at(call, half, folder):
    """Makes a journal whole in a process that is killed at a call that writes."""
    with dying_at(call, half=half, below=folder):
        Journal(Path(folder) / "journal.jsonl").repair()


def overwrite_dying_at(call, half, folder):
    """Deletes a search in a process that is killed at a call that writes."""
    with dying_at(call, half=half, below=folder):
        Journal(Path(folder) / "journal.jsonl").delete_folder()


def search_with_file_limit(folder, limit):
    """Runs a search in which no file may be larger than a number of bytes; prints why it ends."""
    import resource  # not on Windows

    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        search(folder)
    except FolderError as error:
        Path(folder, "said.txt").write_text(str(error))


def plain_search(folder):
    """Runs a search with the tuner of keras_tuner; writes down what it says, and its results."""

    class Plain(kt.Tuner):
        def run_trial(self, trial, **kwargs):
            return trial.hyperparameters.values["x"]

    tuner = Plain(make(folder).oracle, directory=folder, project_name="search")
    try:
        tuner.search(verbose=0)
    except FolderError as error:
        Path(folder, "said.txt").write_text(str(error))


def search_in_which_a_child_survives(folder):
    """Begins a search, forks a process that sleeps in it, and dies."""
    lock = Journal(Path(folder) / "journal.jsonl").lock()
    lock.__enter__()
    lives, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(1)
        os.write(tells, b"1")
        time.sleep(20)
        os._exit(0)
    os.read(lives, 1)
    Path(folder, "child.txt").write_text(str(child))
    os.kill(os.getpid(), signal.SIGKILL)


# --- the fault injector ---------------------------------------------------------------------------

_CALLS = ("fsync", "replace", "truncate", "ftruncate", "unlink", "mkdir", "rmdir")


@contextlib.contextmanager
def dying_at(call, *, half, below):
    """Kills this process at one of its calls that change files.

    Counted are the writes, truncations and openings of files below a folder, and the calls of
    `os` named above.

    Args:
        call: Number of the call, from 0.
        half: Whether the call is made before the kill, a write with half of its bytes.
        below: The folder.
    """
    counter, former_open = _Counter(call, half), builtins.open
    former = {name: getattr(os, name) for name in _CALLS}

    def opening(path, mode="r", *args, **kwargs):
        inside = isinstance(path, (str, os.PathLike)) and str(path).startswith(str(below))
        writes = set(mode) & set("wa+x")
        if not (inside and writes) or "runs.txt" in str(path):
            return former_open(path, mode, *args, **kwargs)
        raw = counter.around(lambda: _CountedFile(path, mode.replace("b", "").replace("t", "")))
        raw.counter = counter
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding="utf-8")

    builtins.open = opening
    for name, function in former.items():
        setattr(os, name, counter.counted(function))
    try:
        yield counter
    finally:
        builtins.open = former_open
        for name, function in former.items():
            setattr(os, name, function)


class _Counter:
    def __init__(self, call, half):
        self.calls, self._deadly, self._half = 0, call, half

    def around(self, function, half=None):
        """Makes a call; dies before it, or after it or its half."""
        is_deadly = self.calls == self._deadly
        self.calls += 1
        if is_deadly:
            if self._half:
                with contextlib.suppress(OSError):
                    (half or function)()
            os.kill(os.getpid(), signal.SIGKILL)
        return function()

    def counted(self, function):
        return lambda *args, **kwargs: self.around(lambda: function(*args, **kwargs))


class _CountedFile(io.FileIO):
    def write(self, data):
        data = bytes(data)
        write = super().write
        return self.counter.around(lambda: write(data), half=lambda: write(data[: len(data) // 2]))

    def truncate(self, size=None):
        truncate = super().truncate
        return self.counter.around(lambda: truncate(size))


if __name__ == "__main__":
    serve()
