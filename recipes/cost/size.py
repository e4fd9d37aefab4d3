"""`suggest_size`: the largest model that is fast enough (row 25)."""

import dataclasses
import functools
import math
import numbers

from recipes.cost.profile import Profile, profile
from recipes.errors import ArgumentError, check_range, describe


@dataclasses.dataclass(frozen=True)
class Size:
    """The size of a model.

    Args:
        depth: Number of layers as its builder counts them, or None for the builder's own.
        width: Factor of its number of channels.
        profile: The `Profile` of the model of this size, its latency included.
    """

    depth: int | None
    width: float
    profile: Profile


def suggest_size(
    build, *, max_latency, batch_size=1, depths=None, widths=(0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
):
    """Finds the size with the most multiply-adds whose latency on this machine is low enough.

    A wider model is taken to be slower, so that for each depth the widths are bisected: of 6 widths
    at most 3 are built, one model at a time. Only a size that was measured and met the
    limit itself is returned.

    Args:
        build: A callable that takes `width=`, and `depth=` if `depths` are given, and returns a
            `keras.Model`, such as `functools.partial(build_resnet, (32, 32, 3), 10)`.
        max_latency: Seconds that a batch may take, at the 90th percentile of the runs.
        batch_size: Number of samples of a batch.
        depths: Depths to choose from, or None for the builder's own depth.
        widths: Widths to choose from.

    Returns:
        A `Size`.

    Raises:
        ArgumentError: If an argument breaks its rule, or even the smallest model is too slow.

    Example:

        size = suggest_size(functools.partial(build_resnet, (32, 32, 3), 10), max_latency=0.01)
        model = build_resnet((32, 32, 3), 10, width=size.width)
    """
    limit = check_range("suggest_size", "max_latency", max_latency, 0, math.inf, open_low=True)
    widths = _sorted("widths", widths)
    sizes = []
    for depth in [None] if depths is None else _sorted("depths", depths):
        measure = functools.partial(_measure, build, batch_size, depth)
        sizes += _bisect(measure, widths, limit)
    fast = [size for size in sizes if size.profile.latency.high <= limit]
    if not fast:
        raise _too_slow(min(sizes, key=lambda size: size.profile.latency.high), limit)
    return max(fast, key=lambda size: size.profile.multiply_adds)


def _bisect(measure, widths, limit):
    """Returns the `Size`s that were measured."""
    sizes, low, high = [], 0, len(widths)  # widths[:low] are fast enough, widths[high:] too slow
    while low < high:
        middle = (low + high) // 2
        sizes.append(measure(widths[middle]))
        if sizes[-1].profile.latency.high <= limit:
            low = middle + 1
        else:
            high = middle
    return sizes


def _measure(build, batch_size, depth, width):
    model = build(width=width) if depth is None else build(depth=depth, width=width)
    return Size(depth, width, profile(model, batch_size=batch_size))


def _sorted(name, values):
    """Returns the sizes to choose from in rising order."""
    real = all(isinstance(value, numbers.Real) and value > 0 for value in values)
    if real and len(values):
        return sorted(values)
    rule = f"`{name}` must be numbers above 0, one at least"
    raise ArgumentError(describe("suggest_size", rule, **{name: values}))


def _too_slow(size, limit):
    rule = "the smallest model must be fast enough"
    at = f"width={size.width}" if size.depth is None else f"depth={size.depth}, width={size.width}"
    time = f"{1e3 * size.profile.latency.high:.3g} ms"
    hint = f"With {at} a batch takes {time} at the 90th percentile. Allow more, or offer less."
    return ArgumentError(describe("suggest_size", rule, hint, max_latency=limit))
