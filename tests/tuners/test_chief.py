"""KerasTuner's own chief and workers, as processes: what they do, and what they cannot survive."""

import contextlib
import socket

from noted import curve, ended, process, results, runs, search, wait_until


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_a_chief_and_its_workers_search_and_a_worker_that_dies_keeps_the_chief_for_ever(tmp_path):
    here = search(tmp_path / "here", curve())
    there = tmp_path / "there"
    there.mkdir()
    environment = {
        "KERASTUNER_ORACLE_IP": "127.0.0.1",
        "KERASTUNER_ORACLE_PORT": str(free_port()),
    }
    code = f"noted.search({str(there)!r}, noted.curve({str(there)!r}, pause=0.4))"

    with contextlib.ExitStack() as stack:
        chief, first, second = (
            stack.enter_context(process(there, code, KERASTUNER_TUNER_ID=name, **environment))
            for name in ("chief", "worker0", "worker1")
        )
        by_pid = {first.pid: (first, second), second.pid: (second, first)}
        wait_until(lambda: runs(there), seconds=120)
        killed, left = by_pid[int(runs(there)[0][1])]
        killed.kill()
        assert left.wait(120) == 0  # it has run all the others
        assert sum(ended(there).values()) == 3
        assert chief.poll() is None  # it waits for the worker that has died
    # Whoever opens the folder next finds what has ended, and runs the lost trial.
    assert results(search(there, curve(str(there)))) == results(here)
    assert set(ended(there).values()) == {1}
