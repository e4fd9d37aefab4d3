"""What the benchmark of searches prints and writes."""

import sys
from importlib import metadata

from rich.console import Console
from rich.table import Table

from benchmarks.figures import earlier_figures, write_figures
from benchmarks.searches.problems import FAMILIES
from benchmarks.searches.regrets import summary

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
    """Writes the mean regrets; what an earlier run has of other contenders is kept."""
    command = "python -m benchmarks.search" + " --pruning" * (work.kind == "pruning")
    setting = {"seeds": seeds, work.unit: list(work.places)}
    earlier = earlier_figures(json_path, **setting)
    every = [*earlier.get("results", []), *summary(rows)]
    results = {(result["of"], result["contender"]): result for result in every}
    peers = earlier.get("peers", {}) | peer_versions()
    write_figures(json_path, command, peers=peers, **setting, results=list(results.values()))


def peer_versions():
    """Returns the versions of the peers that are installed, by name."""
    found = {}
    for name in PEERS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


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
    write_figures(json_path, command, trials=SPEED_TRIALS, peers=peer_versions(), **figures)
