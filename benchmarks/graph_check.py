"""What a graph check costs, against building the model and against its first training step.

Each measurement has a model of its own, built and compiled afresh, because the first
`train_on_batch` is the one that traces. In each round all of them are taken in turn, and who
goes first moves on by one with each round. Ratios are taken within a round; given are the median
and the quartiles over the rounds.

    build    the builder alone
    step     the first `train_on_batch`, with SGD and momentum
    static, trace, full    `check_graph` of the model at this level, without data
    watched  `check_graph` of the builder at level "static": the build and what watching it costs

The claims: static takes less than 50 ms on ResNet-50; on each network trace takes at most as long
as the first step, and full at most 1.5 times as long. The command fails if one is not kept.

    python -m benchmarks.graph_check [--rounds 5] [--networks ResNet-20,LSTM]
        [--json benchmarks/graph_check.json]
"""

import functools
import gc
import statistics
import sys
import time

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

STATIC_SECONDS = 0.05  # on ResNet-50
STEP_RATIOS = {"trace": 1.0, "full": 1.5}
MEASURES = ("step", "static", "trace", "full", "watched")


def main(
    rounds: int = typer.Option(5, help="Number of rounds, each with fresh models."),
    networks: str = typer.Option("", help="Networks, separated by commas; all by default."),
    json_path: str = typer.Option(
        "benchmarks/graph_check.json", "--json", help="Where figures go."
    ),
):
    """Measure the cost of each level of the graph check."""
    load_tensorflow()
    known = cases()
    chosen = networks.split(",") if networks else list(known)
    take_round(known["ResNet-20"], 0)  # what happens once in a process is nobody's share
    results = {name: measure(known[name], rounds) for name in chosen}
    claims = judge(results)
    Console().print(table(results), claims_table(claims))
    figures = {"rounds": rounds, "results": results, "claims": claims}
    write_figures(json_path, "python -m benchmarks.graph_check", **figures)
    broken = [claim["claim"] for claim in claims if not claim["kept"]]
    if broken:
        sys.exit(f"Not kept: {'; '.join(broken)}.")


def cases():
    """Returns what is measured: name → (builder, input shape, output shape, batch size)."""
    import keras

    from recipes import build_resnet, build_rnn, build_unet

    photos = (224, 224, 3)
    theirs = {"input_shape": photos, "weights": None, "classes": 1_000}

    def ours(build, *shape_and_outputs, **options):
        return functools.partial(build, *shape_and_outputs, seed=0, **options)

    return {
        "ResNet-20": (ours(build_resnet, (32, 32, 3), 10, depth=20), (32, 32, 3), (10,), 64),
        "ResNet-50": (ours(build_resnet, photos, 1_000, depth=50), photos, (1_000,), 8),
        "MobileNetV2": (
            functools.partial(keras.applications.MobileNetV2, **theirs),
            photos,
            (1_000,),
            8,
        ),
        "EfficientNetB0": (
            functools.partial(keras.applications.EfficientNetB0, **theirs),
            photos,
            (1_000,),
            8,
        ),
        "U-Net": (ours(build_unet, (128, 128, 1), 2, filters=32), (128, 128, 1), (128, 128, 2), 8),
        "LSTM": (ours(build_rnn, (100, 16), 10), (100, 16), (10,), 64),
    }


def measure(case, rounds):
    """Returns the seconds and ratios of a network."""
    taken = [take_round(case, number) for number in range(1, rounds + 1)]
    seconds = {key: summary([one[key] for one in taken]) for key in taken[0]}
    levels = ("static", "trace", "full", "watched")
    ratios = {
        f"{level} to {other}": summary([one[level] / one[other] for one in taken])
        for level in levels
        for other in ("build", "step")
    }
    return {"batch_size": case[-1], "seconds": seconds, "ratios": ratios}


def take_round(case, number):
    """Takes each measurement once; returns seconds by name."""
    build, *rest = case
    batch = make_batch(*rest)
    first = number % len(MEASURES)
    taken, builds = {}, []
    for name in (*MEASURES[first:], *MEASURES[:first]):
        model, seconds = timed(build)
        builds.append(seconds)
        compile_model(model)
        taken[name] = timed(action(name, model, build, batch))[1]
        del model
        tidy()
    print(" ".join(f"{key} {value:.3f}" for key, value in taken.items()), flush=True)
    return {"build": statistics.median(builds), **taken}


def action(name, model, build, batch):
    """Returns what is timed: a callable without arguments."""
    from recipes import check_graph

    if name == "step":
        return functools.partial(model.train_on_batch, *batch)
    if name == "watched":
        return functools.partial(check_graph, build, level="static")
    return functools.partial(check_graph, model, level=name)


def compile_model(model):
    """Compiles a classifier."""
    import keras

    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "categorical_crossentropy")


def make_batch(input_shape, output_shape, batch_size):
    """Returns random inputs and one-hot labels."""
    import numpy as np

    generator = np.random.default_rng(0)
    x = generator.random((batch_size, *input_shape), dtype="float32")
    labels = generator.integers(0, output_shape[-1], (batch_size, *output_shape[:-1]))
    return x, np.eye(output_shape[-1], dtype="float32")[labels]


def timed(call):
    """Returns what a call returns, and its seconds."""
    began = time.perf_counter()
    result = call()
    return result, time.perf_counter() - began


def tidy():
    """Gives back what the last model held, so that nobody pays for another's."""
    import keras

    keras.backend.clear_session()
    gc.collect()


def summary(values):
    """Returns the median and the quartiles of some values."""
    low, _, high = (
        statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    )
    return {"median": statistics.median(values), "quartiles": [low, high]}


def judge(results):
    """Returns each claim with its figure, and whether it is kept."""
    claims = []
    if "ResNet-50" in results:
        seconds = results["ResNet-50"]["seconds"]["static"]["median"]
        claims.append(_claim("static on ResNet-50, s", seconds, STATIC_SECONDS))
    for name, result in results.items():
        for level, limit in STEP_RATIOS.items():
            ratio = result["ratios"][f"{level} to step"]["median"]
            claims.append(_claim(f"{level} to first step on {name}", ratio, limit))
    return claims


def _claim(name, figure, limit):
    return {"claim": f"{name} ≤ {limit}", "figure": figure, "kept": figure <= limit}


def table(results):
    """Returns seconds and ratios as a table: median (quartiles)."""
    made = Table("network", "", "seconds", "to build", "to first step")
    for name, result in results.items():
        for key, seconds in result["seconds"].items():
            ratios = [result["ratios"].get(f"{key} to {other}") for other in ("build", "step")]
            cells = (_text(part) if part else "" for part in (seconds, *ratios))
            made.add_row(name, key, *cells)
            name = ""
        made.add_section()
    return made


def _text(part):
    low, middle, high = (f"{value:.3g}" for value in sorted([*part["quartiles"], part["median"]]))
    return f"{middle} ({low} to {high})"


def claims_table(claims):
    """Returns the claims as a table, kept or not."""
    made = Table("claim", "figure", "kept")
    for claim in claims:
        made.add_row(claim["claim"], f"{claim['figure']:.3f}", "yes" if claim["kept"] else "NO")
    return made


if __name__ == "__main__":
    typer.run(main)
