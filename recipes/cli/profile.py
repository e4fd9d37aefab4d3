"""`recipes profile`: what a model costs, from the shell."""

import json

import typer

from recipes.cli.arguments import ARGUMENTS, literal
from recipes.cli.models import MODEL, TRUST, build, load, running_code_of
from recipes.console import load_tensorflow


def profile(
    builder: str = MODEL,
    arg: list[str] = ARGUMENTS,
    input_shape: str = typer.Option(
        None,
        metavar="SIDES",
        help="Shape of a sample, such as 224,224,3, where the model leaves sides open.",
    ),
    batch_size: int = typer.Option(1, help="Samples of a batch."),
    as_json: bool = typer.Option(False, "--json", help="Print the profile as JSON."),
    trust: bool = TRUST,
):
    """Count parameters and operations, measure time and memory.

    Example:

        recipes profile my_models:build --arg depth=50
        recipes profile model.keras --batch-size 32 --json
    """
    load_tensorflow()
    from recipes.cost.profile import profile as measure

    loaded = load("profile", builder, arg, trust=trust)
    shape = input_shape and literal(input_shape)
    shape = (shape,) if isinstance(shape, int) else shape
    model = build("profile", builder, loaded)
    with running_code_of(builder):
        cost = measure(model, input_shape=shape, batch_size=batch_size)
    print(json.dumps(cost.to_dict(), indent=2) if as_json else cost)
