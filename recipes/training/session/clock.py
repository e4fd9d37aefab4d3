"""A schedule that follows the time: the rate goes by the elapsed share of the budget."""

import keras

_STEPS = 1_000  # of the schedule: the rate is computed anew when the share has moved by 1/1000


class BudgetClock(keras.callbacks.Callback):
    """Sets the rate of each step, and ends the training so that the budget is used exactly.

    It stands after the other callbacks, whose time it counts and whose rate it notes; the session
    calls `set_rate` before them, so that all see the rate of the step that begins.

    The time before the first step has ended (building, tracing) is not part of the schedule; the
    last validation is left its time, as long as the one before took.

    Args:
        watch: The `Stopwatch` of the run.
        budget: Seconds.
        recipe: The `Recipe` whose schedule is followed.
        forecast: The `Forecast`, which knows how long a step and a validation take.

    Attributes:
        rates: The rate of each step so far.
        start: Seconds at which the first step had ended, or None.
        tail: Seconds of the last validation with what follows it, or None.
    """

    def __init__(self, watch, budget, recipe, forecast):
        super().__init__()
        self._watch, self._budget, self._forecast = watch, budget, forecast
        self._schedule = rate_by_share(recipe)
        self._told = None
        self.rates, self.start, self.tail, self._ended = [], None, None, None

    def set_rate(self, batch, logs=None):
        """Sets the rate of the step that begins."""
        place = int(self.share() * _STEPS)
        if place != self._told and self._schedule is not None:  # a constant one is not set
            self._told = place
            self.model.optimizer.learning_rate = self._schedule(place / _STEPS)

    def on_train_batch_begin(self, batch, logs=None):
        """Notes the rate of the step: a callback may have set another one."""
        rate = self.model.optimizer.learning_rate
        self.rates.append(float(keras.ops.convert_to_numpy(rate)))

    def on_train_batch_end(self, batch, logs=None):
        """Ends the training when another step would take the time of the validation."""
        self._ended = self._watch.seconds()
        if self.start is None:
            self.start = self._ended
        self._end_in_time()

    def on_epoch_end(self, epoch, logs=None):
        """Learns how long the validation took; begins no epoch that could not be validated."""
        self.tail = self._watch.seconds() - self._ended
        self._end_in_time()

    def _end_in_time(self):
        end = self._budget - self._reserve()
        if self._watch.seconds() + (self._forecast.step or 0.0) > end:
            self._forecast.judge()  # refuses a budget that was not enough for a pass
            self.model.stop_training = True

    def share(self):
        """Returns the share of the budget that has gone, from 0 to 1."""
        if self.start is None:
            return 0.0
        whole = self._budget - self._reserve() - self.start
        return min((self._watch.seconds() - self.start) / whole, 1.0) if whole > 0 else 1.0

    def _reserve(self):
        return self._forecast.tail() if self.tail is None else self.tail


class Replay(keras.callbacks.Callback):
    """Sets the rates of an earlier run, one a step, and ends after the last; as `BudgetClock`.

    Args:
        rates: The rates, as `BudgetClock` recorded them.
    """

    def __init__(self, rates):
        super().__init__()
        self.rates, self._done = rates, 0

    def on_train_begin(self, logs=None):
        """Goes on where the optimiser is."""
        self._done = int(self.model.optimizer.iterations)

    def set_rate(self, batch, logs=None):
        """Sets the rate of the step that begins."""
        self.model.optimizer.learning_rate = self.rates[self._done]
        self._done += 1

    def on_train_batch_end(self, batch, logs=None):
        """Ends after the last step."""
        if self._done == len(self.rates):
            self.model.stop_training = True


def rate_by_share(recipe):
    """Returns a function from the share of a run, 0 to 1, to the rate; None if that is constant.

    Args:
        recipe: A `Recipe`.
    """
    schedule = recipe.make_schedule(_STEPS)
    if not callable(schedule):
        return None
    return lambda share: float(keras.ops.convert_to_numpy(schedule(share * _STEPS)))
