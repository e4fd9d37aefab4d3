"""Resizing that keeps the ratio, and the way back for dense predictions (guide row 22)."""

import warnings

import keras

from recipes.errors import ArgumentError, check_flag, describe

LARGEST_SCALE = 2.0  # beyond it objects leave the scale that a network was made for
_RATIO = 0.01  # rounding to whole pixels alone changes the ratio by less


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


def describe_resizing(old, new, *, keep_ratio=True):
    """Returns what a resizing changes too much, as sentences; none if all is well.

    Args:
        old: Pair (height, width) before, in pixels.
        new: Pair (height, width) after, in pixels.
        keep_ratio: Whether images are padded rather than stretched.
    """
    scales = [after / before for before, after in zip(old, new, strict=True)]
    scale = min(scales) if keep_ratio else max(scales, key=lambda ratio: max(ratio, 1 / ratio))
    change = f"images of {old[0]}×{old[1]} pixels become {new[0]}×{new[1]}"
    sentences = []
    if max(scale, 1 / scale) > LARGEST_SCALE:
        factor = f"{max(scale, 1 / scale):.3g} times as {'large' if scale > 1 else 'small'}"
        sentences.append(f"{change}, {factor}. Stay within a factor of {LARGEST_SCALE:g}.")
    if not keep_ratio and abs(scales[0] / scales[1] - 1) > _RATIO:
        sentences.append(f"{change}, which changes their ratio. keep_ratio=True pads them.")
    return sentences


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
    padded = (height, width)
    if layer.pad_to_aspect_ratio:  # the padding of keras.ops.image.resize, before it resizes
        padded = (
            max(height, int(width * layer.height / layer.width)),
            max(width, int(height * layer.width / layer.height)),
        )
    back = keras.layers.Resizing(*padded, dtype="float32", name="resize_back")
    bars = [(total - side, side) for total, side in zip(padded, (height, width), strict=True)]
    if not any(bar for bar, _ in bars):
        return [back]
    cropping = tuple((bar // 2, bar - bar // 2) for bar, _ in bars)
    return [back, keras.layers.Cropping2D(cropping, name="crop_bars")]


def check_size(where, name, size):
    """Returns a pair of whole numbers of at least 1; raises `ArgumentError` otherwise."""
    pair = tuple(size) if isinstance(size, (tuple, list)) else ()
    if len(pair) == 2 and all(type(side) is int and side >= 1 for side in pair):
        return pair
    rule = f"`{name}` must begin with a height and a width in pixels, of at least 1"
    raise ArgumentError(describe(where, rule, **{name: size}))
