"""`tuners report`: what a search has found, from its folder alone."""

import json

import typer

from tuners.cli.folders import FOLDER, search_in


def report(
    folder: str = FOLDER,
    as_json: bool = typer.Option(False, "--json", help="Print all trials and epochs as JSON."),
):
    """Show all trials, the best, and what mattered.

    Everything is read from the folder: neither the model nor the data are needed.

    Example: tuners report runs/resnet-digits
    """
    search = search_in(folder)
    from tuners.report import draw, gather

    gathered = gather(search)
    if as_json:
        print(json.dumps(gathered, indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for part in draw(search, gathered):
        console.print(part, **({"markup": False} if isinstance(part, str) else {}))
