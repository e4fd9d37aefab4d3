"""How good a setting searches find in few trials, how long they think, and what pruning saves.

Contenders: our Bayesian and random search against those of KerasTuner, Optuna's TPE and GP sampler,
HEBO and Ax, each with its own defaults, on one thread. Problems: five LCBench tasks (validation
error of MLPs with seven parameters) and seven functions; `benchmarks.searches.problems` says more.

- By default: the mean normalised regret (0 the best that is known, 1 the median of random settings)
  after 10, 20, 30 and 50 trials. What counts is the setting with the best value observed so far,
  judged by its value without noise.
- `--speed`: the seconds that a suggestion takes at 20, 100, 500 and 1000 trials in 8 dimensions.
- `--pruning`: the mean normalised regret of what a search returns after 260, 700 and 2080 epochs
  (5, 13 and 40 full trainings) on the tasks.

What is finished is kept in a file and not run again; several processes may share the work:

    python -m benchmarks.search [--contenders ours,optuna-gp] [--problems 3945,branin]
    python -m benchmarks.search --part 0/2 & python -m benchmarks.search --part 1/2
    python -m benchmarks.search --speed --json benchmarks/search_speed.json
    python -m benchmarks.search --pruning --json benchmarks/search_pruning.json

The data of the tasks are expected in ../shared/data; `--data-dir` names another folder. The peers
come with `pip install -e '.[bench]'`, after torch from its index of CPU builds. HEBO 0.3.6 asks for
NumPy < 1.25, which our dependencies exclude, but runs with a new one; its evolution has no seed
with a newer pymoo: `pip install --no-deps HEBO==0.3.6 disjoint-set pymoo==0.6.0`.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata

import numpy as np
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from benchmarks.cells import Cells
from benchmarks.figures import write_figures
from recipes.console import load_tensorflow
from recipes.errors import listing

TRIALS = (10, 20, 30, 50)  # after which regrets are told
SPEED_TRIALS = (20, 100, 500, 1000)
BUDGETS = (260, 700, 2080)  # epochs
PEERS = ("optuna", "torch", "HEBO", "pymoo", "ax-platform", "botorch", "onnxruntime", "scipy")
FAMILIES = ("tasks", "functions")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: python -m benchmarks.search --contenders ours,ax --problems 3945 -v")
def main(
    contenders: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    problems: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    seeds: int = typer.Option(10, min=1, help="How many seeds, from 0 on."),
    trials: int = typer.Option(50, min=1, help="Trials of a search."),
    speed: bool = typer.Option(False, "--speed", help="Measure the time of suggestions instead."),
    pruning: bool = typer.Option(False, "--pruning", help="Measure regret by epochs instead."),
    epochs: int = typer.Option(max(BUDGETS), min=1, help="With --pruning: epochs of a search."),
    limit: float = typer.Option(600.0, help="With --speed: seconds for each contender, at most."),
    part: str = typer.Option("0/1", help="Which share of the work to do: 0/2 is the first of two."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    again: bool = typer.Option(False, "--again", help="Run what is finished once more."),
    data_dir: str = typer.Option("", help="Folder of the tasks' data.  [default: ../shared/data]"),
    cells: str = typer.Option("runs/search_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option("benchmarks/search.json", "--json", help="Where figures go."),
    verbose: bool = typer.Option(False, "-v", "--verbose", help="Tell of each problem and cell."),
):
    """Compare searches by regret, by time, or by the epochs that they spend."""
    load_tensorflow()
    from benchmarks.searches.contenders import CONTENDERS
    from benchmarks.searches.problems import make_problems
    from benchmarks.searches.pruned import PRUNED

    known = make_problems(data_dir or None)
    chosen = _chosen("contenders", contenders, PRUNED if pruning else CONTENDERS)
    asked = _chosen("problems", problems, known)
    if speed:
        return report_speed(measure_speed(chosen, limit), json_path)
    if pruning:
        asked = {name: problem for name, problem in asked.items() if problem.curves}
        places = tuple(budget for budget in BUDGETS if budget <= epochs) or (epochs,)
        work = Work("pruning", "epochs", epochs, places, pruning_cell)
    else:
        places = tuple(number for number in TRIALS if number <= trials) or (trials,)
        work = Work("search", "trials", trials, places, search_cell)
    plan, store = plan_of(work, chosen, asked, seeds), Cells(cells)
    if not finished:
        run_plan(share(plan, part), work, chosen, asked, store, again=again, verbose=verbose)
    rows = regrets(work, work.done(store.read()), plan, asked)
    report(rows, work, verbose)
    write_results(rows, work, seeds, json_path)


@dataclass(frozen=True)
class Work:
    """What is done in each cell.

    Attributes:
        kind: "search" or "pruning".
        unit: "trials" or "epochs".
        size: How many of these a search has.
        places: After how many of them its regret is told.
        run: Function of a size, a contender, a problem and a seed that returns a cell's figures.
    """

    kind: str
    unit: str
    size: int
    places: tuple
    run: Callable

    def done(self, cells):
        """Returns those of a dict of cells that are of this size at least."""
        return {key: cell for key, cell in cells.items() if cell["size"] >= self.size}


def _chosen(option, text, known):
    """Returns the named ones of a dict, in the order of the names."""
    names = text.split(",") if text else list(known)
    if unknown := [name for name in names if name not in known]:
        rule = f"--{option} must name some of {listing(known)}."
        raise typer.BadParameter(f"{rule} Received: {listing(unknown)}.")
    return {name: known[name] for name in names}


# --- what there is to run -------------------------------------------------------------------------


def plan_of(work, contenders, problems, seeds):
    """Returns the keys of all cells: contender by contender, tasks first, then seed by seed."""
    return [
        (work.kind, contender, name, seed)
        for contender in contenders
        for family in FAMILIES
        for seed in range(seeds)
        for name, problem in problems.items()
        if problem.family == family
    ]


def share(plan, part):
    """Returns one process' share of the plan; "0/2" is the first of two."""
    match = re.fullmatch(r"(\d+)/(\d+)", part)
    number, count = map(int, match.groups()) if match else (0, 0)
    if number >= count:
        raise typer.BadParameter(f"--part must be 0/2, or 1/2, or such. Received: {part}.")
    return plan[number::count]


