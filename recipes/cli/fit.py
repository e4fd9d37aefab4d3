"""`recipes fit`: training with the recommended recipe, from the shell."""

import functools

import typer

from recipes.console import load_tensorflow
from recipes.data.datasets import check_data_name
from recipes.models import BUILDERS, check_model_name, find_builder


def fit(
    model: str = typer.Option("resnet", help=f"Model builder: {', '.join(BUILDERS)}."),
    data: str = typer.Option(
        "digits", help="Data: digits, cifar10, a folder of images, or an .npz file with x and y."
    ),
    budget: str = typer.Option(
        None, help="How long it may take, such as 10m or 2h; depth and width follow from it."
    ),
    epochs: int = typer.Option(None, help="Passes over the training data."),
    batch_size: int = typer.Option(None, help="Samples a step."),
    seed: int = typer.Option(0, help="Seed of all that is random."),
    folder: str = typer.Option(
        None, help="Where record, curves and checkpoints go; with the same folder it goes on."
    ),
    force: bool = typer.Option(False, "--force", help="Train also if it will take too long."),
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Print the verdict alone."),
):
    """Train a model with the recommended recipe, and say what its curves mean.

    It can be stopped at any moment: the same command with the same --folder goes on.

    Exit codes: 0 trained, 1 the data or the disk will not do, 2 wrong use, a budget that is too
    small among it, 130 stopped with Ctrl-C.

    Example: recipes fit --model resnet --data digits --budget 5m --folder runs/first
    """
    check_model_name("fit", model)
    check_data_name("fit", data)
    load_tensorflow()
    from recipes.training.fit import fit as train
    from recipes.training.session.source import Source

    source = Source(data, seed)
    dataset, split = source.load()
    builder = find_builder(model)
    result = train(
        functools.partial(builder, dataset.x.shape[1:], dataset.num_classes, seed=seed),
        split.train,
        validation=split.validation,
        budget=budget,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        folder=folder,
        force=force,
        source=source.to_dict(),
        verbose=0 if quiet else "auto",
    )
    print(f"Verdict: {result.diagnosis}")
