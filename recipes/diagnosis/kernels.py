"""Kernels of a model as pictures, and how smooth these are. NumPy alone.

A filter that has learned something about images is smooth: neighbouring entries are alike. In one
of random numbers they have nothing to do with each other (guide row 55).
"""

import dataclasses
import math

import numpy as np

from recipes import keras_compat
from recipes.diagnosis.pictures import MOST
from recipes.graph.ownership import by_layer, layer_names

_SIGNIFICANT = 3.0  # standard deviations above what random entries have
_NONE = 1e-6  # of the largest norm of a layer: a unit with less has no weights to speak of


@dataclasses.dataclass(frozen=True)
class Kernel:
    """One kernel of a layer.

    Attributes:
        layer: Name of the layer, as in `recipes.graph.ownership.layer_names`.
        variable: The `keras.Variable`.
        values: Its values as an array of shape (…, inputs, units).
        images: The values as pictures, of shape (height, width, inputs, units), or None where
            neighbours mean nothing.
    """

    layer: str
    variable: object
    values: np.ndarray
    images: np.ndarray | None

    @property
    def units(self):
        """How many outputs it has."""
        return self.values.shape[-1]

    def dead_units(self):
        """Returns a flag for each unit: whether all its weights are zero."""
        norms = np.sqrt(np.sum(self.values**2, axis=tuple(range(self.values.ndim - 1))))
        return norms <= _NONE * max(float(norms.max()), 1e-30)


def kernels_of(model):
    """Returns the kernels of a model in the order of its layers.

    Args:
        model: A built `keras.Model`.

    Returns:
        List of `Kernel`s: of dense, convolutional and recurrent layers, depthwise and recurrent
        kernels too.
    """
    names = layer_names(model)
    layers = {names.get(id(layer)): layer for layer in keras_compat.all_layers(model)}
    image, found = _image_shape(model), []
    for name, variables in by_layer(model, model.variables).items():
        for variable in filter(_is_kernel, variables):
            found.append(_kernel(name, layers[name], variable, image))
            image = None  # only the first kernel sees the image itself
    return found


def _is_kernel(variable):
    name = variable.name
    return len(variable.shape) >= 2 and name.endswith("kernel") and "float" in variable.dtype


def _image_shape(model):
    """Returns (height, width, channels) of the one input of a model, or None."""
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, tuple) and len(shape) == 4 and None not in shape[1:]:
        return shape[1:]
    return None


def _kernel(name, layer, variable, image):
    import keras

    values = keras.ops.convert_to_numpy(variable).astype("float32")
    if "depthwise" in variable.name or isinstance(layer, keras.layers.DepthwiseConv2D):
        values = values.reshape(*values.shape[:-2], 1, -1)
    images = None
    if isinstance(layer, keras.layers.Conv2DTranspose):
        values = np.swapaxes(values, -1, -2)  # Keras keeps the outputs before the inputs
    if values.ndim == 4:
        images = values
    elif values.ndim == 2 and image is not None and values.shape[0] == math.prod(image):
        images = values.reshape(*image, -1)  # a dense layer that sees every pixel
    return Kernel(name, variable, values, images)


def smoothness(images):
    """Returns how alike neighbouring entries of filters are.

    It is the mean product of neighbours over the mean square: 1 for a filter of one value, about 0
    for random numbers of mean 0, -1 for a chessboard.

    Args:
        images: Array of shape (height, width, inputs, units).

    Returns:
        Pair (smoothness, what random entries stay under): the second is 3 / √(number of pairs).
        The first is NaN where there are no neighbours, or all entries are zero.
    """
    down = images[1:] * images[:-1]
    across = images[:, 1:] * images[:, :-1]
    pairs = down.size + across.size
    square = float(np.mean(np.square(images, dtype="float64")))
    if not pairs or not square:
        return math.nan, math.nan
    mean = (float(down.sum(dtype="float64")) + float(across.sum(dtype="float64"))) / pairs
    return mean / square, _SIGNIFICANT / math.sqrt(pairs)


def shown(kernel):
    """Returns what is drawn of a kernel.

    Args:
        kernel: A `Kernel`.

    Returns:
        Array of shape (pictures, height, width), or (pictures, height, width, 3) for filters of
        colours: the slice of each filter that weighs most. A matrix is one picture.
    """
    if kernel.images is None or max(kernel.images.shape[:2]) == 1:
        return kernel.values.reshape(1, -1, kernel.units)
    filters = np.moveaxis(kernel.images, -1, 0)[:MOST]  # (units, height, width, inputs)
    if filters.shape[-1] == 3:
        return filters
    heaviest = np.square(filters).sum(axis=(1, 2)).argmax(axis=-1)
    return np.stack([unit[..., place] for unit, place in zip(filters, heaviest, strict=True)])
