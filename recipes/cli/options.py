"""The options that several commands share: what is trained on what."""

import typer

from recipes.models import BUILDERS

BUILDER = typer.Option(
    "resnet",
    metavar="NAME",
    help=f"Model builder: {', '.join(BUILDERS)}; mlp takes tables of numbers, too.",
)
DATA = typer.Option(
    "digits",
    metavar="DATA",
    help="digits, cifar10, a folder with a subfolder of images for each class, or an .npz file "
    "with x and y.",
)
BATCH_SIZE = typer.Option(None, help="Samples a step.  [default: by the size of the data]")
SEED = typer.Option(0, help="Seed of all that is random.")
