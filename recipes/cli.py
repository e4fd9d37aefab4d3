"""The command `recipes`."""

import ast
import contextlib
import functools
import importlib
import json
import sys

import typer

from recipes.console import NOT_CHECKED, PROBLEM, load_tensorflow, make_app, run
from recipes.data.datasets import check_data_name, load_dataset
from recipes.data.splits import split_data
from recipes.errors import ArgumentError, DataError, RecipesError, describe
from recipes.models import BUILDERS, check_model_name, find_builder

app = make_app("recipes", "Keras models with recommended defaults, and a check of their graphs.")

_BUILDER_ARGUMENT = typer.Option(
    None, "--arg", help="An argument for the builder, name=value; may be given again."
)


@app.command()
def check(
    builder: str = typer.Argument(help="MODULE:FUNCTION that returns a model, or a .keras file."),
    level: str = typer.Option("trace", help="static or trace."),
    allow: list[str] = typer.Option(None, help="Findings that are meant: CODE or CODE:layer."),
    logdir: str = typer.Option(None, help="Write the graph for TensorBoard here."),
    arg: list[str] = _BUILDER_ARGUMENT,
    as_json: bool = typer.Option(False, "--json", help="Print the report as JSON."),
):
    """Name the layers of a model that cannot learn.

    Exit codes: 0 all can learn, 1 an error was found, 2 wrong use, 3 could not be checked.

    Example: recipes check my_models:build --logdir logs
    """
    load_tensorflow()
    from recipes.graph.check import check_graph

    model = _load_builder("check", builder, arg)
    with _running_code_of(builder):
        report = check_graph(model, level=level, allow=allow or (), logdir=logdir)
    print(json.dumps(report.to_dict(), indent=2) if as_json else report)
    if logdir and not as_json:
        print(f"Look at it: tensorboard --logdir {logdir}")
    if not report.ok:
        raise typer.Exit(PROBLEM)
    if any(finding.code == "NOT_TRACEABLE" for finding in report.findings):
        raise typer.Exit(NOT_CHECKED)


@app.command()
def profile(
    builder: str = typer.Argument(help="MODULE:FUNCTION that returns a model, or a .keras file."),
    arg: list[str] = _BUILDER_ARGUMENT,
    input_shape: str = typer.Option(None, help="Sides of a sample, such as 224,224,3."),
    batch_size: int = typer.Option(1, help="Number of samples of a batch."),
    as_json: bool = typer.Option(False, "--json", help="Print the profile as JSON."),
):
    """Count a model's parameters and operations, and measure its time and memory.

    Example: recipes profile recipes:build_resnet --arg "input_shape=(224, 224, 3)"
    --arg num_classes=1000 --arg depth=50
    """
    load_tensorflow()
    import keras

    from recipes.cost.profile import profile as measure

    found = _load_builder("profile", builder, arg)
    shape = input_shape and _literal(input_shape)
    shape = (shape,) if isinstance(shape, int) else shape
    with _running_code_of(builder):
        model = found if isinstance(found, keras.Model) else found()
        cost = measure(model, input_shape=shape, batch_size=batch_size)
    print(json.dumps(cost.to_dict(), indent=2) if as_json else cost)


@app.command()
def fit(
    model: str = typer.Option("resnet", help=f"Model builder: {', '.join(BUILDERS)}."),
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


def _load_builder(command, name, pairs):
    """Returns the builder `module:function` with its arguments, or the model in a .keras file."""
    arguments = dict(_argument(command, pair) for pair in pairs or ())
    if name.endswith(".keras"):
        if arguments:
            rule = "`--arg` is for a builder MODULE:FUNCTION, a .keras file takes none"
            raise ArgumentError(describe(command, rule, arg=pairs))
        return _load_file(name)
    module, _, function = name.partition(":")
    sys.path.insert(0, "")  # modules of the folder one stands in
    try:
        builder = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        rule = "the builder must be MODULE:FUNCTION that can be imported, or a .keras file"
        hint = f"It could not be loaded ({error})."
        raise ArgumentError(describe(command, rule, hint, builder=name)) from error
    return functools.partial(builder, **arguments) if arguments else builder


def _argument(command, pair):
    """Returns the name and the value of `name=value`."""
    name, separator, value = pair.partition("=")
    if separator and name.isidentifier():
        return name, _literal(value)
    hint = "Such as --arg depth=50."
    raise ArgumentError(describe(command, "`--arg` must be name=value", hint, arg=pair))


def _literal(text):
    """Returns the number, tuple, None and so on that a text stands for, or else the text."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


@contextlib.contextmanager
def _running_code_of(builder):
    """Reports what the builder's own code raises: then nothing could be checked."""
    try:
        yield
    except RecipesError:
        raise
    except Exception as error:
        print(f"Error: {builder} raised {type(error).__name__}: {error}", file=sys.stderr)
        raise typer.Exit(NOT_CHECKED) from error


def _load_file(name):
    """Returns the model in a .keras file; code in the file is not run."""
    from recipes.models.saved import load_model

    try:
        return load_model(name, compile=False)
    except DataError as error:
        raise ArgumentError(str(error)) from error


def main():
    """Runs the command `recipes`."""
    run(app)


if __name__ == "__main__":
    main()
