"""`WeightAverage`: a moving average of the weights that validates and ends the training (row 67).

Averaged weights give other inputs to each batch normalization than those whose statistics it holds,
so these are computed anew from training data (Izmailov et al. 2018, arXiv:1803.05407). Keras'
`use_ema` averages the weights alone.
"""

import contextlib

import keras
import numpy as np
from keras import ops

from recipes import keras_compat
from recipes.errors import ArgumentError, check_integer, check_range, describe


class WeightAverage(keras.callbacks.Callback):
    """Averages the weights; validates with the average, and leaves it in the model at the end.

    The average follows the weights closely in the beginning and more and more slowly later: at its
    n-th update it keeps min(decay, (1 + n) / (10 + n)) of itself, as
    `tf.train.ExponentialMovingAverage` does.

    Args:
        data: Training data for the statistics of batch normalization: an array of inputs of shape
            (samples, …), a tuple (inputs, targets, …) of such arrays, or batches of that form
            (tf.data, PyDataset), augmented as in the training. What is not needed is not read.
        decay: Share of the average that one step keeps, in (0, 1).
        every: Steps from one update to the next; the share kept there is decay to that power.
        samples: Number of samples that are used: chosen from arrays, else the first ones.
        batch_size: Samples a forward pass, where `data` are arrays.

    Attributes:
        updates: Number of updates so far.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model.fit(x, y, validation_data=(x_val, y_val), callbacks=[WeightAverage(x)])
    """

    def __init__(self, data, *, decay=0.99, every=5, samples=1_000, batch_size=64):
        super().__init__()
        self._data = data
        self._decay = check_range("WeightAverage", "decay", decay, 0, 0.999999, open_low=True)
        self._every = check_integer("WeightAverage", "every", every, 1)
        self._samples = check_integer("WeightAverage", "samples", samples, 2)
        self._batch_size = check_integer("WeightAverage", "batch_size", batch_size, 2)
        self._restored, self._training = None, False
        self.updates, self._steps, self._average = 0, 0, None
        self._statistics, self._kept = None, None  # of the present average; of the training

    def on_train_begin(self, logs=None):
        """Begins with the weights of now, or goes on from a state that was set."""
        state, self._restored = self._restored, None
        self.updates, self._steps = (state["updates"], state["steps"]) if state else (0, 0)
        values = state["average"] if state else _values(self.model.trainable_variables)
        self._average = [keras.Variable(value, trainable=False) for value in values]
        self._training = True
        self._move = _traced(self.model, self._move_average)
        self._forward = _traced(self.model, _forward_of(self.model))
        self._statistics, self._kept = None, None

    def on_train_batch_end(self, batch, logs=None):
        """Moves the average a little towards the weights."""
        self._steps += 1
        if self._steps % self._every:
            return
        kept = min(self._decay**self._every, (1 + self.updates) / (10 + self.updates))
        self._move(ops.convert_to_tensor(kept, "float32"))
        self.updates += 1
        self._statistics = None

    def _move_average(self, kept):
        for average, variable in zip(self._average, self.model.trainable_variables, strict=True):
            share = ops.cast(1 - kept, variable.dtype)
            average.assign(average + (variable - average) * share)

    def on_test_begin(self, logs=None):
        """Puts the average into the model for the validation."""
        if self._training:
            self._put_in()

    def on_test_end(self, logs=None):
        """Puts the weights of the training back."""
        if self._kept is not None:
            self._take_out()

    def on_train_end(self, logs=None):
        """Leaves the average in the model."""
        self._put_in()
        self._kept, self._training = None, False

    @contextlib.contextmanager
    def applied(self):
        """Has the average in the model within a `with` block: to save or evaluate it."""
        self._put_in()
        try:
            yield
        finally:
            self._take_out()

    def _put_in(self):
        layers = _batch_normalizations(self.model)
        variables = [*self.model.trainable_variables, *_statistics_of(layers)]
        self._kept = _values(variables)
        _assign(self.model.trainable_variables, self._average)
        if self._statistics is None:
            batches = _batches(self._data, self._samples, self._batch_size)
            _recompute(self.model, self._forward, batches)
            self._statistics = _values(_statistics_of(layers))
        _assign(_statistics_of(layers), self._statistics)

    def _take_out(self):
        layers = _batch_normalizations(self.model)
        _assign([*self.model.trainable_variables, *_statistics_of(layers)], self._kept)
        self._kept = None

    def get_state(self):
        """Returns what another process needs to go on after the last epoch.

        Returns:
            Dict: "updates" and "steps", whole numbers, and "average", a list of NumPy arrays.
        """
        return {
            "updates": self.updates,
            "steps": self._steps,
            "average": _values(self._average or []),
        }

    def set_state(self, state):
        """Goes on from such a state in the next `fit`, in place of beginning anew."""
        self._restored = state


