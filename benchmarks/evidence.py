"""The guides' claims, measured: each with its effect, an interval over seeds, and a verdict.

`benchmarks/claims/listed` holds the claims and how each is measured; `benchmarks/claims/claim.py`
the rule of the verdict, which was fixed beforehand. A claim compares two ways on one or more data
sets, paired by seed. All trainings are Keras models on real data, on whichever backend Keras has;
what is said of searches comes from a surrogate of real trainings (LCBench).

What is finished is kept in a file and not run again, so that it may be stopped at any moment; each
seed of each way is one cell. A claim that is not measured stays as evidence.json has it. On two
cores it runs for hours:

    python -m benchmarks.evidence                     # all claims
    python -m benchmarks.evidence --rows 27,61        # those of some rows of docs/guide.md
    python -m benchmarks.evidence --finished          # only tells, and writes the page anew
    KERAS_BACKEND=jax python -m benchmarks.evidence --jobs 12

CIFAR-10, Shakespeare and LCBench are expected in ../shared/data; `--data-dir` names another folder.
It is not a part of `make benchmark` because of the time it takes.
"""

import os
import sys
from pathlib import Path

import typer
from rich.console import Console

from benchmarks.cells import Cells
from benchmarks.claims.cell import Cell
from benchmarks.claims.claim import SEEDS
from benchmarks.claims.results import results_of, table, with_earlier, write_pages
from benchmarks.claims.running import run, unfinished
from benchmarks.figures import write_figures
from benchmarks.recipes import chosen
from recipes.errors import listing

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: python -m benchmarks.evidence --rows 27,61 --jobs 2")
def main(
    rows: str = typer.Option("", help="Rows of the guide, separated by commas; all if empty."),
    seeds: int = typer.Option(SEEDS, min=1, help="How many seeds, from 0 on."),
    jobs: int = typer.Option(0, min=0, help="Processes, of one thread each; 0 for all cores."),
    finished: bool = typer.Option(False, "--finished", help="Run nothing: tell what is finished."),
    data_dir: Path = typer.Option("../shared/data", help="Folder of the data."),
    cells: str = typer.Option("runs/evidence_cells.jsonl", help="Where what is finished is kept."),
    json_path: str = typer.Option("benchmarks/evidence.json", "--json", help="Where figures go."),
    docs: Path = typer.Option("docs", help="Folder of evidence.md and guide.md, which follow."),
):
    """Measure what the guides claim."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from benchmarks.claims.listed import CLAIMS

    asked = claims_of(rows, CLAIMS)
    store = Cells(cells)
    failed = [] if finished else run(plan_of(asked, seeds, store.read()), store, jobs, data_dir)
    done = store.read()
    console = Console(width=None if sys.stdout.isatty() else 150)
    console.print(table(results_of(asked, done)))
    results = with_earlier(results_of(CLAIMS, done), json_path)
    write_figures(json_path, "python -m benchmarks.evidence", **results)
    write_pages(docs, results)
    sys.exit(f"{len(failed)} cells failed: {listing(failed)}." if failed else 0)


def claims_of(rows, claims):
    """Returns the claims of some rows.

    Args:
        rows: Numbers, separated by commas; empty for all.
        claims: All claims.
    """
    known = {row for claim in claims for row in claim.rows.split(", ")}
    wanted = set(chosen("rows", rows, sorted(known, key=int)))
    return [claim for claim in claims if wanted & set(claim.rows.split(", "))]


def plan_of(claims, seeds, done):
    """Returns what is not finished as pairs (`Cell`, seeds); a way that claims share is there once.

    Args:
        claims: The claims.
        seeds: How many seeds.
        done: Dict of finished cells.
    """
    cells = [
        Cell(way, experiment.data)
        for claim in claims
        for experiment in claim.experiments
        for way in (experiment.first, experiment.second)
    ]
    return unfinished(cells, seeds, done)


if __name__ == "__main__":
    app()
