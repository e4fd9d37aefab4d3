"""How long a suggestion takes."""

import statistics

from rich.console import Console

from benchmarks.searches.contenders.running import search
from benchmarks.searches.problems import levy
from benchmarks.searches.reports import SPEED_TRIALS


def measure_speed(contenders, limit):
    """Returns the seconds of a suggestion by contender.

    Args:
        contenders: Dict of `Contender` by name.
        limit: After how many seconds of suggestions a contender is given up.

    Returns:
        Dict by contender of a list: for each of `SPEED_TRIALS` the median of the ten suggestions
        up to this trial, or None where it was not reached.
    """
    seconds = {}
    for name, contender in contenders.items():
        if contender.is_installed:
            steps = search(contender, levy(8), max(SPEED_TRIALS), seed=0, seconds=limit)
            took = [step.seconds for step in steps]
            seconds[name] = [
                statistics.median(took[n - 10 : n]) if len(took) >= n else None
                for n in SPEED_TRIALS
            ]
            Console(stderr=True).print(f"{name}: {len(took)} trials in {sum(took):.0f} s")
    return seconds
