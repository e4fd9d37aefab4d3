"""What every benchmark writes: its figures, with the machine and the versions they come from."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("tensorflow", "keras", "keras-tuner", "numpy")


def write_figures(path, command, **figures):
    """Writes figures as JSON.

    Args:
        path: Path of the file.
        command: What makes them again.
        **figures: What was measured.
    """
    measured = {
        "command": command,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in _PACKAGES},
        **figures,
    }
    Path(path).write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")


def with_other_tasks(path, results, **setting):
    """Returns results by task, with those of an earlier file for the tasks that have none now.

    A run of some tasks alone, or on another machine, so leaves the other figures as they are.

    Args:
        path: Path of the file, which may not be there yet.
        results: Dict by the name of the task.
        **setting: What the file must have been measured with; else nothing is taken from it.
    """
    if not Path(path).exists():
        return results
    earlier = json.loads(Path(path).read_text(encoding="utf-8"))
    if any(earlier.get(name) != value for name, value in setting.items()):
        return results
    return {**earlier["results"], **results}
