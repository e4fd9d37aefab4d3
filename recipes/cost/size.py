"""`suggest_size`: the largest model that is fast enough, or small enough for the data (rows 9, 25).

How small is small for some data: so few weights that they could not learn all labels by heart. A
weight holds about two bits (Gardner 1988, "The space of interactions in neural network models"; two
random labels a weight already in Cover 1965), and a label of K classes is log2(K) bits.
"""

import dataclasses
import functools
import math
import numbers
import warnings

from recipes.cost.profile import Profile, profile
from recipes.errors import ArgumentError, check_integer, check_range, describe

_BITS = 2  # that a weight holds


@dataclasses.dataclass(frozen=True)
class Size:
    """The size of a model.

    Args:
        depth: Number of layers as its builder counts them, or None for the builder's own.
        width: Factor of its number of channels.
        profile: The `Profile` of the model of this size, with its latency if that was limited.
    """

    depth: int | None
    width: float
    profile: Profile

    def __str__(self):
        depth = "" if self.depth is None else f"depth={self.depth}, "
        return f"{depth}width={self.width}"


@dataclasses.dataclass(frozen=True)
class _Limits:
    """What a size must keep to.

    Args:
        latency: Seconds of a batch at the 90th percentile, or None.
        weights: Number of trainable weights, or None.
    """

    latency: float | None
    weights: float | None

    def is_fast(self, size):
        return self.latency is None or size.profile.latency.high <= self.latency

    def allow(self, size):
        small = self.weights is None or size.profile.trainable_parameters <= self.weights
        return small and self.is_fast(size)


def suggest_size(
    build,
    *,
    max_latency=None,
    samples=None,
    num_classes=None,
    batch_size=1,
    depths=None,
    widths=(0.25, 0.5, 0.75, 1.0, 1.5, 2.0),
):
    """Finds the size with the most multiply-adds that is fast enough, or small enough for the data.

    A wider model is taken to be slower, so that for each depth the widths are bisected: of 6 widths
    at most 3 are built, one model at a time. Only a size that was measured is returned.

    With `samples` the model has so few weights that it cannot learn all labels by heart: at most
    samples · log2(num_classes) / 2 (row 9). That is the guide's way and no rule of ours: `fit`
    never asks for it, because larger networks with a norm do as well or better on small data
    (docs/evidence.md).

    Args:
        build: A callable that takes `width=`, and `depth=` if `depths` are given, and returns a
            `keras.Model`, such as `functools.partial(build_resnet, (32, 32, 3), 10)`.
        max_latency: Seconds that a batch may take on this machine, at the 90th percentile of the
            runs; None for no limit.
        samples: Number of training samples, or None for no limit by the data.
        num_classes: Number of classes, at least 2; with `samples`.
        batch_size: Number of samples of a batch.
        depths: Depths to choose from, or None for the builder's own depth.
        widths: Widths to choose from.

    Returns:
        A `Size`.

    Raises:
        ArgumentError: If an argument breaks its rule, or even the smallest model is too slow.

    Warns:
        UserWarning: If even the smallest model has too many weights for the data; it is returned.

    Example:

        size = suggest_size(functools.partial(build_resnet, (32, 32, 3), 10), max_latency=0.01)
        model = build_resnet((32, 32, 3), 10, width=size.width)
    """
    limits = _Limits(_most_seconds(max_latency), _most_weights(samples, num_classes))
    if limits == _Limits(None, None):
        rule = "there must be a limit"
        hint = "Give max_latency=…, or samples=… and num_classes=…."
        raise ArgumentError(describe("suggest_size", rule, hint, max_latency=None, samples=None))
    widths = _sorted("widths", widths)
    options = {"batch_size": batch_size, "latency": limits.latency is not None}
    sizes = []
    for depth in [None] if depths is None else _sorted("depths", depths):
        measure = functools.partial(_measure, build, options, depth)
        sizes += _bisect(measure, widths, limits)
    return _choose(sizes, limits, samples)


def _choose(sizes, limits, samples):
    """Returns the largest size within the limits; one with too many weights with a warning."""
    allowed = [size for size in sizes if limits.allow(size)]
    if allowed:
        return max(allowed, key=lambda size: size.profile.multiply_adds)
    fast = [size for size in sizes if limits.is_fast(size)]
    if not fast:
        raise _too_slow(min(sizes, key=lambda size: size.profile.latency.high), limits.latency)
    smallest = min(fast, key=lambda size: size.profile.trainable_parameters)
    warnings.warn(_too_large(smallest, limits.weights, samples), stacklevel=3)
    return smallest


def _bisect(measure, widths, limits):
    """Returns the `Size`s that were measured."""
    sizes, low, high = [], 0, len(widths)  # widths[:low] are small enough, widths[high:] too large
    while low < high:
        middle = (low + high) // 2
        sizes.append(measure(widths[middle]))
        if limits.allow(sizes[-1]):
            low = middle + 1
        else:
            high = middle
    return sizes


def _measure(build, options, depth, width):
    model = build(width=width) if depth is None else build(depth=depth, width=width)
    return Size(depth, width, profile(model, **options))


def _most_seconds(max_latency):
    if max_latency is None:
        return None
    return check_range("suggest_size", "max_latency", max_latency, 0, math.inf, open_low=True)


def _most_weights(samples, num_classes):
    if samples is None and num_classes is None:
        return None
    samples = check_integer("suggest_size", "samples", samples, 1)
    num_classes = check_integer("suggest_size", "num_classes", num_classes, 2)
    return samples * math.log2(num_classes) / _BITS


def _sorted(name, values):
    """Returns the sizes to choose from in rising order."""
    real = all(isinstance(value, numbers.Real) and value > 0 for value in values)
    if real and len(values):
        return sorted(values)
    rule = f"`{name}` must be numbers above 0, one at least"
    raise ArgumentError(describe("suggest_size", rule, **{name: values}))


def _too_slow(size, limit):
    rule = "the smallest model must be fast enough"
    time = f"{1e3 * size.profile.latency.high:.3g} ms"
    hint = f"With {size} a batch takes {time} at the 90th percentile. Allow more, or offer less."
    return ArgumentError(describe("suggest_size", rule, hint, max_latency=limit))


def _too_large(size, weights, samples):
    rule = f"a small model for small data has at most {weights:,.0f} weights to train (guide row 9)"
    count = f"{size.profile.trainable_parameters:,}"
    hint = (
        f"With {size}, the smallest one, there are {count}. It may do well nevertheless: compare "
        "`stability_check` or the validation loss of both."
    )
    return describe("suggest_size", rule, hint, samples=samples)
