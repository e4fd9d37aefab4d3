"""Gradients of a traced model, run on batches with weights and random draws of choice."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from recipes.graph.traced.paths import ancestors, is_differentiable, is_summand
from recipes.graph.traced.trace import Program

_UNIFORM = ("StatelessRandomUniformV2", "StatelessRandomUniform", "RandomUniform")
_SOFTMAX = "Softmax"
_REPLACED = (*_UNIFORM, _SOFTMAX)
_SCALES = (1.0, 1024.0, 1 / 1024)  # half precision loses small and large gradients


@dataclasses.dataclass(frozen=True)
class Setting:
    """One way to run a probe.

    Attributes:
        batch: Arrays, one for each input.
        weights: Values of the trainable variables, in their order.
        number: Number of the run: it changes the random draws.
        uniform: What every uniform random draw gives, or None for draws.
        states: Values of the other variables, in their order, or None for the present ones.
    """

    batch: list
    weights: list
    number: int = 0
    uniform: float | None = None
    states: list | None = None


class Probe:
    """The gradient of random sums of a model's outputs.

    Args:
        trace: A `Trace`.

    Attributes:
        trace: The same.
        connected: Places in `trace.weights` of the weights that get a gradient.
        factors: Those of them that are not merely added to something, as a bias is.
    """

    def __init__(self, trace):
        self.trace = trace
        self._random, self._ones = _replaceable(trace)
        gradients = [_values(gradient) for gradient in trace.gradients]
        self.connected = [n for n, gradient in enumerate(gradients) if gradient is not None]
        self.factors = [n for n in self.connected if not is_summand(trace.weights[n][1])]
        outputs = [t for t in trace.targets if is_differentiable(t)]
        self._outputs = len(outputs)
        self._program = self.program([*outputs, *(gradients[n] for n in self.connected)])

    def program(self, fetches):
        """Returns a function of a `Setting` that computes tensors of the graph."""
        replaced = [self.trace.scale, *self._ones, *self._random]
        program = Program(self.trace, fetches, replaced)
        ones = [np.ones(tensor.shape) for tensor in self._ones]

        def run(setting):
            states = self.own_states() if setting.states is None else setting.states
            states = [_advanced(state, setting.number) for state in states]
            draws = [_draw(tensor, setting) for tensor in self._random]
            values = [_SCALES[setting.number % len(_SCALES)], *ones, *draws]
            return program(setting.batch, setting.weights, states, values)

        return run

    def own_weights(self):
        """Returns the present values of the trainable variables."""
        return [keras.ops.convert_to_numpy(v) for v, _ in self.trace.weights]

    @property
    def is_random(self):
        """Whether the model draws numbers: then a batch may be tried more than once."""
        return bool(self._random) or any("int" in v.dtype for v, _ in self.trace.states)

    def own_states(self):
        """Returns the present values of the other variables."""
        return [keras.ops.convert_to_numpy(v) for v, _ in self.trace.states]

    @property
    def gates(self):
        """Places in `trace.states` of numbers that are zero and may rise, as in a warm-up."""
        states = enumerate(self.trace.states)
        return [n for n, (v, _) in states if "float" in v.dtype and not np.any(v)]

    def __call__(self, setting):
        """Returns pair (outputs, gradients): lists of arrays, one for each connected weight."""
        values = self._program(setting)
        return values[: self._outputs], values[self._outputs :]


def _replaceable(trace):
    """Returns the tensors of known shape on which the outputs depend and whose values are given.

    Returns:
        Two lists: the uniform random draws; the softmaxes over one unit. These are 1, of which some
        processors make 0.99999994, and their gradient would be what that rounding leaves of zero.
    """
    useful = ancestors(trace.targets)
    made = [op.outputs[0] for op in trace.graph.get_operations() if op.type in _REPLACED]
    made = [t for t in made if id(t.op) in useful and t.shape.is_fully_defined()]
    shares = [t for t in made if t.op.type == _SOFTMAX and t.shape[-1] == 1]
    return [t for t in made if t.op.type != _SOFTMAX], shares


def _values(gradient):
    """Returns the numbers of a gradient; that of an embedding holds the rows in use alone."""
    return gradient.values if isinstance(gradient, tf.IndexedSlices) else gradient


def _advanced(state, number):
    """Returns the state of a seed generator at another draw; numbers that are not whole stay."""
    return state + np.array(number, state.dtype) if state.dtype.kind in "iu" else state


def _draw(tensor, setting):
    if setting.uniform is not None:
        return np.full(tensor.shape, setting.uniform)
    return np.random.default_rng(setting.number).random(tensor.shape) * 0.999
