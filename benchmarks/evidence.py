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
import signal
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.cells import Cells
from benchmarks.claims.cell import Cell, run_cells
from benchmarks.claims.claim import SEEDS
from benchmarks.claims.results import results_of, table, with_earlier, write_pages
from benchmarks.figures import write_figures
from benchmarks.recipes import chosen
from recipes.errors import listing

_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

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
    """Returns what is not finished as a list of `Cell`s; a way that several claims share is once.

    Args:
        claims: The claims.
        seeds: How many seeds.
        done: Dict of finished cells.
    """
    wanted = {}
    for claim in claims:
        for experiment in claim.experiments:
            for way in (experiment.first, experiment.second):
                cell = Cell(way, experiment.data)
                missing = [seed for seed in range(seeds) if cell.key(seed) not in done]
                if missing:
                    wanted.setdefault(cell.key(None), (cell, missing))
    return list(wanted.values())


def run(plan, store, jobs, data_dir):
    """Runs cells in processes of their own, which add to the store; returns what failed.

    Args:
        plan: What `plan_of` returned.
        store: The `Cells`.
        jobs: Number of processes; 0 for as many as there are cores.
        data_dir: Folder of the data.
    """
    os.environ.update(dict.fromkeys(_THREADS, "1"))  # which the processes inherit
    pool = ProcessPoolExecutor(
        jobs or os.cpu_count(), mp_context=get_context("spawn"), initializer=leave_interrupts
    )
    running = {pool.submit(run_cells, *each, store.path, data_dir): each[0] for each in plan}
    processes = list(pool._processes.values())
    try:
        return watch(running)
    except KeyboardInterrupt:
        for process in processes:
            process.kill()  # what a cell has begun is lost, and nothing else
        raise
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def watch(running):
    """Shows how far a run has come until it is over; returns the names of the cells that failed.

    Args:
        running: Dict of a `Cell` by its future.
    """
    console, failed = Console(stderr=True), []
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("left"), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}"), *columns, console=console) as progress:
        bar = progress.add_task("ways", total=len(running))
        for future in as_completed(running):
            if error := future.exception():
                failed.append(str(running[future]))
                console.print(f"{running[future]} failed: {error!r}", markup=False)
            progress.advance(bar)
    return failed


def leave_interrupts():
    """Leaves Ctrl-C to the process that began the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    app()
