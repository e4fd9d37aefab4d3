"""What every benchmark writes: its figures, with the machine and the versions they come from."""

import contextlib
import json
import os
import platform
from importlib import metadata
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
        "versions": versions(_PACKAGES),
        **figures,
    }
    Path(path).write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")


def versions(packages):
    """Returns the versions of those packages that are installed, by name."""
    found = {}
    for package in packages:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found[package] = metadata.version(package)
    return found


def earlier_figures(path, **setting):
    """Returns the figures of an earlier file, for a run of some tasks alone or on another machine.

    Args:
        path: Path of the file, which may not be there yet.
        **setting: What it must have been measured with.

    Returns:
        A dict; an empty one if there is no file, or one with another setting.
    """
    if not Path(path).exists():
        return {}
    found = json.loads(Path(path).read_text(encoding="utf-8"))
    return found if all(found.get(name) == value for name, value in setting.items()) else {}
