"""`tuners plot`: the pictures of a search, from its folder alone."""

from pathlib import Path

import typer

from recipes.console import add_command, as_it_stands, load_tensorflow
from tuners.cli.folders import FOLDER, search_in

app = typer.Typer(
    name="plot",
    help="Draw a picture of a search.",
    epilog=as_it_stands("Example:\n  tuners plot history runs/resnet-digits"),
    no_args_is_help=True,
    rich_markup_mode=None,
)
_OUTPUT = typer.Option(
    None,
    metavar="FILE",
    help="A .png, .svg or .pdf file.  [default: FOLDER/NAME.png]",
    show_default=False,
)
_X = typer.Option(
    None, metavar="NAME", help="Parameter across.  [default: the first one]", show_default=False
)
_Y = typer.Option(
    None, metavar="NAME", help="Parameter up.  [default: the next one]", show_default=False
)


def grid(folder: str = FOLDER, x: str = _X, y: str = _Y, output: str = _OUTPUT):
    """Draw two parameters: colour is error, best ringed.

    Example:

        tuners plot grid runs/resnet-digits
        tuners plot grid runs/resnet-digits --x dropout --y learning_rate
    """
    _draw("grid", folder, output, x=x, y=y)


def coverage(folder: str = FOLDER, x: str = _X, y: str = _Y, output: str = _OUTPUT):
    """Draw what the trials cover of two parameters.

    Each axis says how many values were tried, and how much its parameter matters.

    Example:

        tuners plot coverage runs/resnet-digits --output coverage.png
    """
    _draw("coverage", folder, output, x=x, y=y)


def history(folder: str = FOLDER, output: str = _OUTPUT):
    """Draw the score of each trial, and the best so far.

    Example:

        tuners plot history runs/resnet-digits
    """
    _draw("history", folder, output)


def curves(folder: str = FOLDER, output: str = _OUTPUT):
    """Draw all learning curves, and where pruners cut them.

    Example:

        tuners plot curves runs/resnet-digits
    """
    _draw("curves", folder, output)


def surrogate(
    folder: str = FOLDER,
    trial: int = typer.Option(
        None, help="How many trials were known.  [default: all]", show_default=False
    ),
    output: str = _OUTPUT,
):
    """Draw what a Bayesian search believed at a trial.

    Mean, uncertainty and acquisition, and where it looked next. The search must be in one
    dimension.

    Example:

        tuners plot surrogate runs/rate --trial 3 --output after_3.png
    """
    known = len(search_in(folder).trials) if trial is None else trial
    load_tensorflow()
    _draw("surrogate", folder, output, trial=known)


for _command in (grid, coverage, history, curves, surrogate):
    add_command(app, _command)


def _draw(kind, folder, output, **options):
    """Draws one picture, writes it, and says where it is."""
    import tuners.plots

    search = search_in(folder)
    output = output or str(Path(folder) / f"{kind}.png")
    source = folder if kind == "surrogate" else search
    getattr(tuners.plots, f"plot_{kind}")(source, output=output, **options)
    print(f"Wrote {output}")
