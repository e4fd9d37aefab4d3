"""The range test: a learning rate to start from, in a hundred steps (guide rows 52, 53).

    r_i       rate of step i, r_i = low · (high / low)^(i / (steps - 1))
    L_i       loss of the batch of step i, before its weights change
    S_i       L smoothed by a Gaussian over neighbouring steps
    dS/dln r  slope of the smoothed loss over the logarithm of the rate

A rate that stays is taken between the one at which S falls fastest and the one at which S is
lowest; momentum that warms up can have the latter as its peak, for the warm-up leads to it and the
schedule away from it. Measured with 12 epochs of handwritten digits, 2 seeds, the plain
cross-entropy at the one between and at the lowest: LSTM 1.95 and 0.90, five dense layers 0.178 and
0.155, three convolutions without a norm 0.176 and 0.175, ResNet-20 0.133 and 0.138. With Adam (one
seed) the two are equal, 0.172 and 0.171 in the mean of the four, twice the lowest is too much, and
there it stays with the one between.

Smith 2017, arXiv:1506.01186; Smith & Topin 2018, arXiv:1708.07120.
"""

import dataclasses

import keras
import numpy as np

from recipes.errors import (
    ArgumentError,
    DataError,
    check_integer,
    check_range,
    describe,
)
from recipes.training.experiments.trial import check_recipe, recommended_recipe
from recipes.training.experiments.twin import batches_of, sample_of, training_twin

_SMOOTHING = 4.0  # steps: the standard deviation of the Gaussian
_LOST = 2.0  # times the first losses: then the rate is too large, and the test ends
_FALL = 0.02  # share of the first losses that a rate must take off to count


@dataclasses.dataclass(frozen=True)
class RateTest:
    """What a range test has found.

    Args:
        learning_rate: The rate to start from; of a schedule with a warm-up its peak.
        rates: Rate of each step, rising.
        losses: Loss of each step, all finite.
        smoothed: The same, smoothed.
        steepest: The rate at which the smoothed loss falls fastest.
        lowest: The rate at which the smoothed loss is lowest; larger ones undo what was learned.
    """

    learning_rate: float
    rates: tuple
    losses: tuple
    smoothed: tuple
    steepest: float
    lowest: float

    def __str__(self):
        return (
            f"Learning rate {self.learning_rate:.2g}. In {len(self.rates)} steps from "
            f"{self.rates[0]:.1g} to {self.rates[-1]:.2g} the loss falls fastest at "
            f"{self.steepest:.2g}, and is lowest at {self.lowest:.2g}."
        )


def find_learning_rate(
    model, train, *, recipe=None, batch_size=None, low=1e-6, high=10.0, steps=100, seed=0
):
    """Finds a learning rate by training a few steps with a rising one, and undoes the training.

    Weights, optimiser, batch normalization's statistics, metrics and random numbers are afterwards
    what they were, bit by bit. Images are taken without augmentation.

    Of a recipe with momentum, a warm-up and a schedule the result is the peak: the rate at which
    the loss is lowest. Otherwise it lies halfway, in the logarithm, between that one and the rate
    at which the loss falls fastest.

    Args:
        model: A built `keras.Model`. If it is compiled, its loss and an optimiser like its own are
            used; otherwise those of the recipe.
        train: Pair (x, y) of arrays, or batches of such pairs: a `tf.data.Dataset` or a
            `keras.utils.PyDataset`. A data set that shuffles goes on to its next order.
        recipe: The `Recipe` for a model that is not compiled; None takes the one that `fit` would
            take.
        batch_size: Samples a step, of arrays; None takes the recipe's.
        low: The first rate, without a unit.
        high: The last rate.
        steps: Number of steps between the two, at least 20.
        seed: A whole number of at least 0: the order of the samples.

    Returns:
        A `RateTest`.

    Raises:
        DataError: If the loss is not finite from the start, or falls at no rate.
        ArgumentError: If an argument breaks its rule.

    Example:

        rate = find_learning_rate(model, (x, y)).learning_rate
        fit(model, (x, y), recipe=Recipe(learning_rate=rate))
    """
    where = "find_learning_rate"
    recipe = check_recipe(where, recipe)
    rates = _exponential(where, low, high, check_integer(where, "steps", steps, 20))
    seed = check_integer(where, "seed", seed, 0)
    sample = sample_of(where, train)
    recipe = recipe or recommended_recipe(model, train, seed=seed)
    size = recipe.batch_size if batch_size is None else batch_size
    batches = batches_of(where, train, sample, batch_size=size, seed=seed)
    ramp = _Ramp(rates)
    with training_twin(where, model, sample, recipe=recipe) as twin:
        twin.fit(batches, epochs=len(rates), shuffle=False, callbacks=[ramp], verbose=0)
    is_peak = not model.compiled and _has_peak(recipe)
    return read_curve(rates[: len(ramp.losses)], ramp.losses, is_peak=is_peak)


