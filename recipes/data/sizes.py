"""Sizes of images, and what a resizing changes; knows no Keras (guide row 22)."""

from recipes.errors import ArgumentError, describe

_LARGEST_SCALE = 2.0  # beyond it objects leave the scale that a network was made for
_RATIO = 0.01  # rounding to whole pixels alone changes the ratio by less


def check_size(where, name, size):
    """Returns a pair of whole numbers of at least 1; raises `ArgumentError` otherwise."""
    pair = tuple(size) if isinstance(size, (tuple, list)) else ()
    if len(pair) == 2 and all(type(side) is int and side >= 1 for side in pair):
        return pair
    rule = f"`{name}` must begin with a height and a width in pixels, of at least 1"
    raise ArgumentError(describe(where, rule, **{name: size}))


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
    if max(scale, 1 / scale) > _LARGEST_SCALE:
        factor = f"{max(scale, 1 / scale):.3g} times as {'large' if scale > 1 else 'small'}"
        sentences.append(f"{change}, {factor}. Stay within a factor of {_LARGEST_SCALE:g}.")
    if not keep_ratio and abs(scales[0] / scales[1] - 1) > _RATIO:
        sentences.append(f"{change}, which changes their ratio. keep_ratio=True pads them.")
    return sentences
