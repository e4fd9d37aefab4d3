"""How long a batch takes on this machine, measured through the compiled path (row 25)."""

import contextlib
import dataclasses
import time

import keras
import numpy as np

from recipes.keras_compat import all_layers

_SECONDS = 1.0  # of measuring; more brings the median no closer than the machine's own noise
_LEAST_RUNS = 10  # fewer say nothing about the 90th percentile
_WARM_UP = 3  # the first run compiles; caches and threads settle in the others


@dataclasses.dataclass(frozen=True)
class Latency:
    """Seconds that a batch takes, from arrays in to arrays out.

    Args:
        median: Seconds, half of the runs were faster.
        low: Seconds, the 10th percentile of the runs.
        high: Seconds, the 90th percentile of the runs.
        runs: Number of runs that were timed.
    """

    median: float
    low: float
    high: float
    runs: int


def measure_latency(model, batch):
    """Times the model's compiled prediction of one batch, in inference mode.

    As many runs as fit into a second are timed, at least 10, after a warm-up. The state of the
    model (of a stateful recurrent layer, say) is put back.

    Args:
        model: A built `keras.Model`.
        batch: Arrays of shape (batch, …) in the structure that the model takes.

    Returns:
        A `Latency`.
    """
    times = []
    with _keeping_state(model):
        for _ in range(_WARM_UP):
            model.predict_on_batch(batch)
        while len(times) < _LEAST_RUNS or sum(times) < _SECONDS:
            start = time.perf_counter()
            model.predict_on_batch(batch)
            times.append(time.perf_counter() - start)
    low, median, high = (float(value) for value in np.percentile(times, [10, 50, 90]))
    return Latency(median, low, high, len(times))


@contextlib.contextmanager
def _keeping_state(model):
    """Puts the values that a prediction may change back as they were."""
    state = [*model.non_trainable_variables, *_recurrent_states(model)]
    before = [keras.ops.copy(variable) for variable in state]
    try:
        yield
    finally:
        for variable, value in zip(state, before, strict=True):
            variable.assign(value)


def _recurrent_states(model):
    """Returns what stateful layers remember from batch to batch; Keras does not list it."""
    recurrent = (part for part in all_layers(model) if isinstance(part, keras.layers.RNN))
    return keras.tree.flatten([part.states for part in recurrent if part.stateful])
