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
