"""Folders and files that are whole or not there: every write goes through here."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from recipes.errors import ArgumentError, FolderError, describe


def writable_folder(where, folder):
    """Creates `folder` if needed and returns it as a `Path`.

    Args:
        where: Name of the function or command that asks, for the message.
        folder: A path.

    Raises:
        FolderError: If it cannot be created or written to.
    """
    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        rule = f"the folder must be one that can be written to ({error.strerror})"
        raise FolderError(describe(where, rule, "Name another one.", folder=str(path))) from error
    return path


def file_path(where, path):
    """Returns where a file is to be written as a `Path`: a file takes the place of no folder.

    Args:
        where: Name of the function or command that asks, for the message.
        path: A path.

    Raises:
        ArgumentError: If it is that of a folder.
    """
    path = Path(path)
    if path.is_dir():
        rule, hint = "`path` must be that of a file, and this is a folder", "Add the file's name."
        raise ArgumentError(describe(where, rule, hint, path=str(path)))
    return path


def write_text(path, text):
    """Writes a text file that is either the old or the new one, whenever the machine stops.

    It is the same on every system: UTF-8, lines end with a line feed.

    Raises:
        ArgumentError: If a folder is there, which stays.
    """
    path = file_path("write_text", path)
    options = {"encoding": "utf-8", "newline": "\n"}
    with replacing(path) as temporary, open(temporary, "w", **options) as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path):
    """Yields a path to write to; it takes the place of `path` only if the block ends well.

    Args:
        path: A file or folder, there or not, in a folder that exists.

    Raises:
        ArgumentError: If a file was written, and a folder is there, which stays.
    """
    path = Path(path)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as beside:
        temporary = Path(beside) / path.name
        yield temporary
        if not temporary.is_dir():
            file_path("replacing", path)
        elif path.is_dir():
            os.replace(path, Path(beside) / "former")  # a folder is not replaced in one step
        os.replace(temporary, path)
        sync_folder(path.parent)


def clear_unfinished(path):
    """Removes what a kill has left of writing `path`; nobody may be writing it now."""
    path = Path(path)
    for left in path.parent.glob(f".{path.name}.*"):
        shutil.rmtree(left, ignore_errors=True)


def sync_folder(folder):
    """Makes the names in a folder durable, where the system knows how to."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
