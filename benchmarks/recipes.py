"""How far a training comes in five minutes: `fit` against other packages and recipes by hand.

Each contender has the same budget, from the first line of building to its last training step, on
all cores, in a process of its own, one after the other. `benchmarks.training.tasks` says what the
data are, `benchmarks.training.contenders` who takes part. Of ours nothing is chosen: `fit` is given
a builder, the data, the budget and a seed, and it validates within its budget; the others do not.

What is told is the mean score on the validation data over the seeds; for images on the test data
too. What each part of the recipe is worth tells `benchmarks.recipe_parts`.

What is finished is kept in a file and not run again, so that it may be stopped at any moment. No
other program should run beside it:

    python -m benchmarks.recipes               # 33 cells, 3.2 h
    python -m benchmarks.recipes --finished    # only tells

The data are expected in ../shared/data; `--data-dir` names another folder. It is not a part of
`make benchmark` because of the time it takes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.cells import THREADS, Cells
from benchmarks.figures import earlier_figures, write_figures
from benchmarks.training.results import summary, table
from recipes.console import load_tensorflow
from recipes.errors import listing

_GRACE = 900  # seconds beyond the budget, for data and scores

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: python -m benchmarks.recipes --tasks images --seeds 5")
def main(
    tasks: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    contenders: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    seeds: int = typer.Option(3, min=1, help="How many seeds, from 0 on."),
    budget: str = typer.Option("5m", help="Time of each cell."),
    threads: int = typer.Option(0, min=0, help="Threads of each cell; 0 for all cores."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    again: bool = typer.Option(False, "--again", help="Run what is finished once more."),
    data_dir: Path = typer.Option("../shared/data", help="Folder of the data."),
    cells: str = typer.Option("runs/recipe_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option("benchmarks/recipes.json", "--json", help="Where figures go."),
):
    """Compare trainings of the same time by what they reach."""
    load_tensorflow()
    from benchmarks.training.contenders import CONTENDERS
    from benchmarks.training.tasks import TASKS
    from recipes.training.session.budget import parse_budget

    seconds = parse_budget(budget)
    kind = f"{seconds:g} s, {threads or os.cpu_count()} threads"
    asked = chosen("tasks", tasks, TASKS)
    known = {name: None for task in asked for name in CONTENDERS[task]}
    named = chosen("contenders", contenders, known)
    entries = {task: [name for name in named if name in CONTENDERS[task]] for task in asked}
    plan, store = plan_of(kind, entries, seeds), Cells(cells)
    failed = [] if finished else run_plan(plan, store, seconds, threads, data_dir, again=again)
    done = store.read()
    results = {task: [done[k] for k in plan if k in done and k[2] == task] for task in asked}
    results = {task: cells for task, cells in results.items() if cells}
    report(results, TASKS)
    if results:
        write_results(results, TASKS, kind, json_path)
    sys.exit(f"{len(failed)} cells failed: {listing(failed)}." if failed else 0)


def chosen(option, text, known):
    """Returns the named ones of some names, in the order in which they are named."""
    names = [name.strip() for name in text.split(",")] if text else list(known)
    if unknown := [name for name in names if name not in known]:
        rule = f"--{option} must name some of {listing(known)}."
        raise typer.BadParameter(f"{rule} Received: {listing(unknown)}.")
    return names


def plan_of(kind, entries, seeds):
    """Returns the keys of all cells, seed by seed, so that each seed is complete before the next.

    Args:
        kind: Budget and threads in words.
        entries: Dict of lists of contenders by task.
        seeds: How many seeds.
    """
    return [
        (kind, name, task, seed)
        for seed in range(seeds)
        for task, names in entries.items()
        for name in names
    ]


def run_plan(plan, store, seconds, threads, data_dir, *, again):
    """Runs the cells of a plan that are not in the store, adds them, and returns what failed."""
    console, failed = Console(stderr=True), []
    done = {} if again else store.read()
    left = [key for key in plan if key not in done]
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console) as progress:
        bar = progress.add_task("training", total=len(left))
        for kind, contender, task, seed in left:
            name = f"{task}, {contender}, seed {seed}"
            progress.update(bar, description=name)
            cell, trouble = run_cell(task, contender, seed, seconds, threads, data_dir)
            if cell is None:
                failed.append(name)
                console.print(f"{name} failed:\n{trouble}", highlight=False, markup=False)
            else:
                key = {"kind": kind, "contender": contender, "problem": task, "seed": seed}
                store.add(key | cell)
                console.print(f"{name}: {cell['scores']}", highlight=False)
            progress.advance(bar)
    return failed


def run_cell(task, contender, seed, seconds, threads, data_dir):
    """Runs a cell in a process of its own; returns it, or None, and what the process said."""
    words = [task, contender, str(seed), str(seconds), str(data_dir)]
    environment = {name: value for name, value in os.environ.items() if name not in THREADS}
    if threads:
        environment |= dict.fromkeys(THREADS, str(threads))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.training.cell", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=2 * seconds + _GRACE,
        )
    except subprocess.TimeoutExpired:
        return None, "It took more than twice its budget."
    if done.returncode:
        return None, done.stderr[-2_000:]
    return json.loads(done.stdout.splitlines()[-1]), done.stderr


def report(results, tasks):
    """Prints the tables."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    for name, cells in results.items():
        metric = tasks[name].metric
        console.print(table(f"{name}: {metric}", summary(cells)))


def write_results(results, tasks, kind, json_path):
    """Writes the means, and the score of each cell."""
    figures = {
        name: {
            "metric": tasks[name].metric,
            "contenders": summary(cells),
            "cells": cells,
        }
        for name, cells in results.items()
    }
    figures = earlier_figures(json_path, each=kind).get("results", {}) | figures
    write_figures(json_path, "python -m benchmarks.recipes", each=kind, results=figures)


if __name__ == "__main__":
    app()
