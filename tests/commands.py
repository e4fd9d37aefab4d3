"""Commands of ours, run as a person runs them: in a process and a folder of their own."""

import os
import subprocess
import sys


def run_python(folder, *words, timeout=400, **environment):
    """Runs `python WORDS` in a folder; returns the finished process with what it printed.

    Args:
        folder: Where it runs.
        *words: What stands behind `python`.
        timeout: After how many seconds it is stopped, with an error.
        **environment: Variables of the environment that it has besides ours.
    """
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
