"""The durable state of a search: one file that only grows; a kill loses nothing finished.

Each line is the checksum of an entry (CRC-32, eight hexadecimal digits), a space, and the entry as
JSON. A line is on the disk (fsync) before the search goes on. A kill can leave a part of one line,
at the end: it fails its checksum and is dropped. Damage elsewhere costs the lines that it is in.
"""

import contextlib
import json
import os
import shutil
import warnings
import zlib
from pathlib import Path

import numpy as np

from recipes.errors import FolderError, describe
from recipes.files import replacing, sync_folder
from tuners.state.damage import set_aside
from tuners.state.disk import Reserve, is_full, refusal
from tuners.state.folder import delete_search
from tuners.state.lock import FolderLock


class Journal:
    """Entries in a file, in the order in which they were written.

    Args:
        path: The file; its folder must exist when the first entry is written.
    """

    def __init__(self, path):
        self.path = Path(path)
        self._reserve = Reserve(self.path.with_suffix(".reserve"))

    def exists(self):
        """Whether anything was written."""
        return self.path.exists()

    def stamp(self):
        """Returns what changes whenever something is written; None if nothing was."""
        if not self.exists():
            return None
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns

    def append(self, entry):
        """Writes an entry, and returns when it is on the disk.

        Args:
            entry: A dict as JSON can hold it; NumPy scalars are written as plain numbers.

        Raises:
            FolderError: If the disk is full or the file cannot be written to. A full disk is
                reported after the entry was written, into room that was kept for it.
        """
        line = _to_line(entry)
        with self._explained_errors():
            if self._is_cut_off():
                self.repair()
            try:
                self._write(line)
            except OSError as error:
                if is_full(error) and self._reserve.give_up():
                    self._write(line)
                raise
            self._reserve.fill()

    def read(self):
        """Returns the entries as a list of dicts, without damaged lines.

        Raises:
            FolderError: If the file is there and cannot be read.
        """
        return [entry for entry in map(_from_line, self._lines()) if entry is not None]

    def repair(self):
        """Makes the file whole again before it is written to.

        Damaged lines are set aside in a file beside it and named in a warning, and so is a folder
        in its place; a last line that a kill cut off is simply dropped: nothing finished was in it.
        """
        with self._explained_errors():
            self._clear_up()
            if self.path.is_dir():
                set_aside(self.path)
            lines = self._lines()
            damaged = [line for line in lines if _from_line(line) is None]
            if damaged and damaged == lines[-1:] and not lines[-1].endswith(b"\n"):
                self._cut(self.path.stat().st_size - len(damaged[0]))
            elif damaged:
                self._set_aside(damaged)
                self._rewrite([line for line in lines if _from_line(line) is not None])

    def lock(self):
        """Returns a `FolderLock`, to be held while the search writes.

        Raises:
            FolderError: On entering, if another search holds it.
        """
        return FolderLock(self.path)

    def delete_folder(self):
        """Deletes the search in the folder of the journal, and nothing else that is there.

        Raises:
            FolderError: If a search is writing to it, or it holds other files and no search.
        """
        if self.path.parent.exists():
            with self.lock(), self._explained_errors():
                delete_search(self.path.parent)

    # --- steps ------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _explained_errors(self):
        try:
            yield
        except FolderError:
            raise
        except OSError as error:
            raise refusal(self.path.parent, error) from error

    def _write(self, line):
        """Writes a line as a whole: if that fails, the file is as it was."""
        size = self.path.stat().st_size if self.exists() else None
        try:
            with open(self.path, "ab") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):
                self._cut(size or 0)
            raise
        if size is None:
            sync_folder(self.path.parent)

    def _cut(self, size):
        """Shortens the file where it is: that needs no room on the disk."""
        with open(self.path, "rb+") as file:
            file.truncate(size)
            os.fsync(file.fileno())

    def _rewrite(self, lines):
        with replacing(self.path) as temporary, open(temporary, "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())

    def _clear_up(self):
        """Removes what a kill left in the middle of a repair."""
        for left in self.path.parent.glob(f".{self.path.name}.*"):
            shutil.rmtree(left)

    def _set_aside(self, damaged):
        aside = self.path.with_suffix(".damaged")
        with open(aside, "ab") as file:
            file.writelines(damaged)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(aside.parent)
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
        if not self.exists() or self.path.is_dir():
            return []
        try:
            return self.path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            rule = f"the journal of the search must be readable ({error.strerror})"
            raise FolderError(describe("search", rule, file=str(self.path))) from error


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
