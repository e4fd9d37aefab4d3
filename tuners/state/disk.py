"""Room on the disk: a search whose disk is full still writes its last result, and then stops."""

import errno
import os
from pathlib import Path

from recipes.errors import FolderError, describe

_FULL = (errno.ENOSPC, errno.EDQUOT)
_RESERVE = 64 * 1024  # bytes: several times the entry of a long trial


def is_full(error):
    """Whether an error, or one that led to it, says that the disk or the quota is full.

    Args:
        error: An exception; that of h5py and TensorFlow have no number, but say it in words.
    """
    while error is not None:
        if getattr(error, "errno", None) in _FULL or os.strerror(errno.ENOSPC) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def refusal(folder, error):
    """Returns the `FolderError` of a folder that could not be written to.

    Args:
        folder: A path.
        error: The `OSError`.
    """
    rule = f"the folder must be one that can be written to ({error.strerror or error})"
    hint = "Nothing that has ended is lost: mend this, and the same search goes on."
    return FolderError(describe("search", rule, hint, folder=str(folder)))


class Reserve:
    """A file that keeps room on the disk, to be given up when nothing else is left.

    Args:
        path: The file, in a folder that exists.
    """

    def __init__(self, path):
        self._path = Path(path)

    def fill(self):
        """Takes the room, if it was given up; raises `OSError` if there is none."""
        if self._path.exists():
            return
        try:
            with open(self._path, "wb") as file:
                file.write(os.urandom(_RESERVE))  # zeros take no room where files are compressed
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            self.give_up()  # the part of it that there was room for
            raise

    def give_up(self):
        """Frees the room; returns whether there was any."""
        is_there = self._path.exists()
        self._path.unlink(missing_ok=True)
        return is_there
