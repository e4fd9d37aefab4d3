"""The store of finished cells of a benchmark: one line of JSON for each.

Several processes may add to one store. A line that was cut off by a kill is a cell that is not
finished; the later of two lines for one cell counts.
"""

import json
from pathlib import Path

from filelock import FileLock

# The environment variables that say how many threads a cell's process has.
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Cells:
    """Finished cells in a file of JSON lines.

    Args:
        path: Path of the file; it and its folder are made when the first cell is added.
    """

    def __init__(self, path):
        self.path = Path(path)

    def read(self):
        """Returns the finished cells as a dict by (kind, contender, problem, seed)."""
        if not self.path.exists():
            return {}
        cells = map(_parse, self.path.read_text(encoding="utf-8").splitlines())
        return {key_of(cell): cell for cell in cells if cell}

    def add(self, cell):
        """Adds a cell, a dict with at least "kind", "contender", "problem" and "seed"."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(cell) + "\n"
        with FileLock(f"{self.path}.lock"), open(self.path, "ab+") as file:
            if file.tell() and self.path.read_bytes()[-1:] != b"\n":
                line = "\n" + line  # the one before was cut off
            file.write(line.encode())


def key_of(cell):
    """Returns what tells a cell from others."""
    return cell["kind"], cell["contender"], cell["problem"], cell["seed"]


def _parse(line):
    try:
        return json.loads(line)
    except json.JSONDecodeError:
        return None
