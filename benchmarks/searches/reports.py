"""What the benchmark of searches prints and writes."""

import sys

from rich.console import Console
from rich.table import Table

from benchmarks.figures import earlier_figures, versions, write_figures
from benchmarks.searches.problems import FAMILIES
from benchmarks.searches.regrets import joined, nested, summary

PEERS = ("optuna", "torch", "HEBO", "pymoo", "ax-platform", "botorch", "onnxruntime", "scipy")
SPEED_TRIALS = (20, 50, 100, 500, 1000)


def report(rows, work, verbose):
    """Prints the mean regrets of each family, and of each problem if that is asked for."""
    console, results = page(), summary(rows)
    for name in dict.fromkeys(result["of"] for result in results):
        if verbose or name in FAMILIES:
            shown = [result for result in results if result["of"] == name]
            console.print(table(name, shown, work))


def page():
    """Returns the terminal, or a page of 110 columns: a table in a file is not to be cut."""
    return Console(width=None if sys.stdout.isatty() else 110)


def table(name, results, work):
    """Returns the mean regrets of the contenders as a table, with standard errors over seeds."""
    drawn = Table(title=f"{name}: mean normalised regret")
    drawn.add_column("contender")
    for place in work.places:
        drawn.add_column(f"{place} {work.unit}", justify="right")
    drawn.add_column("searches", justify="right")
    for result in results:
        pairs = zip(result["mean"], result["error"], strict=True)
        figures = [f"{mean:.3f} ± {error:.3f}" for mean, error in pairs]
        drawn.add_row(result["contender"], *figures, str(result["searches"]))
    return drawn


def write_results(rows, work, seeds, json_path):
    """Writes the regrets of all searches, and their means.

    An earlier run may be of other contenders, or of other seeds: its searches stay. Where it has
    the mean of more searches than there are now, that stays too.
    """
    command = "python -m benchmarks.search" + " --pruning" * (work.kind == "pruning")
    setting = {"seeds": seeds, work.unit: list(work.places)}
    earlier = earlier_figures(json_path, **setting)
    rows = joined(earlier.get("searches", {}), rows)
    figures = {
        "peers": earlier.get("peers", {}) | versions(PEERS),
        **setting,
        "results": the_most(earlier.get("results", []), summary(rows)),
        "searches": nested(rows),
    }
    write_figures(json_path, command, **figures)


def the_most(earlier, now):
    """Returns of each contender and problem the mean of the most searches; of as many, the later.

    Args:
        earlier: What `summary` returned before.
        now: What it returns now.
    """
    found = {}
    for result in [*earlier, *now]:
        key = result["of"], result["contender"]
        if key not in found or result["searches"] >= found[key]["searches"]:
            found[key] = result
    return list(found.values())


def report_speed(seconds, json_path):
    """Prints and writes the seconds of a suggestion."""
    drawn = Table(title="seconds of a suggestion, 8 dimensions, one thread")
    drawn.add_column("contender")
    for number in SPEED_TRIALS:
        drawn.add_column(f"{number} trials", justify="right")
    for name, medians in seconds.items():
        drawn.add_row(name, *("too slow" if s is None else f"{s:.4f}" for s in medians))
    page().print(drawn)
    command, figures = "python -m benchmarks.search --speed", {"seconds": seconds}
    write_figures(json_path, command, trials=SPEED_TRIALS, peers=versions(PEERS), **figures)
