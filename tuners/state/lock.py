"""The lock of a search's folder: two searches cannot write to one."""

import weakref

import filelock

from recipes.errors import FolderError, describe

_KEPT = weakref.WeakValueDictionary()  # path → the `KeptLock` of this process


class FolderLock:
    """A lock that is held within a `with` block; the system frees it if the process dies.

    It is the system's own: `flock` on Linux and macOS, `LockFileEx` on Windows. On NFS it holds
    between machines where the server's lock service runs (Linux has mapped `flock` to it since
    2.6.12); where a mount has none, filelock warns and falls back to a file whose presence is the
    lock. The file of the lock stays: were it removed, another search could hold the removed one.

    Args:
        path: The file that is locked, in a folder that exists; ".lock" is added to its name.
    """

    def __init__(self, path):
        self._path = path
        self._lock = filelock.FileLock(f"{path}.lock", blocking=False, thread_local=False)

    def __enter__(self):
        if kept := _KEPT.get(_key(self._path)):
            kept.lose()
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise in_use(self._path) from None
        except (OSError, NotImplementedError) as error:
            rule = f"the folder must be one in which files can be locked ({_reason(error)})"
            message = describe("search", rule, "Name another one.", folder=str(self._path.parent))
            raise FolderError(message) from error

    def __exit__(self, *error):
        self._lock.release()


class KeptLock:
    """A `FolderLock` for a search that does not say when it begins and when it ends.

    It is kept until it is let go, or nobody has this object any more, or another search of this
    process locks the folder: in a notebook a search that was interrupted is still there, and
    must not stand in the way of the one that goes on with it.

    Args:
        path: As in `FolderLock`.
    """

    def __init__(self, path):
        self._path = path
        self._lock = None
        self.is_lost = False  # whether another search of this process has locked the folder

    @property
    def is_held(self):
        """Whether the folder is locked by this object."""
        return self._lock is not None

    def take(self):
        """Locks the folder.

        Raises:
            FolderError: If a search of another process, or a `FolderLock` of this one, holds it.
        """
        lock = FolderLock(self._path)
        lock.__enter__()
        self._lock = lock
        _KEPT[_key(self._path)] = self

    def let_go(self):
        """Frees the folder, if it is held."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.__exit__()

    def lose(self):
        """Frees the folder for another search of this process."""
        self.is_lost = self.is_lost or self.is_held
        self.let_go()


def in_use(path):
    """Returns the `FolderError` of a folder to which another search is writing.

    Args:
        path: As in `FolderLock`.
    """
    rule = "a folder takes one search at a time, and another one is running in this"
    hint = "Wait for it, or name another folder."
    return FolderError(describe("search", rule, hint, folder=str(path.parent)))


def _key(path):
    return str(path.resolve())


def _reason(error):
    return getattr(error, "strerror", None) or str(error)
