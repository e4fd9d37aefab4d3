"""Trials an hour over Ray with 1, 2 and 4 workers, and what 64 of them cost the search.

The trials sleep, report a score four times meanwhile, and load no TensorFlow, so that what is
measured is Ray and the search: the start of each trial's process, the reports, the journal. Each
worker runs the same number of trials; the cluster has been started before. The claim is at least
0.9 of linear at 4 workers; the command fails below it.

The load of the search is the processor time of its process while 64 workers report to it, each a
process of its own on this machine that asks for no processor.

    python -m benchmarks.scale [--sleep 30] [--trials 2]
    python -m benchmarks.scale --sleep 3 --trials 1 --crowd 8 --json /tmp/scale.json  # a quick look
"""

import sys
import tempfile
import time

import typer

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

CLAIM = 0.9
WORKERS = (1, 2, 4)
REPORTS = 4  # of each trial


def main(
    sleep: float = typer.Option(30.0, help="Seconds that a trial sleeps."),
    trials: int = typer.Option(2, help="Trials of each worker."),
    crowd: int = typer.Option(64, help="Workers of the measurement of the search's load."),
    json_path: str = typer.Option("benchmarks/scale.json", "--json", help="Where figures go."),
):
    """Measure how a search over Ray scales."""
    load_tensorflow()
    import ray

    ray.init("local", num_cpus=max(WORKERS), include_dashboard=False, logging_level="ERROR")
    rows = [measure(workers, trials, sleep, cpus=1) for workers in WORKERS]
    load = measure(crowd, 1, sleep, cpus=0)
    ray.shutdown()
    for row in rows:
        row["of_linear"] = row["trials_an_hour"] / row["workers"] / rows[0]["trials_an_hour"]
    command = f"python -m benchmarks.scale --sleep {sleep:g} --trials {trials} --crowd {crowd}"
    write_figures(json_path, command, ray=ray.__version__, scaling=rows, load=load)
    show(rows, load)
    if rows[-1]["of_linear"] < CLAIM:
        sys.exit(f"{WORKERS[-1]} workers reach less than {CLAIM} of linear.")


def measure(workers, trials, sleep, *, cpus):
    """Runs so many trials for each worker; returns a dict."""
    import tuners

    engine = tuners.RayEngine(workers=workers, resources={"cpus": cpus})
    with tempfile.TemporaryDirectory() as folder:
        tuner = make(folder, workers * trials, sleep)
        began, worked = time.monotonic(), time.process_time()
        tuner.search(verbose=0, engine=engine)
        seconds, cpu_seconds = time.monotonic() - began, time.process_time() - worked
    ended = len(tuner.oracle.end_order)
    return {
        "workers": workers,
        "trials": ended,
        "seconds": seconds,
        "trials_an_hour": 3600 * ended / seconds,
        "cpu_seconds": cpu_seconds,
        "cpu_seconds_a_trial": cpu_seconds / ended,
        "core_of_the_search": cpu_seconds / seconds,
    }


def make(folder, trials, sleep):
    """Returns the tuner of a search whose trials sleep."""
    import keras_tuner as kt

    import tuners

    hp = kt.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    reports = REPORTS

    def sleeping(values):
        for _ in range(reports):
            time.sleep(sleep / reports)
            yield values["x"]

    return tuners.RandomSearch(
        objective=kt.Objective("score", "min"),
        max_trials=trials,
        seed=0,
        hyperparameters=hp,
        function=sleeping,
        directory=folder,
        project_name="search",
    )


def show(rows, load):
    """Prints the figures: a table, and the load of the search in a sentence."""
    print("workers  trials  trials an hour  of linear")
    for row in rows:
        print(
            f"{row['workers']:7d}  {row['trials']:6d}  {row['trials_an_hour']:14.0f}  "
            f"{row['of_linear']:9.2f}"
        )
    print(
        f"With {load['workers']} workers the search took {load['cpu_seconds']:.2f} s of processor "
        f"time in {load['seconds']:.0f} s."
    )


if __name__ == "__main__":
    typer.run(main)
