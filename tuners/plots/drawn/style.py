"""What the pictures of searches share beyond `recipes.drawing`: axes of parameters and scores."""

import numpy as np

from recipes.drawing import INK


def set_axis(axes, which, axis, places=()):
    """Gives one side of a plot the scale, the limits, the ticks and the name of a parameter.

    Args:
        axes: Matplotlib axes.
        which: "x" or "y".
        axis: A `tuners.plots.axes.Axis`.
        places: Where the trials lie: few different places have a tick each.
    """
    getattr(axes, f"set_{which}scale")("log" if axis.is_log else "linear")
    getattr(axes, f"set_{which}lim")(*_limits(axis))
    ticks = axis.ticks(np.asarray(places, dtype=float)) if len(places) or axis.choices else None
    if ticks is not None:
        labels = [axis.label(tick) for tick in ticks]
        getattr(axes, f"set_{which}ticks")(ticks, labels=labels)
        getattr(axes, f"{which}axis").set_minor_locator(_none())
    getattr(axes, f"set_{which}label")(axis.name, color=INK)


def set_score_scale(axes, which, is_log):
    """Gives one side of a plot a logarithmic scale with plain numbers, where that is asked for."""
    if not is_log:
        return
    from matplotlib.ticker import LogLocator

    getattr(axes, f"set_{which}scale")("log")
    side = getattr(axes, f"{which}axis")
    side.set_major_locator(LogLocator(subs=(1.0, 3.0), numticks=8))
    side.set_major_formatter(lambda value, _: f"{value:g}")
    side.set_minor_locator(_none())


def colours(picture):
    """Returns the colour map and the norm of a grid picture: yellow is bad, dark blue is good."""
    from matplotlib.colors import LogNorm, Normalize

    finite = picture.error[np.isfinite(picture.error)]
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    norm = LogNorm(low, high) if picture.is_log else Normalize(low, high)
    return ("viridis" if picture.small_is_good else "viridis_r"), norm


def _limits(axis):
    """Returns limits with a margin on the axis' own scale."""
    if axis.low == axis.high:
        return axis.low - 0.5, axis.high + 0.5
    if axis.is_log:
        margin = (axis.high / axis.low) ** 0.08
        return axis.low / margin, axis.high * margin
    margin = 0.08 * (axis.high - axis.low)
    return axis.low - margin, axis.high + margin


def _none():
    from matplotlib.ticker import NullLocator

    return NullLocator()
