"""`recipes find-lr`: a learning rate to start from, from the shell."""

import dataclasses
import json

import typer

from recipes.cli.options import BATCH_SIZE, BUILDER, DATA, SEED
from recipes.console import load_tensorflow
from recipes.data.datasets import check_data_name
from recipes.models import check_model_name, find_builder


def find_lr(
    model: str = BUILDER,
    data: str = DATA,
    optimizer: str = typer.Option(
        None, metavar="NAME", help="The optimiser, such as adam.  [default: what `fit` takes]"
    ),
    batch_size: int = BATCH_SIZE,
    steps: int = typer.Option(100, help="Number of steps, each with a higher rate."),
    seed: int = SEED,
    as_json: bool = typer.Option(False, "--json", help="Print rate and curve as JSON."),
):
    """Find a learning rate to start from.

    It trains a few steps with a rising rate, and takes one from where the loss falls and is lowest.

    Exit codes: 0 found, 1 the loss falls at no rate, 2 wrong use.

    Example:

        recipes find-lr --model resnet --data digits
        recipes find-lr --model mlp --data table.npz --optimizer adam
    """
    check_model_name("find-lr", model)
    check_data_name("find-lr", data)
    load_tensorflow()
    from recipes.training.experiments.lr_finder import find_learning_rate
    from recipes.training.recipe import Recipe
    from recipes.training.session.source import Source

    dataset, split = Source(data, seed).load("find-lr")
    network = find_builder(model)(dataset.x.shape[1:], dataset.num_classes, seed=seed)
    recipe = None if optimizer is None else Recipe(optimizer=optimizer)
    result = find_learning_rate(
        network, split.train, recipe=recipe, batch_size=batch_size, steps=steps, seed=seed
    )
    print(json.dumps(dataclasses.asdict(result), indent=2) if as_json else result)
