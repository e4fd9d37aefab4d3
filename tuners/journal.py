"""The durable state of a search: one file that only grows; a kill loses nothing finished.

Each line is the checksum of an entry (CRC-32, eight hexadecimal digits), a space, and the entry as
JSON. A line is on the disk (fsync) before the search goes on. A kill can leave a part of one line,
at the end: it fails its checksum and is dropped. Damage elsewhere costs the lines that it is in.
"""

import json
import os
import shutil
import warnings
import zlib
from pathlib import Path

import filelock
import numpy as np

from recipes.errors import FolderError, describe
from recipes.files import sync_folder, write_text


class Journal:
    """Entries in a file, in the order in which they were written.

    Args:
        path: The file; its folder must exist when the first entry is written.
    """

    def __init__(self, path):
        self.path = Path(path)

    def exists(self):
        """Whether anything was written."""
        return self.path.exists()

    def append(self, entry):
        """Writes an entry, and returns when it is on the disk.

        Args:
            entry: A dict as JSON can hold it; NumPy scalars are written as plain numbers.
        """
        if self._is_cut_off():
            self.repair()
        is_new = not self.exists()
        with open(self.path, "ab") as file:
            file.write(_to_line(entry))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            sync_folder(self.path.parent)

    def read(self):
        """Returns the entries as a list of dicts, without damaged lines."""
        return [entry for entry in map(_from_line, self._lines()) if entry is not None]

    def repair(self):
        """Makes the file whole again before it is written to.

        Damaged lines are set aside in a file beside it and named in a warning; a last line that a
        kill cut off is simply dropped: nothing finished was in it.
        """
        lines = self._lines()
        damaged = [line for line in lines if _from_line(line) is None]
        if not damaged:
            return
        cut_off = damaged == lines[-1:] and not lines[-1].endswith(b"\n")
        if not cut_off:
            self._set_aside(damaged)
        whole = [line for line in lines if _from_line(line) is not None]
        write_text(self.path, b"".join(whole).decode("utf-8"))

    def lock(self):
        """Returns a lock to be held while the search writes: two cannot write one file.

        Raises:
            FolderError: On entering, if another process holds it.
        """
        return _Lock(self.path)

    def delete_folder(self):
        """Deletes the folder of the journal, with all that is in it.

        Raises:
            FolderError: If a search is writing to it.
        """
        if self.path.parent.exists():
            with self.lock():
                shutil.rmtree(self.path.parent)

    def _set_aside(self, damaged):
        aside = self.path.with_suffix(".damaged")
        with open(aside, "ab") as file:
            file.writelines(damaged)
        lines = "1 damaged line" if len(damaged) == 1 else f"{len(damaged)} damaged lines"
        warnings.warn(
            f"{lines} of {self.path} went to {aside}; the trials on the other lines are used.",
            stacklevel=3,
        )

    def _is_cut_off(self):
        """Whether a kill left a part of a line at the end, to which nothing may be added."""
        if not self.exists() or not self.path.stat().st_size:
            return False
        with open(self.path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) != b"\n"

    def _lines(self):
        return self.path.read_bytes().splitlines(keepends=True) if self.exists() else []


class _Lock:
    """A lock on a file, held within a `with` block; the system frees it if the process dies."""

    def __init__(self, path):
        self._path = path
        self._lock = filelock.FileLock(f"{path}.lock", blocking=False)

    def __enter__(self):
        try:
            self._lock.acquire()
        except filelock.Timeout:
            rule = "a folder takes one search at a time, and another one is running in this"
            hint = "Wait for it, or name another folder."
            raise FolderError(
                describe("search", rule, hint, folder=str(self._path.parent))
            ) from None

    def __exit__(self, *error):
        self._lock.release()


def _to_line(entry):
    text = json.dumps(entry, default=_plain).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _from_line(line):
    """Returns the entry of a line, or None if it is damaged."""
    checksum, _, text = line.rstrip(b"\n").partition(b" ")
    if not line.endswith(b"\n") or checksum != b"%08x" % zlib.crc32(text):
        return None
    return json.loads(text)


def _plain(value):
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"the journal cannot hold {value!r} of type {type(value).__name__}")
