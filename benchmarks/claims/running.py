"""Runs cells in processes of their own, and says how far it has come."""

import os
import signal
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.cells import THREADS
from benchmarks.claims.cell import run_cells


def unfinished(cells, seeds, done):
    """Returns pairs (`Cell`, list of seeds) of what is not finished, each cell once.

    Args:
        cells: List of `Cell`s.
        seeds: How many seeds.
        done: Dict of finished cells.
    """
    wanted = {}
    for cell in cells:
        missing = [seed for seed in range(seeds) if cell.key(seed) not in done]
        if missing:
            wanted.setdefault(cell.key(None), (cell, missing))
    return list(wanted.values())


def run(plan, store, jobs, data_dir):
    """Runs cells in processes of their own, which add to the store; returns what failed.

    Args:
        plan: What `unfinished` returned.
        store: The `Cells`.
        jobs: Number of processes; 0 for as many as there are cores.
        data_dir: Folder of the data.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))  # which the processes inherit
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
