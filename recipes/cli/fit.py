"""`recipes fit`: training with the recommended recipe, from the shell."""

import functools

import typer

from recipes.cli.options import BATCH_SIZE, BUILDER, DATA, SEED
from recipes.console import load_tensorflow
from recipes.data.datasets import check_data_name
from recipes.models import check_model_name, find_builder


def fit(
    model: str = BUILDER,
    data: str = DATA,
    budget: str = typer.Option(
        None,
        metavar="TIME",
        help="How long it may take, such as 90s, 10m or 2h; depth and width follow from it.",
    ),
    epochs: int = typer.Option(
        None, help="Passes over the training data.  [default: 30, or as the budget allows]"
    ),
    batch_size: int = BATCH_SIZE,
    seed: int = SEED,
    folder: str = typer.Option(
        None,
        metavar="FOLDER",
        help="Where record, curves and model go; with the same folder it goes on.",
    ),
    force: bool = typer.Option(False, "--force", help="Train also if it will take too long."),
    quiet: bool = typer.Option(False, "--quiet", "-q", help="Print the verdict alone."),
):
    """Train with the recommended recipe, and judge the curves.

    It can be stopped at any moment: the same command with the same --folder goes on.

    Exit codes: 0 trained, 1 the data or the disk will not do, 2 wrong use, a budget that is too
    small among it, 130 stopped with Ctrl-C.

    Example:

        recipes fit --model resnet --data digits --budget 5m --folder runs/first
        recipes fit --data photos --epochs 30 --folder runs/photos
        recipes fit --model mlp --data table.npz --folder runs/table
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
