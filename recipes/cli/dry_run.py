"""`recipes dry-run`: what a training will cost and bring, from the shell."""

import dataclasses
import functools
import json

import typer

from recipes.console import load_tensorflow
from recipes.data.datasets import check_data_name, load_dataset
from recipes.data.splits import split_data
from recipes.errors import ArgumentError, describe
from recipes.models import BUILDERS, check_model_name, find_builder


def dry_run(
    model: str = typer.Option("resnet", help=f"Model builder: {', '.join(BUILDERS)}."),
    data: str = typer.Option("digits", help="Data, as in `recipes fit`."),
    epochs: int = typer.Option(None, help="Passes over the training data of the whole training."),
    fractions: str = typer.Option("0.01,0.1", help="Shares of the data, with commas between."),
    seed: int = typer.Option(0, help="Seed of all that is random."),
    as_json: bool = typer.Option(False, "--json", help="Print the forecast as JSON."),
):
    """Train on a hundredth and a tenth of the data; forecast time and accuracy of all of it.

    Exit codes: 0 done, 1 the data cannot be trained on, 2 wrong use.

    Example: recipes dry-run --model resnet --data digits --epochs 30
    """
    check_model_name("dry-run", model)
    check_data_name("dry-run", data)
    shares = _numbers(fractions)
    load_tensorflow()
    from recipes.training.experiments.dry_run import dry_run as forecast
    from recipes.training.recipe import Recipe

    dataset = load_dataset(data)
    split = split_data(dataset.x, dataset.y, seed=seed)
    shape, classes = dataset.x.shape[1:], dataset.num_classes
    result = forecast(
        functools.partial(find_builder(model), shape, classes, seed=seed),
        split.train,
        validation=split.validation,
        recipe=Recipe() if epochs is None else Recipe(epochs=epochs),
        fractions=shares,
        seed=seed,
    )
    values = {"seconds": result.seconds, **dataclasses.asdict(result)}
    print(json.dumps(values, indent=2) if as_json else result)


def _numbers(text):
    try:
        return [float(word) for word in text.split(",")]
    except ValueError as error:
        rule = "`--fractions` must be numbers with commas between"
        hint = "Such as --fractions 0.01,0.1."
        raise ArgumentError(describe("dry-run", rule, hint, fractions=text)) from error
