"""The lock of a search's folder: two searches cannot write to one."""

import filelock

from recipes.errors import FolderError, describe


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
        self._folder = str(path.parent)
        self._lock = filelock.FileLock(f"{path}.lock", blocking=False)

    def __enter__(self):
        try:
            self._lock.acquire()
        except filelock.Timeout:
            rule = "a folder takes one search at a time, and another one is running in this"
            hint = "Wait for it, or name another folder."
            raise FolderError(describe("search", rule, hint, folder=self._folder)) from None
        except (OSError, NotImplementedError) as error:
            rule = f"the folder must be one in which files can be locked ({_reason(error)})"
            message = describe("search", rule, "Name another one.", folder=self._folder)
            raise FolderError(message) from error

    def __exit__(self, *error):
        self._lock.release()


def _reason(error):
    return getattr(error, "strerror", None) or str(error)
