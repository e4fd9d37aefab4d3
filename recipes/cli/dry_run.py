"""`recipes dry-run`: what a training will cost and bring, from the shell."""

import dataclasses
import functools
import json

import typer

from recipes.cli.options import BUILDER, DATA, SEED
from recipes.console import load_tensorflow
from recipes.data.datasets import check_data_name
from recipes.errors import ArgumentError, describe
from recipes.models import check_model_name, find_builder


def dry_run(
    model: str = BUILDER,
    data: str = DATA,
    epochs: int = typer.Option(
        None, help="Passes over the training data of the training that is forecast.  [default: 30]"
    ),
    fractions: str = typer.Option(
        "0.01,0.1", metavar="SHARES", help="Shares of the data, with commas between."
    ),
    seed: int = SEED,
    as_json: bool = typer.Option(False, "--json", help="Print the forecast as JSON."),
):
    """Forecast the time and accuracy of a training.

    It trains on a hundredth and a tenth of the data, and tells what all of them cost and bring.

    Exit codes: 0 done, 1 the data cannot be trained on, 2 wrong use.

    Example:

        recipes dry-run --model resnet --data digits --epochs 30
        recipes dry-run --data photos --fractions 0.05,0.2
    """
    check_model_name("dry-run", model)
    check_data_name("dry-run", data)
    shares = _numbers(fractions)
    load_tensorflow()
    from recipes.training.experiments.dry_run import dry_run as forecast
    from recipes.training.experiments.trial import recommended_recipe
    from recipes.training.session.source import Source

    dataset, split = Source(data, seed).load("dry-run")
    shape, classes = dataset.x.shape[1:], dataset.num_classes
    build = functools.partial(find_builder(model), shape, classes, seed=seed)
    recipe = recommended_recipe(build(), split.train, seed=seed)
    result = forecast(
        build,
        split.train,
        validation=split.validation,
        recipe=recipe if epochs is None else recipe.replace(epochs=epochs),
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
