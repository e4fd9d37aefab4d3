"""The head of a model: what its outputs are, read from its last layers."""

import dataclasses

import keras
import numpy as np

from recipes import keras_compat

# Layers that move or repeat values, and change none: the activation stands before them.
_PASSING = (
    keras.layers.Flatten,
    keras.layers.Identity,
    keras.layers.Permute,
    keras.layers.Reshape,
    keras.layers.UpSampling1D,
    keras.layers.UpSampling2D,
    keras.layers.UpSampling3D,
)
_BY_CLASS = {  # layers and functions of `keras.ops` that are an activation
    "LogSoftmax": "log_softmax",
    "ReLU": "relu",
    "Relu": "relu",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "Softplus": "softplus",
    "Tanh": "tanh",
}
PROBABILITIES = ("softmax", "sigmoid")


@dataclasses.dataclass(frozen=True)
class Head:
    """What a model with one output ends in.

    Args:
        shape: Shape of the output, that of the batch left out; None for a side of any length.
        activation: Name of the last activation, such as "softmax"; "linear" for none.
        layer: Name of the layer that it stands in.
    """

    shape: tuple
    activation: str
    layer: str

    @property
    def units(self):
        """Number of outputs of a sample, of a step, of a pixel."""
        return self.shape[-1]

    @property
    def logits(self):
        """Whether the outputs are no probabilities yet."""
        return self.activation == "linear"


def read_head(model):
    """Returns the head of a model.

    Args:
        model: A `keras.Model`.

    Returns:
        A `Head`; None where the model is not functional or sequential, or has not one output of
        shape (batch, …, units) with a known number of units.
    """
    outputs = keras.tree.flatten(getattr(model, "outputs", None) or [])
    if keras_compat.functional_part(model) is None or len(outputs) != 1:
        return None
    shape = tuple(outputs[0].shape[1:])
    if not shape or shape[-1] is None:
        return None
    operation = _last_operation(outputs[0])
    return Head(shape, _activation(operation), operation.name)


def _last_operation(tensor):
    """Returns the operation that gave a tensor its values, inside of a nested model too."""
    operation = keras_compat.producer(tensor)
    while True:
        nested = keras_compat.functional_part(operation)
        if nested is not None and len(keras.tree.flatten(nested.outputs)) == 1:
            operation = keras_compat.producer(keras.tree.flatten(nested.outputs)[0])
        elif _passes(operation) and keras_compat.feeders(operation):
            operation = keras_compat.feeders(operation)[0]
        elif _averaged(operation) is not None:
            operation = _averaged(operation)
        else:
            return operation


def _passes(operation):
    """Whether an operation hands values on; under mixed precision a linear one does so last."""
    idle = isinstance(operation, keras.layers.Activation) and _activation(operation) == "linear"
    return idle or isinstance(operation, _PASSING) or type(operation).__name__ == "Cast"


def _averaged(operation):
    """Returns the first of the operations of which another one takes the mean, or None.

    A weighted mean is a sum of rescaled tensors whose scales have the sum 1. It is a probability
    where they are: an ensemble ends so.
    """
    parts = keras_compat.feeders(operation)
    if isinstance(operation, keras.layers.Average):
        return parts[0]
    scales = [part.scale for part in parts if _is_rescaling(part)]
    if not isinstance(operation, keras.layers.Add) or not 0 < len(scales) == len(parts):
        return None
    return keras_compat.feeders(parts[0])[0] if abs(sum(scales) - 1) < 1e-6 else None


def _is_rescaling(operation):
    return isinstance(operation, keras.layers.Rescaling) and np.ndim(operation.scale) == 0


def _activation(operation):
    """Returns the name of an operation's activation; "linear" where it has none."""
    if isinstance(operation, keras.layers.Wrapper):  # TimeDistributed, Bidirectional
        return _activation(operation.layer)
    name = _BY_CLASS.get(type(operation).__name__)
    function = getattr(operation, "activation", None)
    return name or getattr(function, "__name__", None) or "linear"
