"""Where a search in one dimension looks next (guide rows 77, 78). Pure Python.

A place is a share of the way from the minimum of a parameter to its maximum, on its own scale.
Nothing is remembered: every step follows from what was measured, so that a search can be resumed,
shared by several workers, or begun at a place of the user's own.

    golden section    Kiefer 1953: the bracket shrinks by 1/φ = 0.618 with each measurement
    bisection         the bracket shrinks by 1/2
"""

import dataclasses
import itertools
import math
import statistics

GOLDEN = (3 - math.sqrt(5)) / 2  # 0.382: the share of a stretch from its better end
_ROUNDING = 1e-12
_HUMP = 0.1  # share of the spread of the scores from which a worse place between two better counts
_STANDARD_ERRORS = 3.0  # and where places are measured several times, so many standard errors


@dataclasses.dataclass(frozen=True)
class Line:
    """The places that may be measured.

    Args:
        places: All of them in order, or None for every number in [0, 1].
        tolerance: Width at which a bracket is narrow enough, as a share of the whole; 0 leads to
            the last of the places.
    """

    places: tuple | None
    tolerance: float

    def nearest(self, target, low, high, known):
        """Returns the new place nearest to a target.

        Args:
            target: A place.
            low: Lower end of the stretch, itself allowed.
            high: Upper end of the stretch, itself allowed.
            known: Places that were measured or are pending.

        Returns:
            A place, or None if the stretch is narrow enough or has none left.
        """
        if high - low <= self.tolerance + _ROUNDING:
            return None
        if self.places is None:
            return None if target in known else target
        left = [place for place in self.places if low <= place <= high and place not in known]
        return min(left, key=lambda place: abs(place - target), default=None)


def golden_section(scores, pending, line, widest_gap):
    """Returns the place to measure next on the way to the least score, or None.

    When the bracket of the minimum is narrow enough, stretches that were never looked into are:
    one minimum is an assumption, and a better score there moves the bracket.

    Args:
        scores: Dict from places to scores; inf where a trial has failed.
        pending: Places whose score is not known yet.
        line: A `Line`.
        widest_gap: Width above which a stretch without a measurement is looked into.
    """
    low, best, high = bracket_of_minimum(scores)
    known = {*scores, *pending}
    found = line.nearest(_golden_target(low, best, high, known), low, high, known)
    if found is not None:
        return found
    low, high = _widest([0.0, *sorted(known), 1.0])
    if high - low <= widest_gap:
        return None
    return line.nearest((low + high) / 2, low, high, known)


def bracket_of_minimum(scores):
    """Returns the places around the least score, and its own.

    Args:
        scores: Dict from places to scores.

    Returns:
        Tuple (low, best, high); an end is 0 or 1 where nothing beyond it was measured, and best is
        None as long as no score is finite.
    """
    finite = {place: score for place, score in scores.items() if math.isfinite(score)}
    if not finite:
        return 0.0, None, 1.0
    best = min(sorted(finite), key=finite.get)
    low = max((place for place in scores if place < best), default=0.0)
    high = min((place for place in scores if place > best), default=1.0)
    return low, best, high


def _golden_target(low, best, high, known):
    """Returns where the widest stretch of a bracket is divided."""
    inside = [place for place in known if low < place < high]
    pivot = best if best is not None else min(inside, default=None)
    if pivot is None:
        return low + GOLDEN * (high - low)
    left, right = _widest(sorted({low, high, pivot, *inside}))
    if right == pivot:
        return right - GOLDEN * (right - left)
    return left + (GOLDEN if left == pivot else 0.5) * (right - left)


def bisection(met, pending, line):
    """Returns the place to measure next on the way to the last one that meets a constraint.

    The ends come first, the far one before the near one: where it meets the constraint, nothing is
    to be searched.

    Args:
        met: Dict from places to whether the constraint is met there.
        pending: Places where that is not known yet.
        line: A `Line`.

    Returns:
        A place, or None where the threshold is known or there is none.
    """
    known = {*met, *pending}
    for end, is_enough in ((1.0, True), (0.0, False)):
        if end not in known:
            return end
        if met.get(end) is is_enough:
            return None
    low, high = bracket_of_threshold(met)
    inside = [place for place in pending if low < place < high]
    left, right = _widest(sorted({low, high, *inside}))
    if high - low <= line.tolerance + _ROUNDING:
        return None
    return line.nearest((left + right) / 2, low, high, known)


def bracket_of_threshold(met):
    """Returns the last place that meets a constraint, and the next one that does not.

    Args:
        met: Dict from places to whether the constraint is met there.

    Returns:
        Pair (low, high): 0 where no place meets it, 1 where none beyond does not.
    """
    low = max((place for place, is_met in met.items() if is_met), default=0.0)
    high = min((place for place, is_met in met.items() if not is_met and place > low), default=1.0)
    return low, high


def _widest(knots):
    """Returns the two neighbours that are farthest apart, the first of equals."""
    return max(itertools.pairwise(knots), key=lambda pair: pair[1] - pair[0])


def two_minima(scores, margin):
    """Looks for a W shape: a place that is worse than places on both of its sides.

    Args:
        scores: Dict from places to scores.
        margin: By how much it must be worse to count, in the unit of the scores.

    Returns:
        Tuple of three places (minimum, hump, minimum), or None.
    """
    places = sorted(place for place, score in scores.items() if math.isfinite(score))
    found, height = None, margin
    for index in range(1, len(places) - 1):
        left = min(places[:index], key=scores.get)
        right = min(places[index + 1 :], key=scores.get)
        rise = scores[places[index]] - max(scores[left], scores[right])
        if rise > height:
            found, height = (left, places[index], right), rise
    return found


def least_hump(losses):
    """Returns by how much a place must be worse than both of its sides to be no noise.

    Args:
        losses: Dict from places to lists of scores, one for each time that it was measured.

    Returns:
        A number in the unit of the scores; inf as long as there are too few of them.
    """
    finite = [[loss for loss in each if math.isfinite(loss)] for each in losses.values()]
    means = [statistics.fmean(each) for each in finite if each]
    if len(means) < 3:
        return math.inf
    spread = _HUMP * (max(means) - min(means))
    repeated = [each for each in finite if len(each) > 1]
    if not repeated:
        return spread
    # The difference of two means has the sum of their variances.
    variance = statistics.fmean(2 * statistics.variance(each) / len(each) for each in repeated)
    return max(spread, _STANDARD_ERRORS * math.sqrt(variance))