def run_plan(plan, work, contenders, problems, store, *, again, verbose):
    """Runs the cells of a plan that are not in the store, and adds them to it."""
    console = Console(stderr=True)
    missing = {key[1] for key in plan if not contenders[key[1]].is_installed}
    for name in sorted(missing):
        console.print(f"{name} is not installed: what is finished of it is told, nothing is run.")
    finished = {} if again else work.done(store.read())
    left = [key for key in plan if key not in finished and key[1] not in missing]
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console) as progress:
        bar = progress.add_task("searching", total=len(left))
        for kind, contender, problem, seed in left:
            name = f"{contender}, {problem}, seed {seed}"
            progress.update(bar, description=name)
            started = time.monotonic()
            figures = work.run(work.size, contenders[contender], problems[problem], seed)
            key = {"kind": kind, "contender": contender, "problem": problem, "seed": seed}
            store.add(key | {"size": work.size} | figures)
            progress.advance(bar)
            if verbose:
                console.print(f"{name}: {time.monotonic() - started:.1f} s", highlight=False)


def search_cell(trials, contender, problem, seed):
    """Returns the observed values, those without noise, and the seconds of each suggestion."""
    from benchmarks.searches.contenders import search

    steps = search(contender, problem, trials, seed)
    return {
        "observed": [step.observed for step in steps],
        "values": [problem.value(step.values) for step in steps],
        "seconds": [round(step.seconds, 5) for step in steps],
    }


def pruning_cell(epochs, contender, problem, seed):
    """Returns what the search would have returned after some epochs, whenever that changed."""
    from benchmarks.searches.pruned import search_with_epochs

    return {"found": search_with_epochs(contender, problem, epochs, seed)}


