"""A curve as a line of text."""

import math

_BLOCKS = "▁▂▃▄▅▆▇█"
_GAP = "·"  # in place of what is no number


def sparkline(values, width=24):
    """Returns the last values of a curve as blocks, the lowest of them the lowest.

    Args:
        values: Numbers; those that are not finite are dots.
        width: Characters, at most.
    """
    values = [value / 2 for value in list(values)[-width:]]  # no difference of them overflows
    finite = [value for value in values if math.isfinite(value)]
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    return "".join(_block(value, low, high) for value in values)


def _block(value, low, high):
    if not math.isfinite(value):
        return _GAP
    share = (value - low) / (high - low) if high > low else 0.5
    return _BLOCKS[round(share * (len(_BLOCKS) - 1))]
