"""What all figures share: colours that everybody can tell apart, a plain look, and saving.

Figures are made without pyplot: no window, no global state, and a PNG needs no browser.
"""

from pathlib import Path

from recipes.errors import ArgumentError, FolderError, RecipesError, describe

# Okabe & Ito 2008, "Color universal design".
BLUE, ORANGE, GREEN, RED, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9"
INK, GREY, PALE = "#222222", "#7F7F7F", "#D9D9D9"
_DPI = 150
_FORMATS = ("png", "svg", "pdf")


def figure(width=7.0, height=5.0):
    """Returns an empty figure.

    Args:
        width: In inches.
        height: In inches.

    Raises:
        RecipesError: If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        rule = "pictures need matplotlib, which is not installed"
        hint = "Run `pip install 'keras-recipes[plot]'`."
        raise RecipesError(describe("plot", rule, hint)) from None
    made = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    made.get_layout_engine().set(w_pad=0.12, h_pad=0.08)
    return made


def save(drawn, output):
    """Saves a figure, if it is to be saved, and returns it.

    Args:
        drawn: A matplotlib figure.
        output: Path that ends in .png, .svg or .pdf, or None.

    Raises:
        ArgumentError: If the path ends otherwise.
        FolderError: If it cannot be written.
    """
    if output is None:
        return drawn
    check_output(output)
    import matplotlib

    try:
        with matplotlib.rc_context({"svg.hashsalt": "recipes"}):
            drawn.savefig(output, dpi=_DPI, metadata=_undated(output))
    except OSError as error:
        rule = f"the picture must be where files can be written ({error.strerror})"
        raise FolderError(describe("plot", rule, output=str(output))) from error
    return drawn


def check_output(output):
    """Refuses a path whose ending is not that of a picture."""
    if Path(output).suffix.lower().removeprefix(".") not in _FORMATS:
        rule = "`output` must end in .png, .svg or .pdf"
        raise ArgumentError(describe("plot", rule, output=str(output)))


def tidy(axes, *, grid="both"):
    """Takes away the frame above and to the right, and draws a pale grid behind the data."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(GREY)
    axes.tick_params(colors=INK, labelsize=9)
    axes.set_axisbelow(True)
    if grid:
        axes.grid(axis=grid, color=PALE, linewidth=0.6)


def _undated(output):
    """Keeps the date out of a file: with the salt above, equal pictures are equal files."""
    key = {".svg": "Date", ".pdf": "CreationDate"}.get(Path(output).suffix.lower())
    return {key: None} if key else {}
