"""How long a training may take: texts such as "10m", the forecast, what is refused (rows 7, 8)."""

import math
import numbers
import re
from time import monotonic

import keras
import numpy as np

from recipes.errors import ArgumentError, describe

LONGEST = 12 * 3600  # seconds; one card should give one conclusion in half a day (guide row 8)
_UNITS = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86_400}
_FORWARD = 1 / 3  # of a training step: the passes forward and back cost as 1 to 2
_WARM_UP = 2  # steps that trace and fill caches
_ENOUGH = 20  # steps that are measured, or
_LONG_ENOUGH = 2.0  # seconds of them


def parse_budget(budget):
    """Returns a budget in seconds, or None for None.

    Args:
        budget: A text such as "90s", "10m", "2h" or "1.5 h", or a number of seconds.

    Raises:
        ArgumentError: If it is none of these, or not above 0.
    """
    if budget is None:
        return None
    seconds = _seconds(budget)
    if seconds is not None and 0 < seconds < math.inf:
        return seconds
    rule = "`budget` must be a time above 0"
    raise ArgumentError(describe("fit", rule, 'Such as "10m", "2h", or seconds.', budget=budget))


def _seconds(budget):
    if isinstance(budget, numbers.Real) and not isinstance(budget, bool):
        return float(budget)
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", str(budget).lower())
    return float(found[1]) * _UNITS[found[2]] if found and found[2] in _UNITS else None


def in_words(seconds):
    """Returns a time as people say it: "45 s", "5 min", "2.5 h"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= 1.995 * size or seconds == size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"


class Stopwatch:
    """Counts the seconds of a run, those before it was interrupted too.

    Args:
        before: Seconds that were spent before.
    """

    def __init__(self, before=0.0):
        self._began = monotonic() - before

    def seconds(self):
        """Returns the seconds so far."""
        return monotonic() - self._began

    def set(self, seconds):
        """Puts it to a number of seconds, from which it runs on."""
        self._began = monotonic() - seconds


class Forecast(keras.callbacks.Callback):
    """Measures the first steps of a training, and ends one that would take too long.

    Args:
        watch: The `Stopwatch` of the run.
        steps: Batches in an epoch.
        validation_steps: Batches of the validation data; 0 without them.
        epochs: How many epochs there will be, or None: as many as fit.
        budget: Seconds, or None.
        force: Whether nothing is refused.

    Attributes:
        step: Seconds a step, the median of those measured; None before.
        epochs: How many epochs there will be.
    """

    def __init__(self, watch, *, steps, validation_steps=0, epochs=None, budget=None, force=False):
        super().__init__()
        self._watch, self._steps, self._validation_steps = watch, steps, validation_steps
        self.epochs, self._budget, self._force = epochs, budget, force
        self.step, self._began, self._ends = None, None, []

    def on_train_batch_begin(self, batch, logs=None):
        """The first step begins."""
        if self._began is None:
            self._began = self._watch.seconds()

    def on_train_batch_end(self, batch, logs=None):
        """Takes the time."""
        if self.step is not None:
            return
        self._ends.append(self._watch.seconds())
        measured = self._ends[_WARM_UP:]
        if len(measured) > _ENOUGH or (
            len(measured) > _WARM_UP and measured[-1] - measured[0] > _LONG_ENOUGH
        ):
            self.judge()

    def on_epoch_end(self, epoch, logs=None):
        """Judges by what there is, if the epoch has fewer steps."""
        if self.step is None and len(self._ends) > _WARM_UP:
            self.judge()

    def tail(self):
        """Returns the seconds that a validation takes, as far as the steps can tell."""
        return (self.step or 0.0) * self._validation_steps * _FORWARD

    def judge(self):
        """Makes the forecast; raises `ArgumentError` if it is too long."""
        if self.step is not None or not self._ends:
            return
        times = np.diff([self._began, *self._ends])
        self.step = float(np.median(times[_WARM_UP:] if len(times) > _WARM_UP else times))
        epoch = max(self.step * self._steps + self.tail(), 1e-9)
        left = epoch - len(self._ends) * self.step  # of the one that has begun
        now = self._watch.seconds()
        limit = LONGEST if self._budget is None else self._budget
        fitting = int(max(limit - now - left, -epoch) // epoch) + 1
        wanted = self.epochs or max(fitting, 1)
        forecast = now + left + (wanted - 1) * epoch
        if forecast > limit and not self._force:
            raise ArgumentError(self._refusal(limit, forecast, fitting))
        self.epochs = wanted

    def _refusal(self, limit, forecast, fitting):
        if self._budget is None:
            rule = "a run must come to its end within 12 hours (guide row 8)"
        else:
            rule = "a run must fit into its budget (guide row 7)"
        received = {"epochs": self.epochs or 1, "forecast": in_words(forecast)}
        if self._budget is not None:
            received["budget"] = in_words(self._budget)
        share = f"a model with {limit / forecast:.2g} of the multiply-adds"
        ways = [f"epochs={fitting}"] * (fitting >= 1) + [share, "force=True"]
        return describe("fit", rule, f"Take {', '.join(ways[:-1])}, or {ways[-1]}.", **received)
