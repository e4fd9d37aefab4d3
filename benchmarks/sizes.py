"""How the error of a network follows from its size and from the passes over the data.

`fit` with a budget takes the size that is expected to err least when the time is over
(`recipes.training.session.sizes`). Here the recommended recipe trains `build_resnet` on 18,000
images, in many sizes and for many passes, and a law is fitted to the mean errors at depth 10:

    error = floor + size / width + passes / number of passes

What `fit` needs of it is passes / size, the number of passes that weighs as much as a width of 1,
and what a deeper network is worth at the same width. A GPU does it in minutes; each seed of each
size is kept when it is finished, so that it may be stopped:

    KERAS_BACKEND=jax python -m benchmarks.sizes --jobs 12
    python -m benchmarks.sizes --finished                    # only tells

CIFAR-10 is expected in ../shared/data; `--data-dir` names another folder.
"""

import os
import sys
from pathlib import Path

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from benchmarks.cells import Cells
from benchmarks.claims.cell import Cell, machines
from benchmarks.claims.listed.recipe import ALL_IMAGES, RECIPE
from benchmarks.claims.running import run, unfinished
from benchmarks.claims.ways import changed
from benchmarks.figures import write_figures
from recipes.errors import listing

GRID = {  # numbers of passes by depth and width
    (10, 0.25): (3, 6, 12, 24),
    (10, 0.5): (3, 6, 12, 24),
    (10, 1.0): (3, 6, 12, 24),
    (10, 2.0): (3, 6, 12),
    (20, 0.25): (3, 6, 12),
    (20, 0.5): (3, 6, 12),
    (20, 1.0): (3, 6, 12),
    (20, 2.0): (6, 12),
    (32, 0.5): (6,),
    (32, 1.0): (6,),
}
SHALLOWEST = 10

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    seeds: int = typer.Option(2, min=1, help="How many seeds, from 0 on."),
    jobs: int = typer.Option(0, min=0, help="Processes, of one thread each; 0 for all cores."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    data_dir: Path = typer.Option("../shared/data", help="Folder of the data."),
    cells: str = typer.Option("runs/size_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option("benchmarks/sizes.json", "--json", help="Where figures go."),
):
    """Measure how error follows from size and passes."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    store = Cells(cells)
    plan = unfinished([cell_of(*each) for each in grid()], seeds, store.read())
    failed = [] if finished else run(plan, store, jobs, data_dir)
    done = store.read()
    rows = rows_of(done, seeds)
    if not rows:
        sys.exit(f"No size is finished in {cells}: {json_path} stays as it is.")
    law = fit_law(rows)
    Console().print(table(rows))
    command = "python -m benchmarks.sizes"
    write_figures(json_path, command, machines=machines(done), law=law, rows=rows)
    sys.exit(f"{len(failed)} cells failed: {listing(failed)}." if failed else 0)


def grid():
    """Returns all triples (depth, width, passes), those with few passes first."""
    every = [(*size, passes) for size, all_passes in GRID.items() for passes in all_passes]
    return sorted(every, key=lambda each: each[2])


def cell_of(depth, width, passes):
    """Returns the `Cell` of a size that is trained for some passes."""
    way = changed(RECIPE, network__depth=depth, network__width=width, epochs=passes)
    return Cell(way, ALL_IMAGES)


def rows_of(done, seeds):
    """Returns a dict for each size and number of passes: its mean error, a share of the images."""
    rows = []
    for depth, width, passes in grid():
        own = cell_of(depth, width, passes).scores(done, seeds)
        if own:
            errors = [1 - scores["accuracy"] / 100 for scores in own.values()]
            size = {"depth": depth, "width": width, "passes": passes}
            rows.append(size | {"error": float(np.mean(errors)), "seeds": len(errors)})
    return rows


def fit_law(rows):
    """Fits the law to depth 10 by least squares of the relative deviation; returns it as a dict.

    Args:
        rows: What `rows_of` returned.
    """
    own = [row for row in rows if row["depth"] == SHALLOWEST]
    width, passes, error = (
        np.array([r[name] for r in own]) for name in ("width", "passes", "error")
    )
    terms = np.stack([np.ones_like(error), 1 / width, 1 / passes], axis=1) / error[:, np.newaxis]
    law = np.linalg.lstsq(terms, np.ones_like(error))[0]
    deviation = terms @ law - 1
    return {
        **dict(zip(("floor", "size", "passes"), law.tolist(), strict=True)),
        "passes_of_width_1": float(law[2] / law[1]),
        "root_mean_square": float(np.sqrt(np.mean(deviation**2))),
        "largest": float(np.abs(deviation).max()),
    }


def gains_of_depth(rows):
    """Returns how much less a deeper network errs than depth 10 of the same width and passes."""
    shallow = {(r["width"], r["passes"]): r["error"] for r in rows if r["depth"] == SHALLOWEST}
    return {
        (row["depth"], row["width"], row["passes"]): shallow[row["width"], row["passes"]]
        - row["error"]
        for row in rows
        if row["depth"] > SHALLOWEST
    }


def table(rows):
    """Returns the errors as a table: a row for each size, a column for each number of passes."""
    columns = sorted({row["passes"] for row in rows})
    drawn = Table(title="Error of each size")
    for name in ("depth", "width", *(f"{passes} passes" for passes in columns)):
        drawn.add_column(name, justify="right")
    for depth, width in GRID:
        own = {r["passes"]: r for r in rows if (r["depth"], r["width"]) == (depth, width)}
        errors = [f"{own[each]['error']:.3f}" if each in own else "" for each in columns]
        drawn.add_row(str(depth), f"{width:g}", *errors)
    return drawn


if __name__ == "__main__":
    app()
