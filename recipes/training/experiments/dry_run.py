"""What a training will cost and bring, measured on a hundredth and a tenth of it (rows 6, 7)."""

import dataclasses
import itertools
import math
import statistics
import time

import keras

from recipes.errors import check_integer
from recipes.seeds import derive_seed, set_seed
from recipes.training.experiments.power_law import fit_power_law
from recipes.training.experiments.trial import (
    check_recipe,
    check_sizes,
    fractions_of,
    pair_of,
    recommended_recipe,
    score,
    stratified_part,
)
from recipes.training.fit import fit
from recipes.words import plural

_LEAST_STEPS = 100  # of a part: with fewer its error tells of the steps, not of the samples
_TIMED_STEPS, _TIMED_EPOCHS = 8, 4
_FASTEST = 1.0  # exponent that the interval allows at least: the fastest that theory has


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


@dataclasses.dataclass(frozen=True)
class Part:
    """A training on a part of the data.

    Args:
        samples: Number of training samples.
        epochs: Number of epochs that were trained.
        error: Share of the validation data that is named wrongly, or the loss where there is no
            accuracy; None without validation data.
    """

    samples: int
    epochs: int
    error: float | None


@dataclasses.dataclass(frozen=True)
class DryRun:
    """The forecast of a training on all data.

    Args:
        samples: Number of training samples.
        epochs: Number of epochs.
        pace: The `Pace` that is expected with all data.
        parts: The `Part`s that were trained, the smallest first.
        accuracy: The accuracy that is expected on the validation data, in [0, 1]; None without
            validation data, or where a model has no accuracy.
        interval: Pair (low, high) in which the accuracy is likely to lie, or None.
        spent: Seconds that the dry run took.
    """

    samples: int
    epochs: int
    pace: Pace
    parts: tuple
    accuracy: float | None
    interval: tuple | None
    spent: float

    @property
    def seconds(self):
        """How long the training on all data is expected to take, in seconds."""
        return self.pace.forecast(runs=1, epochs=self.epochs)

    def __str__(self):
        lines = [
            f"{plural(self.epochs, 'epoch')} on {plural(self.samples, 'sample')} will take about "
            f"{_in_words(self.seconds)} ({self.pace.epoch:.3g} s an epoch)."
        ]
        if self.accuracy is not None:
            low, high = self.interval
            lines.append(f"Expected accuracy {self.accuracy:.3f}, from {low:.3f} to {high:.3f}.")
        for part in self.parts:
            error = "" if part.error is None else f", error {part.error:.3f}"
            size, length = plural(part.samples, "sample"), plural(part.epochs, "epoch")
            lines.append(f"  {size}: {length}{error}")
        if self.spent > self.seconds:  # 100 steps of a part are more than so few samples need
            lines.append(f"The forecast took {_in_words(self.spent)}: so few samples, just train.")
        return "\n".join(lines)


def dry_run(build, train, *, validation=None, recipe=None, fractions=(0.01, 0.1), seed=0):
    """Trains on small parts of the data, and forecasts time and accuracy of the whole training.

    Time: of the start, of a step, and of what is in an epoch besides (the validation), measured
    over four epochs of the largest part, or of 8 batches if that is more.

    Accuracy: the error is a power of the number of samples (`fit_power_law`). That is an
    extrapolation over a factor of ten from one training a part, so the interval is wide, and it is
    no level of confidence: it goes from the error of the largest part (more data help nothing) to
    an exponent of 1, or twice the measured one (more data help more than so far), and two standard
    errors of the validation data further on both sides.

    A part trains for the epochs of the recipe, or for 100 steps if that is more.

    Args:
        build: A callable without arguments that returns a built `keras.Model`.
        train: Pair (x, y) of arrays, or a folder of images or a `Dataset`, as in `fit`.
        validation: Data of one of these forms, or None: then no accuracy is forecast.
        recipe: The `Recipe` that the training will follow, None for the one that `fit` would take.
        fractions: Shares of the training data, at least two, in (0, 1]; parts are stratified and
            hold 5 samples of each class at least.
        seed: A whole number of at least 0.

    Returns:
        A `DryRun`.

    Raises:
        DataError: If the data cannot be trained on, or are too few for parts of different sizes.
        GraphError: If a layer of the model cannot learn.
        ArgumentError: If an argument breaks its rule.

    Example:

        forecast = dry_run(lambda: build_resnet((32, 32, 3), 10), (x, y), validation=(xv, yv))
        print(forecast)
        if forecast.seconds < 3600:
            fit(build_resnet((32, 32, 3), 10), (x, y), validation=(xv, yv))
    """
    where, began = "dry_run", time.monotonic()
    seed = check_integer(where, "seed", seed, 0)
    fractions, train = fractions_of(where, fractions, 2), pair_of(where, "train", train)
    if validation is not None:
        validation = pair_of(where, "validation", validation)
    shares = [stratified_part(*train, fraction, seed=seed) for fraction in fractions]
    check_sizes(where, shares)
    recipe = check_recipe(where, recipe) or recommended_recipe(build(), train, seed=seed)
    pace = _forecast_pace(build, train, validation, recipe, fractions[-1], seed)
    trained = [_train_part(build, share, validation, recipe, seed) for share in shares]
    parts = tuple(part for part, _ in trained)
    samples, is_share = len(train[0]), trained[-1][1]
    accuracy, interval = None, None
    if is_share:
        errors = [part.error for part in parts]
        accuracy, interval = forecast_accuracy(
            [part.samples for part in parts], errors, samples, len(validation[0])
        )
    spent = time.monotonic() - began
    return DryRun(samples, recipe.epochs, pace, parts, accuracy, interval, spent)


