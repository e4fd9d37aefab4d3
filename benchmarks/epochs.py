"""How long an epoch of `fit` takes, against one of `model.fit` with the same network and images.

A ResNet-10 trains on 18,000 colour images of 32×32 pixels in batches of 64, with shifts, mirror
images and 2,000 images to validate: by `fit`, and by `model.fit` on a `tf.data` pipeline as the
Keras documentation has it, the same layers mapped with `tf.data.AUTOTUNE`. They take turns. An
epoch is timed from its begin to the next one's, with its validation and all else that it waits
for; the first of each training, which is traced, is not counted.

    python -m benchmarks.epochs            # 8 min

The images are made at random: their cost is that of photographs.
"""

import statistics
import time

import keras
import numpy as np
import typer

from benchmarks.augmentation import BATCH, make
from benchmarks.figures import write_figures
from recipes import Recipe, augmentation, build_resnet, fit
from recipes.console import load_tensorflow

TRAINING, VALIDATING = 18_000, 2_000  # images


def main(
    turns: int = typer.Option(2, min=1, help="Trainings of each."),
    epochs: int = typer.Option(3, min=1, help="Epochs of each training that are counted."),
    json_path: str = typer.Option("benchmarks/epochs.json", "--json", help="Where figures go."),
):
    """Compare the seconds of an epoch."""
    load_tensorflow()
    train, validation = make(TRAINING, seed=0), make(VALIDATING, seed=1)
    seconds = {name: [] for name in WAYS}
    for _ in range(turns):
        for name, way in WAYS.items():
            clock = EpochClock()
            way(train, validation, epochs + 2, clock)
            seconds[name] += clock.seconds()
            print(f"{name}: {', '.join(f'{each:.1f}' for each in clock.seconds())} s", flush=True)
    rows = [summarize(name, each, seconds["model.fit"]) for name, each in seconds.items()]
    for row in rows:
        print(row)
    command = "python -m benchmarks.epochs"
    write_figures(json_path, command, images=TRAINING, batch_size=BATCH, turns=turns, rows=rows)


class EpochClock(keras.callbacks.Callback):
    """Notes when each epoch begins."""

    def on_train_begin(self, logs=None):
        """Forgets an earlier training."""
        self._begins = []

    def on_epoch_begin(self, epoch, logs=None):
        """Notes the time."""
        self._begins.append(time.perf_counter())

    def seconds(self):
        """Returns the seconds of all epochs but the first and the last one."""
        return np.diff(self._begins)[1:].tolist()


def network():
    """Returns the ResNet-10, the same each time."""
    return build_resnet((32, 32, 3), 10, depth=10, seed=0)


def by_fit(train, validation, epochs, clock):
    """Trains with `fit`."""
    recipe = Recipe(epochs=epochs, batch_size=BATCH, shift=1 / 16, flip="horizontal")
    options = {"preflight": False, "verbose": 0, "callbacks": [clock]}
    fit(network(), train, validation=validation, recipe=recipe, **options)


def by_keras(train, validation, epochs, clock):
    """Trains with `model.fit`, the optimiser and the layers that augment which the recipe has."""
    import tensorflow as tf

    change = augmentation(1, shift=1 / 16, flip="horizontal")

    def augment(x, y):
        return change(x, training=True), y

    model = network()
    optimizer = keras.optimizers.SGD(0.15, momentum=0.9, weight_decay=5e-3)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    data = tf.data.Dataset.from_tensor_slices(train).shuffle(TRAINING).batch(BATCH)
    data = data.map(augment, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
    model.fit(
        data,
        validation_data=validation,
        validation_batch_size=BATCH,
        epochs=epochs,
        callbacks=[clock],
        verbose=0,
    )


WAYS = {"fit": by_fit, "model.fit": by_keras}


def summarize(name, seconds, others):
    """Returns mean, median and longest of some epochs, and the mean over that of others."""
    return {
        "name": name,
        "mean_s": round(statistics.mean(seconds), 2),
        "median_s": round(statistics.median(seconds), 2),
        "longest_s": round(max(seconds), 2),
        "ratio": round(statistics.mean(seconds) / statistics.mean(others), 3),
        "seconds": [round(each, 2) for each in seconds],
    }


if __name__ == "__main__":
    typer.run(main)
