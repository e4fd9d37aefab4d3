"""Resizing that keeps the ratio, and the way back for dense predictions (guide row 22)."""

import warnings

import keras

from recipes.data.sizes import check_size, describe_resizing
from recipes.errors import ArgumentError, check_flag, describe


def resizing(size, *, input_shape, keep_ratio=True, name="resize"):
    """Returns a layer that resizes images, with a warning where it changes much.

    Args:
        size: Pair (height, width) of the images afterwards, in pixels.
        input_shape: (height, width, channels) of the images before, in pixels.
        keep_ratio: Whether objects keep their form: what is left over becomes bars of 0. If False,
            images are stretched.
        name: Name of the layer.

    Returns:
        A `keras.layers.Resizing`.

    Raises:
        ArgumentError: If a size is no pair of whole numbers of at least 1.

    Warns:
        UserWarning: If the scale exceeds 2 in either direction, or the ratio of the sides changes.

    Example:

        resizing((64, 64), input_shape=(48, 64, 3))
    """
    height, width = check_size("resizing", "size", size)
    old = check_size("resizing", "input_shape", tuple(input_shape)[:2])
    keep_ratio = check_flag("resizing", "keep_ratio", keep_ratio)
    for sentence in describe_resizing(old, (height, width), keep_ratio=keep_ratio):
        warnings.warn(f"resizing: {sentence}", stacklevel=2)
    return keras.layers.Resizing(
        height,
        width,
        pad_to_aspect_ratio=keep_ratio,
        antialias=height < old[0] or width < old[1],
        dtype="float32",
        name=name,
    )


def undo_resizing(layer, input_shape):
    """Returns the layers that bring a dense prediction back to the size of the images.

    Args:
        layer: The `keras.layers.Resizing` before the model.
        input_shape: (height, width, channels) of the images before it, in pixels.

    Returns:
        List of Keras layers: resizing to the padded size, then cropping the bars.

    Raises:
        ArgumentError: If the layer cuts parts of the images off: they cannot be predicted.
    """
    height, width = check_size("undo_resizing", "input_shape", tuple(input_shape)[:2])
    if layer.crop_to_aspect_ratio:
        rule = "a prediction for every pixel needs a resizing that cuts none off"
        hint = "Use pad_to_aspect_ratio=True."
        raise ArgumentError(describe("undo_resizing", rule, hint, layer=layer.name))
    bars = (0, 0)  # at each end, in pixels of the images
    if layer.pad_to_aspect_ratio:  # as keras.ops.image.resize pads before it resizes
        bars = (
            max(0, int(width * layer.height / layer.width) - height) // 2,
            max(0, int(height * layer.width / layer.height) - width) // 2,
        )
    padded = (height + 2 * bars[0], width + 2 * bars[1])
    back = keras.layers.Resizing(*padded, dtype="float32", name="resize_back")
    return [back, keras.layers.Cropping2D(bars, name="crop_bars")] if any(bars) else [back]
