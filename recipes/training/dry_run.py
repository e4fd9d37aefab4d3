"""What a training will cost, measured on two epochs before it starts (guide rows 6, 7)."""

import dataclasses
import time

import keras

from recipes.training.fit import fit


@dataclasses.dataclass(frozen=True)
class Pace:
    """How fast a model trains on this machine.

    Args:
        start: Seconds until the first epoch begins at full speed: building and tracing.
        epoch: Seconds an epoch, its validation included.
    """

    start: float
    epoch: float

    def forecast(self, *, runs, epochs):
        """Returns the seconds that some trainings will take.

        Args:
            runs: Number of trainings, each of which builds and traces a model.
            epochs: Number of epochs of all trainings together.
        """
        return runs * self.start + epochs * self.epoch


def measure_pace(build, train, *, validation=None, recipe=None):
    """Builds a model, trains it for two epochs, and throws it away.

    Args:
        build: A callable without arguments that returns a built `keras.Model`.
        train: As in `fit`.
        validation: As in `fit`.
        recipe: The `Recipe` that the training will follow, or None.

    Returns:
        A `Pace`.
    """
    times = [time.monotonic()]
    clock = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: times.append(time.monotonic())
    )
    fit(
        build(),
        train,
        validation=validation,
        recipe=recipe,
        epochs=2,
        callbacks=[clock],
        preflight=False,
        verbose=0,
    )
    began, first, second = times
    epoch = second - first
    return Pace(max(first - began - epoch, 0.0), epoch)
