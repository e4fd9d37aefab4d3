"""`recipes fit`: training with the recommended recipe, from the shell."""

import typer

from recipes.console import load_tensorflow
from recipes.data.datasets import check_data_name, load_dataset
from recipes.data.splits import split_data
from recipes.models import BUILDERS, check_model_name, find_builder


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