# --- what has come of it --------------------------------------------------------------------------


def regrets(work, finished, plan, problems):
    """Returns the rows of the finished cells of a plan.

    Args:
        work: The `Work`.
        finished: Dict of cells by key.
        plan: List of keys.
        problems: Dict of `Problem` by name.

    Returns:
        List of dicts with "contender", "family", "problem", "seed" and "regrets", a list with one
        normalised regret for each place.
    """
    rows = []
    for cell in (finished[key] for key in plan if key in finished):
        problem = problems[cell["problem"]]
        values = [returned(cell, place) for place in work.places]
        row = {"family": problem.family, "regrets": [problem.regret(value) for value in values]}
        rows.append({name: cell[name] for name in ("contender", "problem", "seed")} | row)
    return rows


def returned(cell, place):
    """Returns the value without noise of what a search returns after some trials or epochs."""
    from benchmarks.searches.pruned import value_at

    if cell["kind"] == "pruning":
        return value_at(cell["found"], place)
    return cell["values"][int(np.argmin(cell["observed"][:place]))]


def summary(rows):
    """Returns means by contender and family, and by contender and problem, as a list of dicts."""
    groups = {}
    for row in rows:
        for name in (row["family"], row["problem"]):
            groups.setdefault((name, row["contender"]), []).append(row)
    return [
        {"of": name, "contender": contender, "searches": len(group)} | _means(group)
        for (name, contender), group in groups.items()
    ]


def _means(rows):
    """Returns the mean regrets over the cells, and their standard errors over the seeds."""
    by_seed = {}
    for row in rows:
        by_seed.setdefault(row["seed"], []).append(row["regrets"])
    means = np.array([np.mean(each, axis=0) for each in by_seed.values()])
    errors = means.std(axis=0, ddof=1) / len(means) ** 0.5 if len(means) > 1 else 0 * means[0]
    overall = np.mean([row["regrets"] for row in rows], axis=0)
    return {"mean": overall.round(4).tolist(), "error": errors.round(4).tolist()}


def report(rows, work, verbose):
    """Prints the mean regrets of each family, and of each problem if that is asked for."""
    console, results = _console(), summary(rows)
    for name in dict.fromkeys(result["of"] for result in results):
        if verbose or name in FAMILIES:
            shown = [result for result in results if result["of"] == name]
            console.print(table(name, shown, work))


def _console():
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
    """Writes the mean regrets."""
    command = "python -m benchmarks.search" + " --pruning" * (work.kind == "pruning")
    figures = {"seeds": seeds, work.unit: list(work.places), "results": summary(rows)}
    write_figures(json_path, command, peers=peer_versions(), **figures)


def peer_versions():
    """Returns the versions of the peers that are installed, by name."""
    found = {}
    for name in PEERS:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


# --- speed ----------------------------------------------------------------------------------------


def measure_speed(contenders, limit):
    """Returns the seconds of a suggestion by contender.

    Args:
        contenders: Dict of `Contender` by name.
        limit: After how many seconds of suggestions a contender is given up.

    Returns:
        Dict by contender of a list: for each of `SPEED_TRIALS` the median of the ten suggestions
        up to this trial, or None where it was not reached.
    """
    from benchmarks.searches.contenders import search
    from benchmarks.searches.problems import levy

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


def report_speed(seconds, json_path):
    """Prints and writes the seconds of a suggestion."""
    drawn = Table(title="seconds of a suggestion, 8 dimensions, one thread")
    drawn.add_column("contender")
    for number in SPEED_TRIALS:
        drawn.add_column(f"{number} trials", justify="right")
    for name, medians in seconds.items():
        drawn.add_row(name, *("too slow" if s is None else f"{s:.4f}" for s in medians))
    _console().print(drawn)
    command, figures = "python -m benchmarks.search --speed", {"seconds": seconds}
    write_figures(json_path, command, trials=SPEED_TRIALS, peers=peer_versions(), **figures)


if __name__ == "__main__":
    app()
