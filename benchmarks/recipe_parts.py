"""What each part of the recommended recipe is worth in five minutes on a small machine (row 1).

A part may cost time: without it more steps fit into the budget. So two things are measured:

- `--time`, by TensorFlow on all cores: what `fit` does with 18,000 images in the budget (the size
  that it chooses, the steps that it makes), and then the time of a step of that size without each
  part. No other program should run beside it; it takes the budget and five minutes more.
- By default: trainings of that size, with as many passes as the budget holds without each part,
  paired by seed with the whole. What a part is worth is the accuracy with it less that without it.
  They run on whichever backend Keras has; a GPU does them in minutes, and each is kept:

    python -m benchmarks.recipe_parts --time
    KERAS_BACKEND=jax python -m benchmarks.recipe_parts --jobs 12
    python -m benchmarks.recipe_parts --finished                   # only tells

CIFAR-10 is expected in ../shared/data; `--data-dir` names another folder.
"""

import os
import sys
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.cells import Cells
from benchmarks.claims.cell import Cell, machines
from benchmarks.claims.claim import SEEDS, effect_of
from benchmarks.claims.listed.recipe import ALL_IMAGES, RECIPE
from benchmarks.claims.running import run, unfinished
from benchmarks.claims.ways import changed
from benchmarks.figures import earlier_figures, write_figures
from recipes.errors import listing

COSTLY = -0.5  # points of accuracy: what a part may cost
WITHOUT = {  # the parts by their names in `benchmarks.training.parts`, and what is changed
    "augmentation": {"shift": 0, "flip": False},
    "shift": {"shift": 0},
    "flip": {"flip": False},
    "standardizing": {"preprocessing": "unit"},
    "weight decay": {"weight_decay": 0.0},
    "schedule": {"schedule": "constant", "warmup": 0.0},
    "warm-up": {"warmup": 0.0},
    "label smoothing": {"label_smoothing": 0.0},
    "zero last gamma": {"network__zero_gamma": False},
    "size": {"network__depth": 20, "network__width": 1.0},
}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    timed: bool = typer.Option(False, "--time", help="Measure steps, and train nothing else."),
    budget: str = typer.Option("5m", help="With --time: the budget."),
    seeds: int = typer.Option(SEEDS, min=1, help="How many seeds, from 0 on."),
    jobs: int = typer.Option(0, min=0, help="Processes, of one thread each; 0 for all cores."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    data_dir: Path = typer.Option("../shared/data", help="Folder of the data."),
    cells: str = typer.Option("runs/part_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option(
        "benchmarks/recipe_parts.json", "--json", help="Where figures go."
    ),
):
    """Measure what each part of the recipe is worth within a budget."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    held = held_by(budget, data_dir) if timed else earlier_figures(json_path).get("held")
    if held is None:
        sys.exit(f"{json_path} is not there: begin with --time.")
    store = Cells(cells)
    every = [cell for pair in pairs_of(held).values() for cell in pair]
    plan = unfinished(every, seeds, store.read())
    failed = [] if finished or timed else run(plan, store, jobs, data_dir)
    done = store.read()
    rows = rows_of(held, done, seeds)
    if not rows and not timed:
        sys.exit(f"No part is finished in {cells}: {json_path} stays as it is.")
    command = "python -m benchmarks.recipe_parts"
    write_figures(json_path, command, held=held, machines=machines(done), rows=rows)
    Console().print(table(rows))
    sys.exit(f"{len(failed)} cells failed: {listing(failed)}." if failed else 0)


def held_by(budget, data_dir):
    """Returns what a budget holds on this machine, as `steps_within` says."""
    from benchmarks.training.step_times import steps_within
    from benchmarks.training.tasks import TASKS

    return steps_within(budget, TASKS["images"].load(data_dir))


def pairs_of(held):
    """Returns pairs of `Cell`s by part: the whole, and that without the part.

    Args:
        held: What `steps_within` returned.
    """
    size = {f"network__{name}": value for name, value in held["size"].items()}
    whole = changed(RECIPE, **size)
    return {
        part: (
            Cell(changed(whole, epochs=held["passes"][part]["whole"]), ALL_IMAGES),
            Cell(changed(whole, **other, epochs=held["passes"][part]["without"]), ALL_IMAGES),
        )
        for part, other in WITHOUT.items()
    }


def rows_of(held, done, seeds):
    """Returns a dict for each part: its worth with an interval, and what the time holds without it.

    Args:
        held: What `steps_within` returned.
        done: Dict of finished cells.
        seeds: How many seeds.
    """
    step, rows = held["step_seconds"], []
    for part, pair in pairs_of(held).items():
        whole, without = (cell.scores(done, seeds) for cell in pair)
        both = sorted(whole.keys() & without.keys())
        gains = [whole[seed]["accuracy"] - without[seed]["accuracy"] for seed in both]
        if len(gains) < 2:
            continue
        effect = effect_of(gains)
        row = {"part": part, "step_ratio": step[part] / step[""], "passes": held["passes"][part]}
        worth = {"worth": effect.mean, "low": effect.low, "high": effect.high}
        rows.append(row | worth | {"seeds": effect.seeds, "gains": gains})
    return rows


def table(rows):
    """Returns what each part is worth as a table."""
    drawn = Table("part", title="Worth of each part in points of accuracy")
    for name in ("a step without it", "passes with and without", "worth", "95 % interval", "seeds"):
        drawn.add_column(name, justify="right")
    drawn.add_column("has its place")
    for row in rows:
        drawn.add_row(
            row["part"],
            f"× {row['step_ratio']:.2f}",
            "{whole}, {without}".format(**row["passes"]),
            f"{row['worth']:+.2f}",
            f"{row['low']:+.1f} to {row['high']:+.1f}",
            str(row["seeds"]),
            "yes" if row["worth"] >= COSTLY else "NO",
        )
    return drawn


if __name__ == "__main__":
    app()
