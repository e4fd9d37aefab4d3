"""A residual network of depth 56 on digits, with batch normalization and with no norm (row 32).

All else is equal: builder, recipe, split, epochs and seed. Without a norm the network is built in
pre-activation order, and its residual branches and its head begin as nothing. The figures are the
share of the test digits that are named rightly; the test part is looked at once, when all is
trained. The claim is that without a norm the mean is at most 2 points lower; the command fails if
it is not.

    python -m benchmarks.norms [--seeds 0,1,2] [--norms batch,none] [--json benchmarks/norms.json]
"""

import statistics
import sys

import typer

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

DEPTH = 56
CLAIM = 0.02


def main(
    seeds: str = typer.Option("0,1,2", help="Seeds, separated by commas."),
    norms: str = typer.Option("batch,none", help="Norms, separated by commas."),
    json_path: str = typer.Option("benchmarks/norms.json", "--json", help="Where figures go."),
):
    """Measure the test accuracy of a deep network with and without a norm."""
    load_tensorflow()
    names = norms.split(",")
    rows = [measure(name, int(seed)) for seed in seeds.split(",") for name in names]
    means = {name: round(mean_accuracy(rows, name), 4) for name in names}
    print()
    for name, mean in means.items():
        print(f"{name:8} mean    {mean:.4f}")
    write_figures(json_path, "python -m benchmarks.norms", depth=DEPTH, means=means, rows=rows)
    if {"batch", "none"} <= set(names) and means["batch"] - means["none"] > CLAIM:
        sys.exit(f"Without a norm the mean is more than {CLAIM} lower than with batch norm.")


def measure(name, seed):
    """Trains one network; returns a dict with its accuracy and seconds."""
    from recipes import build_resnet, fit, load_dataset, split_data

    digits = load_dataset("digits")
    split = split_data(digits.x, digits.y, seed=seed)
    norm = None if name == "none" else name
    model = build_resnet((8, 8, 1), 10, depth=DEPTH, norm=norm, seed=seed)
    run = fit(model, split.train, validation=split.validation, seed=seed, verbose=0)
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    accuracy = model.evaluate(*split.test, verbose=0, return_dict=True)["accuracy"]
    row = {"norm": name, "seed": seed, "test_accuracy": round(accuracy, 4)}
    row["seconds"] = round(run.seconds, 1)
    print(f"{name:8} seed {seed}  {accuracy:.4f}  {row['seconds']:6.1f} s", flush=True)
    return row


def mean_accuracy(rows, name):
    """Returns the mean test accuracy of a norm."""
    return statistics.mean(row["test_accuracy"] for row in rows if row["norm"] == name)


if __name__ == "__main__":
    typer.run(main)
