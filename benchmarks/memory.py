"""What each trial of a search leaves in the memory, ours against KerasTuner's.

Both run the same random search, with the same networks, in a process of its own. After each trial
garbage is collected, and the memory of the process and its Python objects are read. A line through
what is read from the fifth trial on tells what a trial leaves: at first TensorFlow takes memory
that it uses again.

    python -m benchmarks.memory [--trials 20]

Memory is read from /proc, which Linux has.
"""

import functools
import gc
import os
import tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import typer

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

NETWORKS = ("three dense layers", "ResNet-20, width 0.25")
CONTENDERS = ("ours", "KerasTuner")
FIRST = 4  # place of the trial at which the line begins
_SHAPE, _CLASSES, _SAMPLES = (16, 16, 3), 3, 64


def main(
    trials: int = typer.Option(20, min=FIRST + 2, help="Trials of each search."),
    json_path: str = typer.Option("benchmarks/memory.json", "--json", help="Where figures go."),
):
    """Measure what trials leave in the memory."""
    load_tensorflow()
    rows = [measure(network, name, trials) for network in NETWORKS for name in CONTENDERS]
    command = f"python -m benchmarks.memory --trials {trials}"
    write_figures(json_path, command, trials=trials, rows=rows)


def measure(network, contender, trials):
    """Runs a search in a new process; returns and prints what a trial leaves, as a dict."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        read = np.array(pool.submit(search, network, contender, trials).result())
    mb, objects = np.polyfit(np.arange(FIRST, len(read)), read[FIRST:], 1)[0]
    last = {"mb": read[-1, 0], "objects": int(read[-1, 1])}
    print(f"{network}, {contender}: {mb:.1f} MB and {objects:,.0f} objects a trial")
    row = {"network": network, "contender": contender, "trials": len(read)}
    return row | {"mb_a_trial": mb, "objects_a_trial": objects, "at_the_end": last}


def search(network, contender, trials):
    """Runs a search; returns pairs (MB of the process, Python objects) after each trial."""
    load_tensorflow()
    import keras_tuner

    import tuners

    read = []
    package = {"ours": tuners, "KerasTuner": keras_tuner}[contender]

    class Reading(package.RandomSearch):
        def on_trial_end(self, trial):
            super().on_trial_end(trial)
            gc.collect()
            read.append((resident_mb(), len(gc.get_objects())))

    options = {"objective": "loss", "max_trials": trials, "seed": 0, "project_name": "search"}
    x, y = np.zeros((_SAMPLES, *_SHAPE)), np.zeros(_SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        tuner = Reading(functools.partial(build, network), directory=folder, **options)
        tuner.search(x, y, epochs=1, verbose=0)
    return read


def build(network, hp):
    """Returns a network whose rate is searched."""
    import keras
    from keras import layers

    from recipes import build_resnet

    if network == NETWORKS[0]:
        hidden = [layers.Flatten(), *(layers.Dense(8, activation="relu") for _ in range(2))]
        head = layers.Dense(_CLASSES, activation="softmax")
        model = keras.Sequential([keras.Input(_SHAPE), *hidden, head])
    else:
        model = build_resnet(_SHAPE, _CLASSES, depth=20, width=0.25)
    rate = hp.Float("learning_rate", 1e-4, 1e-2, sampling="log")
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


def resident_mb():
    """Returns the memory that this process holds, in MB of 10⁶ bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    typer.run(main)
