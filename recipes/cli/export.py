"""`recipes export`: a model in the formats of others, from the shell."""

import typer

from recipes.cli.arguments import ARGUMENTS
from recipes.cli.models import MODEL, TRUST, build, load
from recipes.console import load_tensorflow


def export(
    model: str = MODEL,
    folder: str = typer.Argument(metavar="FOLDER", help="Where the exports go."),
    arg: list[str] = ARGUMENTS,
    formats: list[str] = typer.Option(
        ["keras,saved_model,tflite"],
        metavar="NAMES",
        help="Names with commas between: keras, saved_model, tflite, pb, onnx.",
    ),
    trust: bool = TRUST,
):
    """Export a model; each export is loaded again and compared.

    Example:

        recipes export runs/first/model.keras saved_models/first
        recipes export model.keras saved_models/mine --formats tflite,onnx
    """
    load_tensorflow()
    from recipes.graph.export import export_graph

    loaded = load("export", model, arg, trust=trust)
    network = build("export", model, loaded)
    names = [name.strip() for text in formats for name in text.split(",")]
    for result in export_graph(network, folder, formats=names):
        print(result)
