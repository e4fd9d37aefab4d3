"""The test accuracy of the main job on handwritten digits, over seeds 0 to 4.

Contenders, on the same split of a seed and with the same ResNet-20 and number of epochs:

- keras:   `model.compile("adam")` and `model.fit`, all of Keras' defaults
- still:   `recipes.fit` without the random shifts of the training images
- recipe:  `recipes.fit`, nothing chosen
- search:  `tuners search --data digits`: the recipe with learning rate, weight decay and dropout
           searched on validation images; this is `make demo`

The seed is that of split, weights, order and search. No seed is chosen by its test score. The
claim is that the mean of `search` is at least 0.98; the command fails if it is not.

    python -m benchmarks.digits [--seeds 0,1,2,3,4] [--json benchmarks/digits.json]
"""

import statistics
import sys
import tempfile
import time

import typer

from benchmarks.figures import write_figures
from recipes.console import load_tensorflow

CLAIM = 0.98
CONTENDERS = ("keras", "still", "recipe", "search")


def main(
    seeds: str = typer.Option("0,1,2,3,4", help="Seeds, separated by commas."),
    json_path: str = typer.Option("benchmarks/digits.json", "--json", help="Where figures go."),
):
    """Measure the test accuracy of the main job over some seeds."""
    load_tensorflow()
    rows = [measure(name, int(seed)) for seed in seeds.split(",") for name in CONTENDERS]
    means = {name: mean_accuracy(rows, name) for name in CONTENDERS}
    report(means)
    rounded = {name: round(mean, 4) for name, mean in means.items()}
    write_figures(json_path, "python -m benchmarks.digits", means=rounded, rows=rows)
    if means["search"] < CLAIM:
        sys.exit(f"The mean of `search` is {means['search']:.4f}, below the claim of {CLAIM}.")


def measure(name, seed):
    """Runs one contender with one seed; returns a dict with its accuracy and seconds."""
    started = time.monotonic()
    run = {"keras": plain_keras, "still": without_shifts, "recipe": recipe, "search": search}
    accuracy = run[name](seed)
    row = {"contender": name, "seed": seed, "test_accuracy": round(accuracy, 4)}
    row["seconds"] = round(time.monotonic() - started, 1)
    print(f"{name:8} seed {seed}  {accuracy:.4f}  {row['seconds']:6.1f} s", flush=True)
    return row


def plain_keras(seed):
    """Trains with Keras' defaults."""
    from recipes import Recipe, set_seed

    split, model = prepare(seed)
    set_seed(seed)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(*split.train, validation_data=split.validation, epochs=Recipe().epochs, verbose=0)
    return test(model, split)


def without_shifts(seed):
    """Trains with the recommended recipe on the images as they are."""
    return recipe(seed, shift=0.0)


def recipe(seed, **changes):
    """Trains with the recipe that `fit` chooses, or with changes to it."""
    from recipes import Recipe, fit

    split, model = prepare(seed)
    chosen = Recipe.for_data(*split.train, model=model).replace(**changes)
    fit(model, split.train, validation=split.validation, recipe=chosen, seed=seed, verbose=0)
    return test(model, split)


def search(seed):
    """Runs the main job in a folder of its own."""
    from tuners import Plan, tune

    with tempfile.TemporaryDirectory() as folder:
        return tune(Plan(seed=seed), folder=f"{folder}/run", saved_models=folder).test_accuracy


def prepare(seed):
    """Returns the split and the untrained network of a seed."""
    from recipes import build_resnet, load_dataset, split_data

    data = load_dataset("digits")
    split = split_data(data.x, data.y, seed=seed)
    return split, build_resnet(data.x.shape[1:], data.num_classes, seed=seed)


def test(model, split):
    """Returns the share of the test images that a model names rightly."""
    return model.evaluate(*split.test, verbose=0, return_dict=True)["accuracy"]


def mean_accuracy(rows, name):
    """Returns the mean test accuracy of a contender."""
    return statistics.mean(row["test_accuracy"] for row in rows if row["contender"] == name)


def report(means):
    """Prints the means."""
    print()
    for name, mean in means.items():
        print(f"{name:8} mean    {mean:.4f}")


if __name__ == "__main__":
    typer.run(main)
