"""The range of pixels, layers that change it, and pixels that are scaled twice (guide row 24)."""

import keras
import numpy as np

from recipes import keras_compat
from recipes.data.colour import Grayscale
from recipes.data.whitening import PCAWhitening, ZCAWhitening
from recipes.errors import DataError, describe

_ROUNDING = 0.01  # bicubic resizing and JPEG overshoot a little
_FACTOR = 20.0  # between 1 and 127.5, the least that a rescaling of bytes divides by
_SMALL = 5.0  # spread: standardised values have 1, pixels from 0 to 255 about 60
_SAMPLES = 256
_WITH_STATISTICS = (keras.layers.Normalization, PCAWhitening, ZCAWhitening)  # no others may have
_RESHAPING = (keras.layers.Resizing, Grayscale)  # weights; these two alone may change the shape


def pixel_range(x):
    """Returns the range that the values of images are meant to have.

    Args:
        x: Array of shape (samples, …), numbers.

    Returns:
        Tuple (low, high): (0, 255) for bytes; (0, 1), (-1, 1), (0, 255) or (0, 65535) where the
        values fill such a range; otherwise the smallest and the largest value.

    Raises:
        DataError: If there is no value, or one is NaN or infinite.

    Example:

        pixel_range(np.array([0.0, 0.4, 1.0]))  # (0.0, 1.0)
    """
    x = np.asarray(x)
    if x.dtype == np.uint8:
        return 0.0, 255.0
    low, high = (float(x.min()), float(x.max())) if x.size else (np.nan, np.nan)
    if not np.isfinite([low, high]).all():
        rule = "x must hold numbers, and no NaN or infinity"
        raise DataError(describe("pixel_range", rule, x=f"{x.dtype} of shape {x.shape}"))
    known = ((0.0, 1.0, 0.0), (-1.0, 1.0, 0.0), (0.0, 255.0, 127.0), (0.0, 65535.0, 4096.0))
    for start, end, least in known:
        slack = _ROUNDING * (end - start)
        if low >= start - slack and least < high <= end + slack:
            return start, end
    return low, high


def rescaling(x, low, high, *, name="rescale"):
    """Returns a layer that brings pixels to another range, or None if they are in it.

    Args:
        x: Array of images; its `pixel_range` is what the layer starts from.
        low: Least value afterwards.
        high: Largest value afterwards.
        name: Name of the layer.

    Returns:
        A `keras.layers.Rescaling`: x / 127.5 − 1 for bytes and the range (-1, 1).
    """
    start, end = pixel_range(x)
    if (start, end) == (low, high) or start == end:
        return None
    scale = (high - low) / (end - start)
    return keras.layers.Rescaling(scale, low - scale * start, dtype="float32", name=name)


def find_double_rescaling(x, model):
    """Names the layers of a model that scale what is scaled already.

    The layers at the beginning of the model that only scale are run on some samples. One that
    divides what is small, or multiplies what is large, by more than 20 does what has been done.

    Args:
        x: Array of shape (samples, …): what the model is given.
        model: A functional or sequential `keras.Model`, or a list of layers. Of another model
            nothing can be seen, and nothing is found.

    Returns:
        List of sentences, one for each such layer; empty if all is well.

    Example:

        for problem in find_double_rescaling(x_train, model):
            print(problem)
    """
    x = np.asarray(x[:_SAMPLES])
    if x.dtype.kind not in "uif" or not x.size:
        return []
    values, found = x.astype("float32"), []
    for operation, step in _steps(model):
        if not _only_scales(operation):
            break
        before, values = values, keras.ops.convert_to_numpy(step(values))
        if values.shape == before.shape:
            found += _judge(operation.name, before, values)
        elif not isinstance(operation, _RESHAPING):
            break
    return found


def _steps(model):
    if isinstance(model, (list, tuple)):
        return [(layer, layer) for layer in model]
    return keras_compat.leading_steps(model)


def _only_scales(operation):
    return not getattr(operation, "weights", ()) or isinstance(operation, _WITH_STATISTICS)


def _judge(name, before, after):
    """Yields a sentence if a layer divides what is small or multiplies what is large."""
    spread, new_spread = _spread(before), _spread(after)
    shrinks = spread < _SMALL and new_spread * _FACTOR < spread
    grows = spread > _SMALL and new_spread > _FACTOR * spread
    if shrinks or grows:
        how = "divides" if shrinks else "multiplies"
        factor = spread / new_spread if shrinks and new_spread else new_spread / spread
        low, high = float(before.min()), float(before.max())
        yield (
            f"Layer '{name}' {how} by about {factor:.4g} what is scaled already: its input "
            f"goes from {low:.4g} to {high:.4g}. Leave out one of the two scalings."
        )


def _spread(values):
    """Returns how far samples differ in a value: channels may lie far apart from one another."""
    return float(np.sqrt(values.var(axis=0).mean()))
