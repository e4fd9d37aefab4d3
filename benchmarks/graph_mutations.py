"""Faults put into networks at random places: how many does `check_graph` find, and locate?

The networks are those of our builders and of `keras.applications`, in small; two of ours are
also put into a functional and into a subclassed model. The faults are those of
`benchmarks.mutations`, which also works out what must be named, from the network without the
fault. A mutant is

    found    an error of the code that belongs to the fault names a layer that it concerns
    located  one finding says so, it names all of these layers and no other, and the operation
             or the layer at which it happens
    extra    an error or a warning says something else besides; that the layers after a zero do
             not learn with the present weights is a consequence, and counted as "after"

Each fault is checked at the level that finds it, a product with zero at "full" and the others at
"trace"; the networks without a fault at "full". The claim is that all are found and located, none
with extras, and that nothing is said of the networks without a fault; the command fails if it is
not so.

    python -m benchmarks.graph_mutations [--count 3] [--seed 0] [--faults cut,zero] [--level trace]
        [--networks MLP,U-Net] [--json benchmarks/graph_mutations.json]
"""

import functools
import gc
import sys
import time

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

LEVELS = {"cut": "trace", "bypass": "trace", "dead branch": "trace", "dead chain": "trace"}
LEVELS |= {"unused weight": "trace", "zero": "full"}
FIGURES = ("mutants", "found", "located", "after", "extra")


def main(
    count: int = typer.Option(3, help="Mutants of each network and fault, where it has places."),
    seed: int = typer.Option(0, help="Chooses the places."),
    faults: str = typer.Option("", help="Faults, separated by commas; all by default."),
    networks: str = typer.Option("", help="Networks, separated by commas; all by default."),
    level: str = typer.Option("", help="How deep the check goes; as deep as it must by default."),
    json_path: str = typer.Option("benchmarks/graph_mutations.json", "--json"),
):
    """Measure how many faults the graph check finds and locates."""
    load_tensorflow()
    chosen = networks.split(",") if networks else list(cases())
    kinds = faults.split(",") if faults else None
    healthy, rows = [], []
    for name in chosen:
        silent, tried = measure(name, kinds, count, seed, level)
        healthy.append(silent)
        rows += tried
    totals = {key: tally(rows, key) for key in ("fault", "network")}
    Console().print(table(totals))
    figures = {"level": level or LEVELS, "seed": seed, "healthy": healthy, **totals, "rows": rows}
    write_figures(json_path, "python -m benchmarks.graph_mutations", **figures)
    broken = [row for row in rows if not row["located"] or row["extra"]]
    loud = [row for row in healthy if row["findings"]]
    if broken or loud:
        sys.exit(
            f"{len(broken)} of {len(rows)} mutants not as they must be, {len(loud)} false alarms."
        )


def cases():
    """Returns the networks: name → (builder, what it is put into)."""
    import keras

    from recipes import build_fcn, build_mlp, build_resnet, build_rnn, build_unet

    def ours(build, *shape_and_outputs, **options):
        return functools.partial(build, *shape_and_outputs, seed=0, **options)

    def theirs(name, **options):
        build = getattr(keras.applications, name)
        return functools.partial(
            build, input_shape=(32, 32, 3), weights=None, classes=10, **options
        )

    resnet20 = ours(build_resnet, (8, 8, 1), 10, depth=20, width=0.25)
    unet = ours(build_unet, (16, 16, 1), 2, depth=2, filters=8)
    words = ours(build_rnn, (12,), 4, cell="gru", depth=2, units=8, vocabulary_size=20)
    return {
        "MLP": (ours(build_mlp, (12,), 3, depth=4, units=16), alone),
        "ResNet-20": (resnet20, alone),
        "ResNet-50": (ours(build_resnet, (32, 32, 3), 10, depth=50, width=0.125), alone),
        "U-Net": (unet, alone),
        "FCN": (ours(build_fcn, (16, 16, 1), 4, filters=8), alone),
        "LSTM": (ours(build_rnn, (12, 8), 4, depth=3, units=8, task="next_step"), alone),
        "GRU": (functools.partial(words, bidirectional=True), alone),
        "nested ResNet-20": (resnet20, nested),
        "subclassed U-Net": (unet, subclassed),
        "MobileNetV2": (theirs("MobileNetV2", alpha=0.35), alone),
        "MobileNetV3Small": (theirs("MobileNetV3Small"), alone),
        "EfficientNetB0": (theirs("EfficientNetB0"), alone),
        "DenseNet121": (theirs("DenseNet121"), alone),
        "ConvNeXtTiny": (theirs("ConvNeXtTiny"), alone),
    }


