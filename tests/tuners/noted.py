"""Searches over a function whose runs are noted in a file, with processes that are killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import keras_tuner as kt

import tuners
from tuners.state.journal import Journal

TRIALS = 4


def make(folder, function, kind="RandomSearch", **options):
    hp = kt.HyperParameters()
    hp.Float("x", -1.0, 1.0, **({"step": 1.0} if kind == "GridSearch" else {}))
    hp.Int("n", 1, 2)
    options = {"seed": 0, "max_trials": TRIALS} | options
    return getattr(tuners, kind)(
        objective=kt.Objective("score", "min"),
        hyperparameters=hp,
        function=function,
        directory=str(folder),
        project_name="search",
        **options,
    )


def search(folder, function, engine=None, **options):
    tuner = make(folder, function, **options)
    tuner.search(verbose=0, engine=engine)
    return tuner


def curve(folder=None, epochs=3, pause=0.0, then=None):
    """Returns the function of a search, which is sent by value, and notes each run of it."""

    def function(values):
        for epoch in range(epochs):
            if folder is not None and epoch == 0:
                with open(os.path.join(folder, "runs.txt"), "a") as file:
                    file.write(f"{values['x']:.6f} {os.getpid()}\n")
            if then is not None and epoch == 1:
                then(values)
            time.sleep(pause)
            score = (values["x"] - 0.3) ** 2 + 0.1 * values["n"] + 1 / (1 + epoch)
            yield {
                "score": score,
                "pid": os.getpid(),
                "tensorflow": float("tensorflow" in sys.modules),
            }

    return function


def results(tuner):
    trials = (tuner.oracle.trials[name] for name in tuner.oracle.start_order)
    return [(t.trial_id, t.hyperparameters.values, t.score, t.status, t.message) for t in trials]


def runs(folder):
    """The runs that were noted: pairs of the value of x and the number of the process."""
    path = Path(folder) / "runs.txt"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def ended(folder):
    """How often each trial has ended by what is on the disk."""
    entries = Journal(Path(folder) / "search" / "journal.jsonl").read()
    trials = [entry["trial"] for entry in entries if entry["kind"] == "trial"]
    return Counter(t["trial_id"] for t in trials if t["status"] in ("COMPLETED", "FAILED"))


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it has not come about"
        time.sleep(0.05)


def is_alive(pid):
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(pid), 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return False


@contextlib.contextmanager
def process(folder, code, **environment):
    """Yields a process that runs code in which this module is known; it is killed at the end."""
    script = folder / f"script_{time.monotonic_ns()}.py"
    script.write_text(f"import sys\nsys.path[:0] = {sys.path!r}\nimport noted, tuners\n{code}")
    with open(script.with_suffix(".txt"), "w") as said:
        begun = subprocess.Popen(
            [sys.executable, str(script)],
            env={**os.environ, **environment},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    begun.said = script.with_suffix(".txt")
    try:
        yield begun
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(begun.pid, signal.SIGKILL)
        begun.wait()