def recompute_statistics(model, data, *, samples=1_000, batch_size=64):
    """Computes mean and variance of each batch normalization anew; nothing else changes.

    The batches go forward as in training. Over all of them the first normalization gets exactly the
    mean and variance of what it sees; a later one sees what the earlier ones make of each batch.

    Args:
        model: A built `keras.Model`.
        data: As in `WeightAverage`.
        samples: As in `WeightAverage`.
        batch_size: As in `WeightAverage`.

    Raises:
        ArgumentError: If the data have no batch.
    """
    forward = _traced(model, _forward_of(model))
    _recompute(model, forward, _batches(data, samples, batch_size))


def _recompute(model, forward, batches):
    layers = _batch_normalizations(model)
    if not layers:
        return
    momenta = [layer.momentum for layer in layers]
    others = [v for v in model.non_trainable_variables if not _is_in(v, _statistics_of(layers))]
    kept = _values(others)  # seeds of dropout, other statistics
    try:
        for layer in layers:
            layer.momentum = 0.0  # its statistics are those of the batch
        means, variances = _over_batches(forward, layers, batches)
    finally:
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum
        _assign(others, kept)
    _assign([layer.moving_mean for layer in layers], means)
    _assign([layer.moving_variance for layer in layers], variances)


def _over_batches(forward, layers, batches):
    """Returns mean and variance of each layer over all batches, by the law of total variance."""
    total, means, squares = 0, [0.0] * len(layers), [0.0] * len(layers)
    for inputs in batches:
        forward(inputs)
        count = len(keras.tree.flatten(inputs)[0])
        total += count
        for index, layer in enumerate(layers):
            mean, variance = (v.astype("float64") for v in _values(_statistics_of([layer])))
            means[index] += count * mean
            squares[index] += count * (variance + mean**2)
    if not total:
        rule = "`data` must have a batch of at least 2 samples"
        raise ArgumentError(describe("WeightAverage", rule))
    means = [mean / total for mean in means]
    return means, [s / total - m**2 for s, m in zip(squares, means, strict=True)]


def _forward_of(model):
    """Returns a function that calls a model as in training, for what that does to its layers."""

    def forward(inputs):
        model(inputs, training=True)

    return forward


def _traced(model, function):
    """Returns a function as TensorFlow's graph, many times as fast, where `fit` has one too."""
    if keras.backend.backend() != "tensorflow" or model.run_eagerly:
        return function
    import tensorflow as tf

    return tf.function(function, reduce_retracing=True)


def _batches(data, samples, batch_size):
    """Yields inputs, each with at least 2 samples, until there were enough."""
    seen = 0
    for batch in _all_batches(data, samples, batch_size):
        inputs = keras.utils.unpack_x_y_sample_weight(batch)[0]
        count = len(keras.tree.flatten(inputs)[0])
        if count > 1:  # one sample alone has no variance
            yield inputs
        seen += count
        if seen >= samples:
            return


def _all_batches(data, samples, batch_size):
    if isinstance(data, keras.utils.PyDataset):
        yield from (data[index] for index in range(len(data)))
    elif not (hasattr(data, "shape") or isinstance(data, (tuple, dict))):
        yield from data
    else:
        inputs = data[0] if isinstance(data, tuple) else data
        count = len(keras.tree.flatten(inputs)[0])
        order = np.random.default_rng(0).permutation(count)[:samples]  # data may be sorted
        for start in range(0, len(order), batch_size):
            chosen = order[start : start + batch_size]
            yield (keras.tree.map_structure(lambda part, at=chosen: part[at], inputs),)


def _batch_normalizations(model):
    """Returns the layers whose statistics a training moves: frozen ones keep theirs."""
    layers = keras_compat.all_layers(model)
    norms = (layer for layer in layers if isinstance(layer, keras.layers.BatchNormalization))
    return [layer for layer in norms if layer.built and layer.trainable]


def _statistics_of(layers):
    return [v for layer in layers for v in (layer.moving_mean, layer.moving_variance)]


def _is_in(variable, variables):
    return any(variable is other for other in variables)


def _values(variables):
    return [np.array(ops.convert_to_numpy(variable)) for variable in variables]


def _assign(variables, values):
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
