"""Commands of ours, run as a person runs them: in a process and a folder of their own."""

import subprocess
import sys


def run_python(folder, *words):
    """Runs `python WORDS` in a folder; returns the finished process with what it printed."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
