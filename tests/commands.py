"""Commands and scripts, run as a person runs them: in a folder of their own.

`run_python` begins a process; the others run in this one, which has imported TensorFlow already:
that takes longer than most of what they do.
"""

import contextlib
import io
import logging
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


def run_command(folder, main, *words):
    """Runs a command of ours in a folder, in this process; returns it as a finished process.

    Args:
        folder: Where it runs.
        main: The function that is the command, such as `tuners.cli.main`.
        *words: What stands behind its name.
    """
    logger = logging.getLogger("tensorflow")
    level = logger.level  # commands keep TensorFlow quiet

    def command():
        try:
            main()
        except SystemExit as ended:
            return ended.code or 0
        return 0

    try:
        return _run_here(folder, command, "command", *words)
    finally:
        logger.setLevel(level)


def run_script(folder, code, *words, name="script"):
    """Runs a script in a folder, in this process; returns what it printed.

    Args:
        folder: Where it runs.
        code: Its text. Nothing is defined when it begins.
        *words: What stands behind its name.
        name: What stands in a traceback as its name.
    """
    compiled = compile(code, name, "exec")
    return _run_here(folder, lambda: exec(compiled, {"__name__": "__main__"}), name, *words).stdout


def _run_here(folder, function, *argv):
    out, err, former = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = [str(word) for word in argv]
    try:
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = function()
    finally:
        sys.argv = former
    return subprocess.CompletedProcess(argv, code or 0, out.getvalue(), err.getvalue())
