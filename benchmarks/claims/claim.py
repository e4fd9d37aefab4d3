"""A claim of the guides, and the rule by which measurements speak for it or not.

The rule was fixed before anything was measured. A claim says that one way is better than another,
or that two ways are alike. Each seed trains both ways on the same data: the gain is the score of
the first less that of the second, turned round where less is better. From the gains of all seeds
comes the mean with its interval of 95 % (Student's t). On one data set the claim is

- "seen" if the interval lies above 0; of ways that are alike: within ±`margin`,
- "reversed" if the interval lies below 0; of ways that are alike: outside of ±`margin`,
- "open" else.

The verdict is "holds" if it is seen on every data set, "depends" if it is seen on some of them, and
else "not seen". Of 40 intervals of 95 %, one lies above 0 by chance where nothing is behind it.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

SEEDS = 5  # fewer pairs give no verdict
CONFIDENCE = 0.95
SEEN, REVERSED, OPEN, MISSING = "seen", "reversed", "open", "missing"
HOLDS, DEPENDS, NOT_SEEN, NOT_MEASURED = "holds", "depends", "not seen", "not measured"

METRICS = {  # what a score is, and whether more of it is better
    "accuracy": ("points of accuracy", True),
    "bits": ("bits per character", False),
    "psnr": ("dB", True),
    "error": ("points of error", False),
    "spread": ("points of error", True),
}


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """Two ways of doing the same thing on some data.

    Attributes:
        data: A `DataSet`.
        first: What the claim says is better: an object with `run(data, seed)`, which returns a dict
            of scores, and with a `repr` that tells it from others.
        second: What it is compared with, or what it is like.
        metric: Which score counts: a name of `METRICS`.
    """

    data: object
    first: object
    second: object
    metric: str = "accuracy"

    def gains(self, cells):
        """Returns the gains of the seeds that both ways have, in the order of the seeds.

        Args:
            cells: Dict of scores (dicts) by (way, data, seed), the first two as `repr` tells them.
        """
        own = {way: _by_seed(cells, way, self.data) for way in (self.first, self.second)}
        sign = 1 if METRICS[self.metric][1] else -1
        seeds = sorted(own[self.first].keys() & own[self.second].keys())
        return [
            sign * (own[self.first][seed][self.metric] - own[self.second][seed][self.metric])
            for seed in seeds
        ]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Something that a guide says and that can be measured.

    Attributes:
        rows: Numbers of the rows of docs/guide.md, as text.
        says: The claim, a sentence.
        compared: Which two ways are compared, a clause: "first against second, …".
        experiments: Tuple of `Experiment`s, one for each data set.
        default: What the package does, a sentence.
        margin: None where the first way is to be better; else the two are alike, and this is how
            much they may differ, in the unit of the metric.
    """

    rows: str
    says: str
    compared: str
    experiments: tuple
    default: str
    margin: float | None = None


@dataclass(frozen=True)
class Effect:
    """What the seeds of one experiment say together.

    Attributes:
        mean: Mean gain; NaN without two seeds.
        low: Lower end of the interval.
        high: Upper end.
        seeds: Number of pairs.
        finding: "seen", "reversed", "open", or "missing" with fewer pairs than `SEEDS`.
    """

    mean: float
    low: float
    high: float
    seeds: int
    finding: str


def effect_of(gains, margin=None):
    """Returns the `Effect` of paired gains.

    Args:
        gains: List of numbers, one a seed.
        margin: As in `Claim`.
    """
    if len(gains) < 2:
        return Effect(math.nan, math.nan, math.nan, len(gains), MISSING)
    mean, half = float(np.mean(gains)), half_width(gains)
    low, high = mean - half, mean + half
    finding = find(low, high, margin) if len(gains) >= SEEDS else MISSING
    return Effect(mean, low, high, len(gains), finding)


def half_width(gains):
    """Returns half of the 95 % interval of the mean of some numbers, by Student's t."""
    error = np.std(gains, ddof=1) / len(gains) ** 0.5
    return float(stats.t.ppf((1 + CONFIDENCE) / 2, len(gains) - 1) * error)


def find(low, high, margin=None):
    """Returns what an interval says of a claim: the rule above."""
    if margin is None:
        return SEEN if low > 0 else REVERSED if high < 0 else OPEN
    if -margin < low and high < margin:
        return SEEN
    return REVERSED if low > margin or high < -margin else OPEN


def verdict(findings):
    """Returns the verdict on a claim from what was found on each data set.

    Args:
        findings: List of "seen", "reversed", "open" and "missing".
    """
    if MISSING in findings:
        return NOT_MEASURED
    if SEEN not in findings:
        return NOT_SEEN
    return HOLDS if set(findings) == {SEEN} else DEPENDS


def _by_seed(cells, way, data):
    return {
        seed: scores
        for (name, place, seed), scores in cells.items()
        if name == repr(way) and place == repr(data)
    }
