"""`tuners report`: what a search has found, from its folder alone."""

import json
from importlib.util import find_spec

import typer

from recipes.console import load_tensorflow
from recipes.errors import ArgumentError, describe
from tuners.cli.folders import FOLDER, search_in


def report(
    folder: str = FOLDER,
    surrogate: bool = typer.Option(
        False, "--surrogate", help="Say how well a Bayesian search predicts its own trials."
    ),
    html: str = typer.Option(
        None,
        metavar="FILE",
        help="Where the page for a browser is written.  [default: FOLDER/report.html]",
        show_default=False,
    ),
    tensorboard: str = typer.Option(
        None, metavar="FOLDER", help="Write the trials for TensorBoard's HParams tab, too."
    ),
    as_json: bool = typer.Option(
        False, "--json", help="Print all trials and epochs as JSON; writes the asked files alone."
    ),
):
    """Show all trials, the best, and what mattered.

    It also writes the report as a page, which has all pictures and opens without a network; it
    needs plotly, of the extra [report]. Everything is read from the folder, also while the search
    runs: neither the model nor the data are needed.

    Example:

        tuners report runs/resnet-digits
        tuners report runs/resnet-digits --surrogate --html report.html
        tuners report runs/resnet-digits --tensorboard logs
    """
    search = search_in(folder)
    from tuners.reports.gathered import gather

    error = _surrogate_error(folder) if surrogate else None
    gathered = gather(search, surrogate=error)
    if as_json:
        print(json.dumps(gathered, indent=2))
    else:
        _print(search, gathered, surrogate)
    for line in _written(folder, html, tensorboard, by_default=not as_json):
        if not as_json:
            print(line)


def _print(search, gathered, surrogate):
    """Shows a search on the terminal."""
    from rich.console import Console

    from tuners.reports.terminal import draw, surrogate_line

    console = Console(highlight=False, soft_wrap=True)
    for part in draw(search, gathered):
        console.print(part, **({"markup": False} if isinstance(part, str) else {}))
    if surrogate:
        console.print(surrogate_line(gathered["surrogate"]), markup=False)


def _written(folder, html, tensorboard, *, by_default):
    """Writes the files, and yields a line on each; the page by default where plotly is there."""
    if html is not None or (by_default and find_spec("plotly")):
        from tuners.reports.write import write_report

        yield f"\nPage for a browser: {write_report(folder, html)}"
    elif by_default:
        yield "\nNo page for a browser: it needs plotly. Run `pip install 'keras-recipes[report]'`."
    if tensorboard is not None:
        from tuners.reports.hparams import write_hparams

        logs = write_hparams(folder, tensorboard)
        yield f"HParams tab: tensorboard --logdir {logs}"


def _surrogate_error(folder):
    """Returns what the oracle of a search says of its surrogate; refuses one that has none."""
    load_tensorflow()
    from tuners.oracles.reopen import open_oracle

    oracle = open_oracle(folder)
    if not hasattr(oracle, "surrogate_error"):
        rule = "the search must be a Bayesian one: another has no surrogate"
        raise ArgumentError(describe("report", rule, oracle=type(oracle).__name__))
    return oracle.surrogate_error()
