"""The graph check on every network of `keras.applications`: does it stay silent where it must?

Each is built without weights, for the smallest images that it takes, and checked as a model and
as a builder. The claim is that no finding is an error or a warning; the command fails if one is.
Seconds are those of a build and of the check of the model. Names as arguments choose some.

    python -m benchmarks.graph_applications [VGG16 …] [--level full]
        [--json benchmarks/graph_applications.json]
"""

import functools
import gc
import inspect
import resource
import sys
import time

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

SIDES = (32, 48, 64, 72, 80, 96, 224)  # pixels


def main(
    names: list[str] = typer.Argument(None, help="Networks; all by default."),
    level: str = typer.Option("trace", help="How deep the check goes."),
    json_path: str = typer.Option("benchmarks/graph_applications.json", "--json"),
):
    """Measure whether the graph check is silent on the networks of Keras."""
    load_tensorflow()
    rows = [measure(name, level) for name in names or applications()]
    Console().print(table(rows))
    write_figures(json_path, "python -m benchmarks.graph_applications", level=level, rows=rows)
    loud = [row["network"] for row in rows if row["findings"]]
    if loud:
        sys.exit(f"The check is not silent on {', '.join(loud)}.")


def applications():
    """Returns the names of all builders in `keras.applications`."""
    import keras

    return [name for name, _ in inspect.getmembers(keras.applications, inspect.isfunction)]


def measure(name, level):
    """Builds and checks one network; returns its figures."""
    from recipes import check_graph

    model, build = smallest(name)
    tidy()
    began = time.perf_counter()
    model = build()
    built = time.perf_counter()
    reports = [check_graph(model, level=level)]
    checked = time.perf_counter()
    reports.append(check_graph(build, level=level))
    row = {
        "network": name,
        "side": model.input_shape[1],
        "parameters": model.count_params(),
        "findings": [str(f) for r in reports for f in r.findings if f.severity != "info"],
        "infos": sorted({f.code for r in reports for f in r.findings if f.severity == "info"}),
        "build_seconds": round(built - began, 2),
        "check_seconds": round(checked - built, 2),
    }
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name:20} {' '.join(row['findings']) or 'silent'} ({memory:.1f} GiB)", flush=True)
    del model, reports
    tidy()
    return row


def smallest(name):
    """Returns a network for the smallest images that it takes, and what builds it."""
    import keras

    for side in SIDES:
        build = functools.partial(
            getattr(keras.applications, name),
            input_shape=(side, side, 3),
            weights=None,
            classes=10,
        )
        try:
            return build(), build
        except ValueError:  # too small for it
            continue
    raise ValueError(f"{name} takes no images of {SIDES} pixels.")


def tidy():
    """Gives back what the last models held."""
    import keras

    keras.backend.clear_session()
    gc.collect()


def table(rows):
    """Returns the figures as a table."""
    made = Table("network", "pixels", "parameters", "findings", "infos", "build, s", "check, s")
    for row in rows:
        seconds = (f"{row[key]:.2f}" for key in ("build_seconds", "check_seconds"))
        made.add_row(
            row["network"],
            str(row["side"]),
            f"{row['parameters']:,}",
            str(len(row["findings"])),
            ", ".join(row["infos"]),
            *seconds,
        )
    return made


if __name__ == "__main__":
    typer.run(main)
