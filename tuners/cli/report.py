"""`tuners report`: what a search has found, from its folder alone."""

import json

import typer

from recipes.console import load_tensorflow
from recipes.errors import ArgumentError, describe
from tuners.cli.folders import FOLDER, search_in


def report(
    folder: str = FOLDER,
    surrogate: bool = typer.Option(
        False, "--surrogate", help="Say how well a Bayesian search predicts its own trials."
    ),
    as_json: bool = typer.Option(False, "--json", help="Print all trials and epochs as JSON."),
):
    """Show all trials, the best, and what mattered.

    Everything is read from the folder: neither the model nor the data are needed.

    Example: tuners report runs/resnet-digits
    """
    search = search_in(folder)
    from tuners.reports.gathered import gather
    from tuners.reports.terminal import draw, surrogate_line

    error = _surrogate_error(folder) if surrogate else None
    gathered = gather(search, surrogate=error)
    if as_json:
        print(json.dumps(gathered, indent=2))
        return
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for part in draw(search, gathered):
        console.print(part, **({"markup": False} if isinstance(part, str) else {}))
    if surrogate:
        console.print(surrogate_line(error), markup=False)


def _surrogate_error(folder):
    """Returns what the oracle of a search says of its surrogate; refuses one that has none."""
    load_tensorflow()
    from tuners.oracles.reopen import open_oracle

    oracle = open_oracle(folder)
    if not hasattr(oracle, "surrogate_error"):
        rule = "the search must be a Bayesian one: another has no surrogate"
        raise ArgumentError(describe("report", rule, oracle=type(oracle).__name__))
    return oracle.surrogate_error()