def alone(build):
    """Returns the network as it is."""
    return build()


def nested(build):
    """Returns a functional model in which the network is one layer."""
    import keras

    network = build()
    x = keras.Input(network.input_shape[1:])
    return keras.Model(x, keras.layers.Dense(2, name="outer_head")(network(x)))


def subclassed(build):
    """Returns a subclassed model that holds the network, and has run once."""
    import keras
    import numpy as np

    class Outer(keras.Model):
        def __init__(self):
            super().__init__()
            self.network = build()
            self.outer_head = keras.layers.Dense(2, name="outer_head")

        def call(self, inputs):
            return self.outer_head(self.network(inputs))

    model = Outer()
    model(np.zeros((2, *model.network.input_shape[1:]), "float32"))
    return model


def measure(name, faults, count, seed, level):
    """Returns what is said of a network without a fault, and a row for each mutant of it."""
    from benchmarks import mutations, network_calls

    build, wrap = cases()[name]
    network = network_calls.read_network(build)[1]
    whole = functools.partial(wrap, build)
    healthy = {"network": name, "findings": alarms(whole, level or "full")}
    rows = []
    for fault in faults or mutations.FAULTS:
        for mutant in mutations.choose_mutants(network, fault, count, seed, wrap=wrap):
            rows.append({"network": name, **examine(mutant, level or LEVELS[fault])})
            tidy()
    said = " ".join(healthy["findings"]) or "silent"
    print(f"{name:20} {said}; {sum(row['located'] for row in rows)} of {len(rows)}", flush=True)
    return healthy, rows


def alarms(build, level):
    """Returns what the check says of a network without a fault, as builder and as model."""
    from recipes import check_graph

    reports = [check_graph(build, level=level), check_graph(build(), level=level)]
    return [str(f) for report in reports for f in report.findings if f.severity != "info"]


def examine(mutant, level):
    """Checks a mutant; returns what was to be found, and what was."""
    from recipes import check_graph

    began = time.perf_counter()
    report = check_graph(mutant, level=level)
    seconds = time.perf_counter() - began
    row = {"fault": mutant.fault, "layer": mutant.layer, "call": mutant.number}
    return {**row, **verdict(mutant, report), "seconds": round(seconds, 2)}


def verdict(mutant, report):
    """Compares a report with what must be found."""
    expected = mutant.expected()
    said = [f for f in report.findings if f.severity != "info"]
    hits = [f for f in said if is_hit(f, mutant.code, expected)]
    after = [f for f in said if is_consequence(f, mutant)]
    located = len(hits) == 1 and is_located(hits[0], mutant)
    return {
        "expected": sorted(expected),
        "found": bool(hits),
        "located": located,
        "after": [f.code for f in after],
        "extra": [str(f) for f in said if f not in hits + after],
        "said": [] if located else [str(f) for f in hits],
    }


def is_consequence(finding, mutant):
    """Whether it says that layers after a zero do not learn now: they are fed a constant."""
    dead = finding.code in ("DEAD_NOW", "ZERO_IN_TRAINING")
    return dead and mutant.fault == "zero" and mutant.behind() >= {*finding.layers}


def is_located(finding, mutant):
    """Whether a finding names all that the fault concerns, nothing else, and the place."""
    weights = mutant.expected_weights()
    return (
        {*finding.layers} == mutant.expected()
        and finding.culprit == mutant.culprit()
        and (weights is None or {*finding.weights} == weights)
    )


def is_hit(finding, code, expected):
    """Whether a finding is an error of this code that names one of these layers."""
    return (
        finding.severity == "error" and finding.code == code and bool(expected & {*finding.layers})
    )


def tidy():
    """Gives back what the last models held."""
    import keras

    keras.backend.clear_session()
    gc.collect()


def tally(rows, key):
    """Counts the mutants of each fault, or of each network."""
    groups = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return {name: count_rows(group) for name, group in groups.items()}


def count_rows(rows):
    """Returns how many mutants there are, were found and located, and had extra findings."""
    counts = {figure: sum(bool(row[figure]) for row in rows) for figure in FIGURES[1:]}
    return {"mutants": len(rows), **counts}


def table(totals):
    """Returns the counts per fault and per network as a table."""
    made = Table("", *FIGURES)
    for groups in totals.values():
        for name, counts in groups.items():
            made.add_row(name, *(str(counts[figure]) for figure in FIGURES))
        made.add_section()
    every = totals["fault"].values()
    made.add_row("all", *(str(sum(counts[figure] for counts in every)) for figure in FIGURES))
    return made


if __name__ == "__main__":
    typer.run(main)