def read_curve(rates, losses, *, is_peak=False):
    """Finds the rate to start from in the curve of a range test.

    Args:
        rates: Rates of shape (steps,), rising.
        losses: Finite losses of shape (steps,), one a rate.
        is_peak: Whether the rate is the peak of a schedule with a warm-up.

    Returns:
        A `RateTest`.

    Raises:
        DataError: If there are too few losses, or they do not fall.
    """
    from scipy.ndimage import gaussian_filter1d

    if len(losses) < 2 * _SMOOTHING:
        rule = "the loss must be finite for the first steps"
        hint = "Look for NaN in the data, or begin with a lower rate (low=…)."
        raise DataError(describe("find_learning_rate", rule, hint, finite_steps=len(losses)))
    smoothed = gaussian_filter1d(np.asarray(losses, float), _SMOOTHING, mode="nearest")
    lowest = int(np.argmin(smoothed))
    first = float(np.mean(losses[: int(2 * _SMOOTHING)]))
    if smoothed[lowest] > (1 - _FALL) * first or lowest == 0:
        rule = "the loss must fall at some rate"
        hint = "See with overfit_one_batch whether the model can learn at all."
        received = {"first_loss": round(first, 4), "lowest_loss": round(float(smoothed[lowest]), 4)}
        raise DataError(describe("find_learning_rate", rule, hint, **received))
    slope = np.gradient(smoothed, np.log(rates))
    steepest = int(np.argmin(slope[: lowest + 1]))
    chosen = float(rates[lowest] if is_peak else np.sqrt(rates[steepest] * rates[lowest]))
    curve = (tuple(map(float, values)) for values in (rates, losses, smoothed))
    return RateTest(chosen, *curve, float(rates[steepest]), float(rates[lowest]))


class _Ramp(keras.callbacks.Callback):
    """Sets the rate of each step, and ends the training where the loss is lost."""

    def __init__(self, rates):
        super().__init__()
        self._rates = rates
        self.losses = []

    def on_train_batch_begin(self, batch, logs=None):
        self.model.reset_metrics()  # the loss of this batch alone
        self.model.optimizer.learning_rate = self._rates[len(self.losses)]

    def on_train_batch_end(self, batch, logs=None):
        loss = float(logs["loss"])
        if np.isfinite(loss):
            self.losses.append(loss)
        if not np.isfinite(loss) or self._is_over(loss):
            self.model.stop_training = True

    def _is_over(self, loss):
        first = np.mean(self.losses[: int(_SMOOTHING)])
        return loss > _LOST * first or len(self.losses) == len(self._rates)


def _has_peak(recipe):
    """Whether momentum warms up to the rate, and a schedule leaves it again."""
    leaves = recipe.warmup > 0 and recipe.schedule != "constant"
    return leaves and recipe.optimizer == "momentum"


def _exponential(where, low, high, steps):
    low = check_range(where, "low", low, 0, 1e6, open_low=True)
    high = check_range(where, "high", high, 0, 1e6, open_low=True)
    if high < 10 * low:
        rule = "`high` must be at least ten times `low`"
        raise ArgumentError(describe(where, rule, low=low, high=high))
    return np.geomspace(low, high, steps)
