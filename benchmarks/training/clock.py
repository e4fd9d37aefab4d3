"""The budget of a contender: from the first line of building to its last training step."""

import math
import time

import keras


class Clock:
    """Counts the seconds of a budget.

    Args:
        budget: Seconds, above 0.
        now: Function that returns seconds, as `time.monotonic` does.
    """

    def __init__(self, budget, now=time.monotonic):
        self.budget, self._now = budget, now
        self._began = now()

    def seconds(self):
        """Returns the seconds that have gone."""
        return self._now() - self._began

    def left(self):
        """Returns the seconds that are left."""
        return self.budget - self.seconds()

    def share(self):
        """Returns the share of the budget that has gone, from 0 to 1."""
        return min(self.seconds() / self.budget, 1.0)


class StopInTime(keras.callbacks.Callback):
    """Ends a training before the step that would go beyond the budget.

    Args:
        clock: The `Clock`.

    Attributes:
        steps: Steps that were made.
        last: Seconds of the budget at the end of the last one; 0.0 before.
    """

    def __init__(self, clock):
        super().__init__()
        self._clock = clock
        self.steps, self.last = 0, 0.0

    def on_train_batch_end(self, batch, logs=None):
        """Ends the training if a step like this one would not fit; the first one only traces."""
        before, self.last = self.last, self._clock.seconds()
        self.steps += 1
        step = self.last - before if self.steps > 1 else 0.0
        if self._clock.left() < step or self._clock.left() <= 0:
            self.model.stop_training = True


class RateByTime(keras.callbacks.Callback):
    """Sets the learning rate before each step, by the share of the budget that has gone.

    Args:
        clock: The `Clock`.
        rate: Function from that share to the rate.
    """

    def __init__(self, clock, rate):
        super().__init__()
        self._clock, self._rate = clock, rate

    def on_train_batch_begin(self, batch, logs=None):
        """Sets the rate of a step."""
        self.model.optimizer.learning_rate = self._rate(self._clock.share())


def warmup_and_cosine(share, *, peak, warmup):
    """Returns a rate that rises to its peak in a straight line, and falls to 0 as a cosine.

    Args:
        share: Of the run, from 0 to 1.
        peak: The highest rate.
        warmup: Share of the run in which it rises, in [0, 1).
    """
    if share < warmup:
        return peak * share / warmup
    return peak * 0.5 * (1 + math.cos(math.pi * (share - warmup) / (1 - warmup)))
