"""What goes with a training: it measures, steers, tells and keeps, as Keras callbacks."""

import keras

from recipes.training.session.budget import Forecast
from recipes.training.session.clock import BudgetClock, Replay
from recipes.training.session.epochs import EpochKeeper
from recipes.training.session.loader import LoaderWatch
from recipes.training.session.progress import FitProgress, wants_bar
from recipes.training.session.recipe_callbacks import callbacks_of
from recipes.training.session.verdict_loss import VerdictLoss


class Instruments:
    """The instruments of one training.

    Args:
        job: The `Job`.
        prepared: The `Prepared` model and its recipe.
        train: A view of the training data.
        validation: A view of the validation data, or None.
        kept: The opened `RunFolder`, or None.
        watch: The `Stopwatch` of the run.

    Attributes:
        verdict: Measures the losses for the verdict; None without validation data.
        loader: Measures the time that steps wait for data.
        forecast: Measures steps, and refuses what a budget cannot hold.
        clock: Sets the rate of each step by the time; None where a schedule does.
        progress: Tells how far the training is.
        keeper: Keeps each epoch, and the state from which the training goes on.
    """

    def __init__(self, job, prepared, train, validation, *, kept, watch):
        self._job, self._kept, recipe = job, kept, prepared.recipe
        steps = train.steps(recipe.batch_size)
        chosen = callbacks_of(recipe, train, validated=validation is not None)
        self._chosen = [*chosen, *job.callbacks]
        self.verdict = _verdict_loss(job, prepared, train, validation)
        self.loader = LoaderWatch()
        self.forecast = Forecast(
            watch,
            steps=steps,
            validation_steps=_validation_steps(self.verdict, validation, recipe),
            epochs=None if job.follow_clock else recipe.epochs - job.initial_epoch,
            budget=job.seconds if job.rates is None else None,
            force=job.force,
        )
        self.clock = _clock(job, recipe, watch, self.forecast)
        self.progress = FitProgress(
            watch,
            self.forecast,
            steps=steps,
            clock=self.clock if job.follow_clock else None,
            bar=wants_bar(job.verbose),
        )
        self.keeper = EpochKeeper(
            watch,
            kept,
            callbacks=self._chosen,
            clock=self.clock,
            loader=self.loader,
            epochs=job.initial_epoch,
        )

    @property
    def set_rates(self):
        """The rate of each step so far, where the clock sets them; else None."""
        return None if self.clock is None else self.clock.rates

    def callbacks(self):
        """Yields them in their order: what sets and measures, those of the caller, what keeps."""
        if self.clock is not None:  # before all that look at the rate
            yield keras.callbacks.LambdaCallback(on_train_batch_begin=self.clock.set_rate)
        if self.verdict is not None:
            yield self.verdict
        if self._kept is not None and keras.backend.backend() == "tensorflow":
            yield keras.callbacks.TensorBoard(str(self._kept.path / "logs"), write_graph=False)
        yield from self._chosen
        yield self.forecast
        if self.clock is not None:
            yield self.clock
        yield self.loader
        if self._job.verbose:
            yield self.progress
        yield self.keeper


def _verdict_loss(job, prepared, train, validation):
    if validation is None:
        return None
    size = prepared.recipe.batch_size
    return VerdictLoss(prepared.model, train, validation, batch_size=size, seed=job.seed)


def _validation_steps(verdict, validation, recipe):
    """Returns how many steps without learning follow an epoch."""
    return 0 if verdict is None else validation.steps(recipe.batch_size) + verdict.steps


def _clock(job, recipe, watch, forecast):
    if job.rates is not None:
        return Replay(job.rates)
    return BudgetClock(watch, job.seconds, recipe, forecast) if job.follow_clock else None
