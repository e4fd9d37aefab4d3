"""The folder of a search by keras_tuner, read: `oracle.json` and `trial_*/trial.json`.

Nothing there is changed. A file that was cut is named, and left out.
"""

import dataclasses
import json
import warnings
from pathlib import Path

_ENDED = ("COMPLETED", "FAILED")


@dataclasses.dataclass(frozen=True)
class Found:
    """What keras_tuner has left in a folder.

    Attributes:
        trials: List of states of its trials, in the order in which they began.
        ended: List of the states of those that have ended, in the order in which they did.
        space: Its search space as a list of dicts, or None if that cannot be read.
        names: Names of all trials that have a folder, those that cannot be read among them.
    """

    trials: list
    ended: list
    space: list | None
    names: list


def read_folder(folder):
    """Returns what keras_tuner has left in a folder as `Found`, or None.

    Args:
        folder: A path.
    """
    folder = Path(folder)
    paths = sorted(folder.glob("trial_*/trial.json"))
    if not paths and not (folder / "oracle.json").exists():
        return None
    oracle = _read(folder / "oracle.json") or {}
    states = {_name(path): state for path in paths if (state := _read(path, "trial_id"))}
    begun = [name for name in oracle.get("start_order", ()) if name in states]
    begun += [name for name in states if name not in begun]
    ended = [name for name in oracle.get("end_order", ()) if name in states]
    ended += [name for name in begun if name not in ended]
    numbers = _numbered(begun, taken=map(_name, paths))
    trials = {name: _whole_state(states[name], numbers[name]) for name in begun}
    return Found(
        trials=list(trials.values()),
        ended=[trials[name] for name in ended if trials[name]["status"] in _ENDED],
        space=(oracle.get("hyperparameters") or {}).get("space"),
        names=[name for name in map(_name, paths) if name.isdigit()],
    )


def _name(path):
    return path.parent.name.removeprefix("trial_")


def _numbered(names, taken):
    """Returns a number for each trial: its own, or a free one where old versions gave it a hash."""
    number = 1 + max((int(name) for name in taken if name.isdigit()), default=-1)
    numbered = {}
    for name in names:
        numbered[name] = name if name.isdigit() else str(number)
        number += not name.isdigit()
    return numbered


def _whole_state(state, name):
    """Returns the state of a trial with what older versions did not write; failures are final."""
    whole = {"message": None, "score": None, "best_step": 0, "status": None, **state}
    status = "FAILED" if whole["status"] == "INVALID" else whole["status"]
    return {**whole, "trial_id": name, "status": status}


def _read(path, key=None):
    """Returns the dict in a file; None if it is missing or damaged, which is said."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(found, dict) and (key is None or key in found):
            return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        pass
    warnings.warn(f"{path} of keras_tuner cannot be read and is left out.", stacklevel=5)
    return None
