"""One way on one data set: what is run, seed by seed, and kept."""

import os
import platform
import time
from dataclasses import dataclass

from benchmarks.cells import Cells

KIND = "evidence"


@dataclass(frozen=True)
class Cell:
    """A way and the data on which it is measured."""

    way: object
    data: object

    def key(self, seed):
        """Returns what tells the cell of a seed from others in the store."""
        return KIND, repr(self.way), repr(self.data), seed

    def scores(self, done, seeds):
        """Returns the scores, dicts, of the finished ones of some seeds, by seed.

        Args:
            done: Dict of finished cells.
            seeds: How many seeds.
        """
        keys = {seed: self.key(seed) for seed in range(seeds)}
        return {seed: done[key]["scores"] for seed, key in keys.items() if key in done}

    def __str__(self):
        return f"{self.way} on {self.data}"


def machines(done):
    """Returns on what finished cells were run, in words, each machine once."""
    return sorted({cell["machine"] for cell in done.values()})


def run_cells(cell, seeds, path, data_dir):
    """Runs a cell for some seeds, one after the other, and adds each to the store.

    Args:
        cell: The `Cell`.
        seeds: List of seeds.
        path: Path of the store.
        data_dir: Folder of the data.
    """
    import keras

    from benchmarks.claims import data

    data.folder = data_dir
    for seed in seeds:
        began = time.monotonic()
        scores = cell.way.run(cell.data, seed)
        seconds = round(time.monotonic() - began, 2)
        kind, contender, problem, _ = cell.key(seed)
        where = {"kind": kind, "contender": contender, "problem": problem, "seed": seed}
        Cells(path).add(where | {"scores": scores, "seconds": seconds, "machine": machine()})
        keras.backend.clear_session()


def machine():
    """Returns on what a cell was run, in words."""
    import keras

    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        kind = jax.devices()[0].device_kind
        return f"JAX {jax.__version__}, {kind}"
    import tensorflow as tf

    name = platform.machine() if not tf.config.list_physical_devices("GPU") else "GPU"
    return f"TensorFlow {tf.__version__}, {name}, {os.cpu_count()} cores"
