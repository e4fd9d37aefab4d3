"""How long a search has run, over all its runs."""

import contextlib
import json
import time
from pathlib import Path

from recipes.files import clear_unfinished, write_text
from tuners.state.disk import is_full

_SECONDS_BETWEEN_NOTES = 5.0  # a kill loses no more of the time than this and one epoch


class SearchClock:
    """Counts the seconds in which a search runs; those between two runs do not count.

    Args:
        path: File that keeps the time, in a folder that exists when the clock first runs.
    """

    def __init__(self, path):
        self._path = Path(path)
        self._before = self._read()
        self._started = self._noted = None

    def spent(self):
        """Returns the seconds so far."""
        running = 0.0 if self._started is None else time.monotonic() - self._started
        return self._before + running

    @contextlib.contextmanager
    def running(self):
        """Counts the time of the block; what was counted is kept however the block ends."""
        clear_unfinished(self._path)
        self._before = self._read()
        self._started = self._noted = time.monotonic()
        try:
            yield self
        finally:
            self._before, self._started = self.spent(), None
            self._write()

    def note(self):
        """Keeps the time so far, unless it was kept just now."""
        now = time.monotonic()
        if self._started is not None and now - self._noted >= _SECONDS_BETWEEN_NOTES:
            self._noted = now
            self._write()

    def _write(self):
        """Keeps the time, if the disk has room: where it has none the search itself says so."""
        text = json.dumps({"seconds": round(self.spent(), 3)}) + "\n"
        try:
            write_text(self._path, text)
        except OSError as error:
            if not is_full(error):
                raise

    def _read(self):
        try:
            return float(json.loads(self._path.read_text(encoding="utf-8"))["seconds"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return 0.0  # it is written whole or not at all: anything else is not ours
