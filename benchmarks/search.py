"""How good a setting searches find in few trials, how long they think, and what pruning saves.

Contenders: our Bayesian and random search against those of KerasTuner, Optuna's TPE and GP sampler,
HEBO and Ax, each with its own defaults, on one thread. Problems: five LCBench tasks (validation
error of MLPs with seven parameters) and seven functions; `benchmarks.searches.problems` says more.

- By default: the mean normalised regret (0 the best that is known, 1 the median of random settings)
  after 10, 20, 30 and 50 trials. What counts is the setting with the best value observed so far,
  judged by its value without noise.
- `--speed`: the seconds that a suggestion takes in 8 dimensions at 20, 50, 100, 500 and 1000
  trials.
- `--pruning`: the mean normalised regret of what a search returns after 260, 700 and 2080 epochs
  (5, 13 and 40 full trainings) on the tasks.

What is finished is kept in a file and not run again; several processes may share the work:

    python -m benchmarks.search [--contenders ours,optuna-gp] [--problems 3945,branin]
    python -m benchmarks.search --part 0/2 & python -m benchmarks.search --part 1/2
    python -m benchmarks.search --speed
    python -m benchmarks.search --pruning

The data of the tasks are expected in ../shared/data; `--data-dir` names another folder. The peers
come with `pip install -e '.[bench]'`, after torch from its index of CPU builds. HEBO 0.3.6 asks for
NumPy < 1.25, which our dependencies exclude, but runs with a new one; its evolution has no seed
with a newer pymoo: `pip install --no-deps HEBO==0.3.6 disjoint-set pymoo==0.6.0`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.cells import Cells
from recipes.console import load_tensorflow
from recipes.errors import listing

TRIALS = (10, 20, 30, 50)  # after which regrets are told
BUDGETS = (260, 700, 2080)  # epochs
JSON = {
    "search": "benchmarks/search.json",
    "speed": "benchmarks/search_speed.json",
    "pruning": "benchmarks/search_pruning.json",
}

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
    data_dir: str = typer.Option(
        "", help="Folder of the tasks' data.", show_default="../shared/data"
    ),
    cells: str = typer.Option("runs/search_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option(
        "", "--json", help="Where figures go.", show_default=", ".join(JSON.values())
    ),
    verbose: bool = typer.Option(False, "-v", "--verbose", help="Tell of each problem and cell."),
):
    """Compare searches by regret, by time, or by the epochs that they spend."""
    load_tensorflow()
    from benchmarks.searches.contenders import CONTENDERS
    from benchmarks.searches.problems import make_problems
    from benchmarks.searches.pruned import PRUNED
    from benchmarks.searches.regrets import regrets
    from benchmarks.searches.reports import report, report_speed, write_results
    from benchmarks.searches.speed import measure_speed

    json_path = json_path or JSON["speed" if speed else "pruning" if pruning else "search"]
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
    from benchmarks.searches.problems import FAMILIES

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
    from benchmarks.searches.contenders.running import search

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


if __name__ == "__main__":
    app()