def forecast_accuracy(samples, errors, all_samples, validation_samples):
    """Forecasts the accuracy with all data from the errors on parts of it.

    Args:
        samples: Number of samples of each part, rising; two parts at least.
        errors: Share of the validation data that each part's model names wrongly.
        all_samples: Number of samples of all data.
        validation_samples: Number of samples that the errors were measured on.

    Returns:
        Pair (accuracy, (low, high)), as `dry_run` explains them.
    """
    last, more = max(errors[-1], 0.5 / validation_samples), all_samples / samples[-1]
    exponent = fit_power_law(samples, [max(e, 0.5 / validation_samples) for e in errors]).exponent
    expected = last * more**-exponent
    best = last * more ** -max(2 * exponent, _FASTEST)
    low = last + 2 * _standard_error(last, validation_samples)
    high = best - 2 * _standard_error(best, validation_samples)
    return 1 - expected, (max(1 - low, 0.0), min(1 - high, 1.0))


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
    clock = _Clock()
    options = {"validation": validation, "recipe": recipe, "epochs": 2, "preflight": False}
    fit(build(), train, callbacks=[clock], verbose=0, **options)
    return clock.pace()


def _forecast_pace(build, train, validation, recipe, fraction, seed):
    """Returns the `Pace` with all data, measured on some of it, the checks of `fit` included."""
    samples, size = len(train[0]), recipe.batch_size
    share = min(max(fraction, _TIMED_STEPS * size / samples), 1.0)
    part = stratified_part(*train, share, seed=seed)
    clock = _Clock()
    set_seed(derive_seed(seed, "build"))
    options = {"validation": validation, "recipe": recipe, "epochs": _TIMED_EPOCHS, "seed": seed}
    fit(build(), part, callbacks=[clock], verbose=0, **options)
    pace = clock.pace()
    more_steps = math.ceil(samples / size) - math.ceil(len(part[0]) / size)
    return Pace(pace.start, pace.epoch + more_steps * clock.step()) if more_steps else pace


def _train_part(build, part, validation, recipe, seed):
    """Returns a `Part`, and whether its error is a share of the samples."""
    steps = math.ceil(len(part[0]) / recipe.batch_size)
    epochs = max(recipe.epochs, math.ceil(_LEAST_STEPS / steps))
    set_seed(derive_seed(seed, "build"))
    options = {"recipe": recipe, "epochs": epochs, "seed": seed, "preflight": False}
    run = fit(build(), part, verbose=0, **options)
    if validation is None:
        return Part(len(part[0]), epochs, None), False
    scored = score(run, validation)
    return Part(len(part[0]), epochs, scored.error), scored.is_share


class _Clock(keras.callbacks.Callback):
    """Notes when epochs and steps end."""

    def __init__(self):
        super().__init__()
        self._epochs = [time.monotonic()]
        self._steps = []
        self._last = None

    def on_epoch_begin(self, epoch, logs=None):
        self._last = None

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        if self._last is not None:
            self._steps.append(now - self._last)
        self._last = now

    def on_epoch_end(self, epoch, logs=None):
        self._epochs.append(time.monotonic())

    def pace(self):
        """Returns the `Pace`; the clock must be made before the model."""
        first, *others = (after - before for before, after in itertools.pairwise(self._epochs))
        epoch = statistics.median(others)
        return Pace(max(first - epoch, 0.0), epoch)

    def step(self):
        """Returns the median seconds from the end of a step to the end of the next one."""
        return statistics.median(self._steps)


def _standard_error(error, samples):
    return math.sqrt(error * (1 - error) / samples)


def _in_words(seconds):
    for unit, size in (("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
