"""The progress of a training: a bar with the time that is left, or a line for each epoch."""

import sys

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from recipes.training.session.budget import in_words

_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")


class FitProgress(keras.callbacks.Callback):
    """Says how far a training is, what its curves are, and how long it will take.

    Args:
        watch: The `Stopwatch` of the run.
        forecast: The `Forecast`, which knows how many epochs there will be.
        steps: Batches in an epoch.
        clock: The `BudgetClock`, or None.
        bar: Whether a bar is drawn; otherwise there are the lines alone.
    """

    def __init__(self, watch, forecast, *, steps, clock=None, bar=False):
        super().__init__()
        self._watch, self._forecast, self._steps, self._clock = watch, forecast, steps, clock
        self._bar = _make_bar() if bar else None
        self._epoch, self._began, self._before = 0, None, 0.0

    def on_train_begin(self, logs=None):
        """Draws the bar."""
        if self._bar is not None:
            self._task = self._bar.add_task("starting", total=1.0, left="")
            self._bar.start()

    def on_epoch_begin(self, epoch, logs=None):
        """Counts."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar. The time counts from the end of the first step, which traces."""
        share = self._share(self._epoch + (batch + 1) / self._steps)
        if self._began is None:
            self._began, self._before = self._watch.seconds(), share
        if self._bar is not None:
            text = f"epoch {self._epoch + 1}"
            self._bar.update(self._task, completed=share, description=text, left=self._left(share))

    def on_epoch_end(self, epoch, logs=None):
        """Prints the line of an epoch."""
        figures = ", ".join(f"{n} {logs[n]:.4f}" for n in _SHOWN if n in (logs or {}))
        left = self._left(self._share(epoch + 1))
        of = f" of {self._forecast.epochs}" if self._forecast.epochs and not self._clock else ""
        line = f"epoch {epoch + 1}{of}: {figures}{f' ({left})' if left else ''}"
        if self._bar is not None:
            self._bar.console.print(line, highlight=False)
        else:
            print(line)

    def on_train_end(self, logs=None):
        """Takes the bar away."""
        self.close()

    def close(self):
        """Takes the bar away, also where the training was broken off."""
        if self._bar is not None:
            self._bar.stop()

    def _share(self, epochs):
        """Returns the share of the run that is done."""
        if self._clock is not None:
            return self._clock.share()
        return min(epochs / self._forecast.epochs, 1.0) if self._forecast.epochs else 0.0

    def _left(self, share):
        """Returns how long the rest takes, as text."""
        began, before = self._began, self._before
        if self._clock is not None:
            began, before = self._clock.start or 0.0, 0.0
        if not before < share < 1:
            return ""
        gone = self._watch.seconds() - began
        return f"{in_words(gone * (1 - share) / (share - before))} left"


def wants_bar(verbose):
    """Whether a bar is drawn: `verbose` is 1, or "auto" on a terminal."""
    return verbose == 1 or (verbose == "auto" and sys.stdout.isatty())


def _make_bar():
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TextColumn("{task.fields[left]}"),
        console=Console(),
    )
