"""Files that cannot be read: they are named and set aside, and the work goes on without them."""

import json
import os
import warnings
from pathlib import Path


def read_json(path):
    """Returns the dict in a JSON file; an empty one if it is missing, or damaged and set aside.

    Args:
        path: A path.
    """
    path = Path(path)
    if not os.path.lexists(path):
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return found
    except (OSError, ValueError):  # cut, garbage, or a folder
        pass
    set_aside(path)
    return {}


def set_aside(path):
    """Renames a damaged file, or what is in its place, and says so in a warning.

    Args:
        path: A `Path` that exists.
    """
    aside = unused(path.with_name(f"{path.name}.damaged"))
    os.replace(path, aside)
    warnings.warn(
        f"{path} cannot be read and was set aside as {aside.name}; the rest is used.",
        stacklevel=3,
    )


def unused(path):
    """Returns a path, or the first of PATH-1, PATH-2, … if something is there."""
    number, free = 0, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free
