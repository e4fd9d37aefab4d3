"""The numbers of a range: how many there are, and where each lies between minimum and maximum.

A place is a number's position among those that steps lead to, from 0; a share is where a number
lies on the range's own scale, from 0 at the minimum to 1 at the maximum.
"""

import math

import keras_tuner

_kinds = keras_tuner.engine.hyperparameters


def count(hp):
    """Returns how many numbers a step leads to; with a tolerance, or the 0.5 of 5 · 0.1 is lost."""
    if hp.sampling == "linear" or hp.step is None:
        return math.floor((hp.max_value - hp.min_value) / (hp.step or 1) + 1e-9) + 1
    return math.floor(math.log(hp.max_value / hp.min_value, hp.step) + 1e-9) + 1


def number_at(hp, place):
    """Returns the number at a place of a range with steps, the smallest being at 0."""
    if hp.sampling == "linear" or hp.step is None:
        number = hp.min_value + place * (hp.step or 1)
    elif hp.sampling == "log":
        number = hp.min_value * hp.step**place
    else:
        last = count(hp) - 1
        number = hp.max_value + hp.min_value - hp.min_value * hp.step ** (last - place)
    if isinstance(hp, _kinds.Int):
        return round(number)
    number = float(f"{number:.12g}")  # 0.3, not 0.30000000000000004
    return min(max(number, hp.min_value), hp.max_value)


def from_uniform(hp, u):
    """Returns a number of a range without steps; whole ones have shares as wide as they are."""
    if isinstance(hp, _kinds.Float):
        return from_share(hp, u)
    low, end = hp.min_value, hp.max_value + 1
    if hp.sampling == "reverse_log":
        number = end + low - low * (end / low) ** (1.0 - u)
    else:
        number = low + u * (end - low) if hp.sampling == "linear" else low * (end / low) ** u
    return min(max(int(number), low), hp.max_value)


def from_share(hp, share):
    """Returns the number at a share of the way from minimum to maximum, on the hp's scale."""
    low, high = hp.min_value, hp.max_value
    if hp.sampling == "linear" or low == high:
        number = low + share * (high - low)
    elif hp.sampling == "log":
        number = low * (high / low) ** share
    else:
        number = high + low - low * (high / low) ** (1.0 - share)
    number = min(max(number, low), high)
    return round(number) if isinstance(hp, _kinds.Int) else float(number)


def on_step(hp, number):
    """Returns the number of a long range with steps that is nearest to a number."""
    if hp.step is None:
        return number
    if hp.sampling == "linear":
        place = (number - hp.min_value) / hp.step
    elif hp.sampling == "log":
        place = math.log(number / hp.min_value, hp.step)
    else:
        mirrored = (hp.max_value + hp.min_value - number) / hp.min_value
        place = count(hp) - 1 - math.log(mirrored, hp.step)
    return number_at(hp, min(max(round(place), 0), count(hp) - 1))


def to_share(hp, value):
    """Returns where a number lies between minimum and maximum; the inverse of `from_share`."""
    low, high = hp.min_value, hp.max_value
    if low == high or not isinstance(value, (int, float)):
        return 0.5  # a value of an older space may be of another kind
    value = min(max(value, low), high)
    if hp.sampling == "linear":
        return (value - low) / (high - low)
    if hp.sampling == "log":
        return math.log(value / low) / math.log(high / low)
    return 1.0 - math.log((high + low - value) / low) / math.log(high / low)
