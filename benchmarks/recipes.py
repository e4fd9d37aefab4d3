"""How far a training comes in five minutes: `fit` against other packages and recipes by hand.

Each contender has the same budget, from the first line of building to its last training step, on
all cores, in a process of its own, one after the other. `benchmarks.training.tasks` says what the
data are, `benchmarks.training.contenders` who takes part. Of ours nothing is chosen: `fit` is given
a builder, the data, the budget and a seed, and it validates within its budget; the others do not.

- By default: the mean score on the validation data over the seeds; for images on the test data too.
- `--without`: the recipe without each of its parts, paired by seed with the whole one. What a part
  is worth is the score with it less the score without it. Where the machine is not steady, the
  steps that fitted into the time tell.

What is finished is kept in a file and not run again, so that it may be stopped at any moment. No
other program should run beside it:

    python -m benchmarks.recipes                                                 # 33 cells, 3.2 h
    python -m benchmarks.recipes --tasks images --contenders fit --seeds 5 --without all    # 5 h
    python -m benchmarks.recipes --finished                                          # only tells

The data are expected in ../shared/data; `--data-dir` names another folder. It is not a part of
`make benchmark` because of the time it takes.
"""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.cells import Cells
from benchmarks.figures import earlier_figures, write_figures
from benchmarks.training.cell import WITHOUT
from benchmarks.training.results import differences, summary, table, table_of_parts
from recipes.console import load_tensorflow
from recipes.errors import listing

_GRACE = 900  # seconds beyond the budget, for data and scores
JSON = {"contenders": "benchmarks/recipes.json", "parts": "benchmarks/recipe_parts.json"}
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: python -m benchmarks.recipes --tasks images --seeds 5 --without all")
def main(
    tasks: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    contenders: str = typer.Option("", help="Names, separated by commas; all if none is named."),
    without: str = typer.Option(
        "", help='Parts that are left out in further cells, separated by commas, or "all".'
    ),
    seeds: int = typer.Option(3, min=1, help="How many seeds, from 0 on."),
    budget: str = typer.Option("5m", help="Time of each cell."),
    threads: int = typer.Option(0, min=0, help="Threads of each cell; 0 for all cores."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    again: bool = typer.Option(False, "--again", help="Run what is finished once more."),
    data_dir: Path = typer.Option("../shared/data", help="Folder of the data."),
    cells: str = typer.Option("runs/recipe_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option(
        "", "--json", help="Where figures go.", show_default=", ".join(JSON.values())
    ),
):
    """Compare trainings of the same time by what they reach."""
    load_tensorflow()
    from benchmarks.training.contenders import CONTENDERS
    from benchmarks.training.parts import PARTS
    from benchmarks.training.tasks import TASKS
    from recipes.training.session.budget import parse_budget

    seconds = parse_budget(budget)
    kind = f"{seconds:g} s, {threads or os.cpu_count()} threads"
    asked = chosen("tasks", tasks, TASKS)
    known = {name: None for task in asked for name in CONTENDERS[task]}
    named = chosen("contenders", contenders, known)
    left_out = chosen("without", without.replace("all", ""), PARTS) if without else []
    entries = {
        task: [
            *(name for name in named if name in CONTENDERS[task]),
            *(WITHOUT + part for part in left_out if finished or part in parts(task, data_dir)),
        ]
        for task in asked
    }
    plan, store = plan_of(kind, entries, seeds), Cells(cells)
    failed = [] if finished else run_plan(plan, store, seconds, threads, data_dir, again=again)
    done = store.read()
    results = {task: [done[k] for k in plan if k in done and k[2] == task] for task in asked}
    results = {task: cells for task, cells in results.items() if cells}
    report(results, TASKS)
    if results:
        json_path = json_path or JSON["parts" if without else "contenders"]
        options = f" --contenders fit --without {without}" if without else ""
        write_results(results, TASKS, kind, options, json_path)
    sys.exit(f"{len(failed)} cells failed: {listing(failed)}." if failed else 0)


@functools.cache
def parts(task, data_dir):
    """Returns the parts that the recommended recipe has for a task."""
    from benchmarks.training.contenders import BUILDERS, recommended
    from benchmarks.training.parts import parts_of
    from benchmarks.training.tasks import TASKS

    data = TASKS[task].load(data_dir)
    recipe, model = recommended(BUILDERS[task](data), data, budget=1)
    return parts_of(recipe, model, data.train[0])


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
    environment = {name: value for name, value in os.environ.items() if name not in _THREADS}
    if threads:
        environment |= dict.fromkeys(_THREADS, str(threads))
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
        if rows := differences(cells, "fit", WITHOUT):
            better = "above" if tasks[name].higher else "below"
            title = f"{name}: worth of each part in {metric}"
            console.print(table_of_parts(title, rows), f"A part helps if it is {better} 0.")


def write_results(results, tasks, kind, options, json_path):
    """Writes the means, and the score of each cell; the options are those that make them again."""
    figures = {
        name: {
            "metric": tasks[name].metric,
            "contenders": summary(cells),
            "parts": differences(cells, "fit", WITHOUT),
            "cells": cells,
        }
        for name, cells in results.items()
    }
    figures = earlier_figures(json_path, each=kind).get("results", {}) | figures
    write_figures(json_path, "python -m benchmarks.recipes" + options, each=kind, results=figures)


if __name__ == "__main__":
    app()
