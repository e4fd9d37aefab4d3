"""Build time, first step and step of our networks against those of Keras, in one process.

ResNet-50 at 224 px, batch 8, against `keras.applications.ResNet50`; ResNet-20 at 32 px, batch 64,
against the network of the Keras documentation's CIFAR-10 example, written anew in its style:
convolutions with biases, L2 penalties, `Flatten`. Both of a pair are compiled alike and train on
the same batch in turn; the ratio of the steps is the median over the pairs, ours over theirs. The
claim is that it is at most 1.0 for ResNet-50; the command fails if it is not. Ours has 4.09 G
multiply-adds and theirs 3.86 G: in ours the 3×3 convolution has the stride (variant b).

    python -m benchmarks.builders [--pairs 20] [--json benchmarks/builders.json]
"""

import functools
import statistics
import sys
import time

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

CLAIM = 1.0


def main(
    pairs: int = typer.Option(20, help="Number of pairs of steps."),
    json_path: str = typer.Option("benchmarks/builders.json", "--json", help="Where figures go."),
):
    """Measure building, first step and step against the networks of Keras."""
    load_tensorflow()
    measure(cases()[1], pairs=2)  # what Keras does once in a process is nobody's share
    results = [measure(case, pairs) for case in cases()]
    Console().print(table(results))
    write_figures(json_path, "python -m benchmarks.builders", pairs=pairs, results=results)
    ratio = results[0]["ratios"]["step"]
    if ratio > CLAIM:
        sys.exit(f"A step of {results[0]['network']} takes {ratio:.3f} of theirs, above {CLAIM}.")


def cases():
    """Returns what is compared: name, input shape, classes, batch size, our builder, theirs."""
    import keras

    from benchmarks.training.networks import resnet20 as documentation_resnet20
    from recipes import build_resnet

    def keras_resnet50(input_shape, num_classes):
        return keras.applications.ResNet50(
            weights=None, input_shape=input_shape, classes=num_classes
        )

    resnet50, resnet20 = (functools.partial(build_resnet, depth=depth) for depth in (50, 20))
    return [
        ("ResNet-50", (224, 224, 3), 1_000, 8, resnet50, keras_resnet50),
        ("ResNet-20", (32, 32, 3), 10, 64, resnet20, documentation_resnet20),
    ]


def measure(case, pairs):
    """Returns the seconds of both networks of a case, and the ratios of ours to theirs."""
    name, shape, classes, batch_size, *builders = case
    batch = make_batch(shape, classes, batch_size)
    ours, theirs = (prepare(build, shape, classes, batch) for build in builders)
    steps = time_pairs(ours.pop("model"), theirs.pop("model"), batch, pairs)
    ratios = {key: ours[key] / theirs[key] for key in ("build", "first_step")}
    both = [a / b for a, b in steps]
    ratios["step"] = statistics.median(both)
    ratios["step_quartiles"] = statistics.quantiles(both, n=4)[::2]
    ours["step"], theirs["step"] = (statistics.median(side) for side in zip(*steps, strict=True))
    return {
        "network": name,
        "batch_size": batch_size,
        "ratios": ratios,
        "ours": ours,
        "theirs": theirs,
    }


def make_batch(shape, classes, batch_size):
    """Returns random images and labels."""
    import numpy as np

    generator = np.random.default_rng(0)
    x = generator.random((batch_size, *shape), dtype="float32")
    return x, generator.integers(0, classes, batch_size)


def prepare(build, shape, classes, batch):
    """Builds, compiles and trains one step; returns the model, seconds and counts."""
    import keras

    from recipes import profile

    model, seconds = timed(build, shape, classes)
    model.compile(keras.optimizers.SGD(0.01, momentum=0.9), "sparse_categorical_crossentropy")
    _, first = timed(model.train_on_batch, *batch)
    cost = profile(model, latency=False)
    return {
        "model": model,
        "build": seconds,
        "first_step": first,
        "parameters": cost.parameters,
        "multiply_adds": cost.multiply_adds,
    }


def time_pairs(ours, theirs, batch, pairs):
    """Returns pairs of seconds; who goes first takes turns, so that no drift favours one."""
    steps = []
    for pair in range(pairs):
        order = (ours, theirs) if pair % 2 else (theirs, ours)
        seconds = [timed(model.train_on_batch, *batch)[1] for model in order]
        steps.append(tuple(seconds if pair % 2 else reversed(seconds)))
    return steps


def timed(call, *arguments):
    """Returns what a call returns, and its seconds."""
    began = time.perf_counter()
    result = call(*arguments)
    return result, time.perf_counter() - began


def table(results):
    """Returns the seconds of both sides and their ratios as a table."""
    made = Table("network", "", "ours, s", "theirs, s", "ratio")
    for result in results:
        for key in ("build", "first_step", "step"):
            seconds = [f"{result[side][key]:.3f}" for side in ("ours", "theirs")]
            ratio = f"{result['ratios'][key]:.2f}"
            made.add_row(result["network"], key.replace("_", " "), *seconds, ratio)
        low, high = result["ratios"]["step_quartiles"]
        made.add_row("", "quartiles of the pairs", "", "", f"{low:.2f} to {high:.2f}")
    return made


if __name__ == "__main__":
    typer.run(main)
