"""The command `recipes`."""

import importlib
import json
import sys
from pathlib import Path

import typer

from recipes.console import NOT_CHECKED, PROBLEM, load_tensorflow, make_app, run
from recipes.data.datasets import check_data_name, load_dataset
from recipes.data.splits import split_data
from recipes.errors import ArgumentError, RecipesError, describe
from recipes.models import check_model_name, find_builder

app = make_app("recipes", "Keras models with recommended defaults, and a check of their graphs.")


@app.command()
def check(
    builder: str = typer.Argument(help="MODULE:FUNCTION that returns a model, or a .keras file."),
    level: str = typer.Option("trace", help="static or trace."),
    allow: list[str] = typer.Option(None, help="Findings that are meant: CODE or CODE:layer."),
    logdir: str = typer.Option(None, help="Write the graph for TensorBoard here."),
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
):
    """Name the layers of a model that cannot learn.

    Exit codes: 0 all can learn, 1 an error was found, 2 wrong use, 3 could not be checked.

    Example: recipes check my_models:build --logdir logs
    """
    load_tensorflow()
    from recipes.graph.check import check_graph

    model = _load_builder(builder)
    try:
        report = check_graph(model, level=level, allow=allow or (), logdir=logdir)
    except RecipesError:
        raise
    except Exception as error:  # whatever the builder's own code raises
        print(f"Error: {builder} raised {type(error).__name__}: {error}", file=sys.stderr)
        raise typer.Exit(NOT_CHECKED) from error
    print(json.dumps(report.to_dict(), indent=2) if as_json else report)
    if logdir and not as_json:
        print(f"Look at it: tensorboard --logdir {logdir}")
    if not report.ok:
        raise typer.Exit(PROBLEM)
    if any(finding.code == "NOT_TRACEABLE" for finding in report.findings):
        raise typer.Exit(NOT_CHECKED)


@app.command()
def fit(
    model: str = typer.Option("resnet", help="Model builder: resnet."),
    data: str = typer.Option("digits", help="Data: digits, or an .npz file with x and y."),
    epochs: int = typer.Option(None, help="Passes over the training data."),
    seed: int = typer.Option(0, help="Seed of all that is random."),
    folder: str = typer.Option(None, help="Where record, curves and logs go."),
):
    """Train a model with the recommended recipe, and say what its curves mean.

    Example: recipes fit --model resnet --data digits --folder runs/first
    """
    check_model_name("fit", model)
    check_data_name("fit", data)
    load_tensorflow()
    from recipes.training.fit import fit as train

    dataset = load_dataset(data)
    split = split_data(dataset.x, dataset.y, seed=seed)
    network = find_builder(model)(dataset.x.shape[1:], dataset.num_classes, seed=seed)
    result = train(
        network, split.train, validation=split.validation, epochs=epochs, seed=seed, folder=folder
    )
    print(f"Verdict: {result.diagnosis}")


@app.command()
def export(
    model: str = typer.Argument(help="A .keras file."),
    folder: str = typer.Argument(help="Where the exports go."),
    formats: list[str] = typer.Option(None, help="keras, saved_model.  [default: saved_model]"),
):
    """Export a saved model; each export is loaded again and compared with it.

    Example: recipes export model.keras saved_models/mine
    """
    load_tensorflow()
    from recipes.graph.export import export_graph

    for result in export_graph(_load_file(model), folder, formats=formats or ("saved_model",)):
        print(f"{result.path}  (largest difference {result.difference:.1e})")


def _load_builder(name):
    """Returns the function `module:function`, or the model in a .keras file."""
    if name.endswith(".keras"):
        return _load_file(name)
    module, _, function = name.partition(":")
    sys.path.insert(0, "")  # modules of the folder one stands in
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        rule = "the builder must be MODULE:FUNCTION that can be imported, or a .keras file"
        hint = f"It could not be loaded ({error})."
        raise ArgumentError(describe("check", rule, hint, builder=name)) from error


def _load_file(name):
    """Returns the model in a .keras file; code in the file is not run."""
    import keras

    try:
        return keras.saving.load_model(Path(name), compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        rule = "the file must be a readable .keras file"
        hint = f"It could not be loaded ({str(error).splitlines()[0]})."
        raise ArgumentError(describe("load", rule, hint, file=name)) from error


def main():
    """Runs the command `recipes`."""
    run(app)


if __name__ == "__main__":
    main()
