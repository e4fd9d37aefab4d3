"""The folder of a search: what is written into it, and how that and no more is deleted."""

import errno
import os
import shutil
from pathlib import Path

from recipes.errors import FolderError, describe

# In the order of their deletion: what marks the folder as a search's goes last.
_WRITTEN = (
    "trial_*",  # checkpoints; those of keras_tuner too
    "tuner*.json",
    "chief*.json",
    "clock.json",
    "journal.reserve",
    "*.damaged*",
    ".*.jsonl.*",  # what a kill left of a repair
    "oracle.json",
    "journal.jsonl",
)
_MARKS = ("journal.jsonl", "oracle.json", "trial_*/trial.json", "*.damaged*")
_LOCK = "journal.jsonl.lock"


def make_folder(folder):
    """Makes the folder of a search, unless it is there.

    Args:
        folder: A path.

    Raises:
        FolderError: If it cannot be made, or is in a store of another machine: "gs://…".
    """
    try:
        if "://" in str(folder):
            raise OSError(errno.ENOTSUP, "another machine's store does not keep a journal")
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        rule = f"the folder must be one that can be written to ({error.strerror})"
        message = describe("search", rule, "Name another one.", folder=str(folder))
        raise FolderError(message) from error


def delete_search(folder):
    """Deletes what a search of ours or of keras_tuner wrote into a folder; anything else stays.

    The folder and the file of its lock stay, too: this is called while the lock is held, and on
    Windows a file that is open cannot be deleted.

    Args:
        folder: A path, there or not.

    Raises:
        FolderError: If the folder holds files, and none that a search leaves.
    """
    folder = Path(folder)
    if not any(any(folder.glob(mark)) for mark in _MARKS):
        _refuse_foreign(folder)
        return
    for pattern in _WRITTEN:
        for path in sorted(folder.glob(pattern)):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _refuse_foreign(folder):
    """Refuses a folder in which something is that no search has written."""
    known = {_LOCK, "journal.reserve"}
    foreign = sorted(path.name for path in folder.glob("*") if path.name not in known)
    if foreign:
        rule = "overwrite=True deletes searches, and the folder holds files but no search"
        hint = "Name another `directory` or `project_name`, or leave overwrite=True out."
        raise FolderError(describe("search", rule, hint, folder=str(folder), holds=foreign[0]))
