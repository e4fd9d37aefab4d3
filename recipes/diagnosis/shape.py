"""The shape of a curve: where it falls, jumps, runs straight on. Pure Python.

c    one value an epoch, a share of the loss of a model that knows nothing
n    its number of epochs
"""

import itertools
import math
import statistics


def thirds(c):
    """Returns the medians of the second and the last third; a median, as one epoch may jump."""
    third = max(len(c) // 3, 1)
    return statistics.median(c[-2 * third : -third]), statistics.median(c[-third:])


def level(c):
    """Returns the median of the last third: where the curve has come to."""
    return thirds(c)[1]


def late_fall(c):
    """Returns by how much the last third lies below the second; less than 0 if it lies above."""
    before, last = thirds(c)
    return before - last


def thirds_to(c, goal):
    """Returns how many more thirds of the run lead to a goal, if the loss falls on in proportion.

    It is 0 where the goal is met, and infinite where the curve does not fall.
    """
    before, last = thirds(c)
    if last <= goal:
        return 0.0
    return math.log(goal / last) / math.log(last / before) if last < before else math.inf


def rises(c, least):
    """Returns the epochs, from 1, with a value that is more than `least` above the last one."""
    pairs = enumerate(itertools.pairwise(c), 2)
    return [epoch for epoch, (before, after) in pairs if after - before > least]


def steadiness(c):
    """Returns the fall from the first to the last value as a share of all moves up and down.

    It is 1 for a curve that only falls, and about 0 for one that goes nowhere.
    """
    path = sum(abs(after - before) for before, after in itertools.pairwise(c))
    return (c[0] - c[-1]) / path if path else 0.0


def roughness(c):
    """Returns the median distance of a value from the middle of its neighbours; 0 for a line."""
    middles = ((a + b) / 2 for a, b in zip(c, c[2:], strict=False))
    return statistics.median([abs(x - m) for x, m in zip(c[1:], middles, strict=False)] or [0.0])


def straightness(c):
    """Returns the fall an epoch of the second half over that of the first.

    It is 1 for a straight line; a curve that bends toward its end, as a good one does, has less. It
    is 0 where the first half does not fall.
    """
    middle = (len(c) - 1) // 2
    first = (c[0] - c[middle]) / max(middle, 1)
    second = (c[middle] - c[-1]) / (len(c) - 1 - middle)
    return second / first if first > 0 else 0.0


def streak(flags):
    """Returns the epoch, from 1, from which all flags are true until the end."""
    since = len(flags)
    while since > 1 and flags[since - 2]:
        since -= 1
    return since
