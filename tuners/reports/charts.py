"""Pictures for a browser: what they share. plotly checks each of them when it is made."""

import dataclasses
import html
import math

import numpy as np

from recipes.drawing import BLUE, GREY, ORANGE, RED, SKY
from recipes.errors import RecipesError, describe
from tuners.reports.markup import plain
from tuners.trial_result import FAILED, FINISHED, PRUNED, UNFINISHED

COLOURS = {FINISHED: BLUE, PRUNED: ORANGE, FAILED: GREY, UNFINISHED: SKY}
MARKERS = {FINISHED: "circle", PRUNED: "triangle-down", FAILED: "x", UNFINISHED: "circle-open"}
BEST = RED
_SCALE = ((0.0, BLUE), (0.5, "#A9B4BD"), (1.0, ORANGE))  # from good to bad, on black and on white
_LONGEST = 40  # characters of a label
_DIGITS = 5
TICKS = 5  # of an axis without choices
_FEW = 10  # whole numbers that each have a tick
_CLEAR = 0.9  # share of the scores that the colours tell apart; a diverged run is as bad as these


@dataclasses.dataclass(frozen=True)
class Chart:
    """A picture of the page.

    Args:
        figure: A plotly `Figure`.
        label: What it shows, for who cannot see it.
        width: The least width that it needs, in pixels; where there is less, it scrolls.
    """

    figure: object
    label: str
    width: int = 0


def plotly():
    """Returns the module `plotly.graph_objects`.

    Raises:
        RecipesError: If it is not installed.
    """
    try:
        from plotly import graph_objects
    except ImportError:
        rule = "the report needs plotly, which is not installed"
        hint = "Run `pip install 'keras-recipes[report]'`."
        raise RecipesError(describe("write_report", rule, hint)) from None
    return graph_objects


def chart(traces, label, *, x="", y="", height=340, width=0, **layout):
    """Returns a `Chart`.

    Args:
        traces: List of plotly traces.
        label: As in `Chart`.
        x: Title of the axis across, a text that is shown as it is.
        y: Title of the axis up.
        height: In pixels.
        width: As in `Chart`.
        **layout: As in `plotly.graph_objects.Layout`; `xaxis` and `yaxis` are added to ours.
    """
    axes = {
        "xaxis": {"title": {"text": text(x)}, "automargin": True} | layout.pop("xaxis", {}),
        "yaxis": {"title": {"text": text(y)}, "automargin": True} | layout.pop("yaxis", {}),
    }
    shared = {
        "template": "none",
        "height": height,
        "margin": {"l": 56, "r": 16, "t": 36, "b": 48},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hovermode": "closest",
    }
    return Chart(plotly().Figure(traces, {**shared, **axes, **layout}), label, width)


def counted(numbers):
    """Returns an axis of whole numbers: with few of them plotly would write some twice.

    Args:
        numbers: The whole numbers along it.
    """
    few = max(numbers, default=0) - min(numbers, default=0) <= _FEW
    return {"tickformat": "d"} | ({"tick0": 0, "dtick": 1} if few else {})


def text(value):
    """Returns a text in which plotly finds no mark of its own, and that is not too long."""
    shown = plain(value)
    shown = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
    return html.escape(shown, quote=False)


def rounded(values):
    """Returns numbers as a list with five digits; what is not finite is None."""
    values = np.asarray(values, dtype=float).ravel().tolist()
    return [float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else None for value in values]


def hover(trial, shown, label):
    """Returns what a point of a trial says: its name, what is shown, and its setting."""
    lines = [f"<b>trial {text(trial.trial)}</b>"]
    lines += [f"{text(label)} {shown:.5g}"] if np.isfinite(shown) else []
    lines += [f"{text(name)} = {text(_short(value))}" for name, value in trial.values.items()]
    return "<br>".join(lines)


def colouring(shown, *, small_is_good):
    """Returns how plotly colours numbers from good to bad.

    Args:
        shown: Array of shape (n,), finite.
        small_is_good: Whether the small ones are.
    """
    low, high = float(np.min(shown)), float(np.max(shown))
    clear = float(np.quantile(shown, _CLEAR if small_is_good else 1 - _CLEAR))
    ends = (low, max(clear, low)) if small_is_good else (min(clear, high), high)
    return {
        "color": rounded(shown),
        "colorscale": _SCALE,
        "reversescale": not small_is_good,
        "cmin": ends[0],
        "cmax": ends[1] if ends[1] > ends[0] else ends[0] + (abs(ends[0]) or 1.0) * 1e-3,
    }


def ticks_of(axis):
    """Returns the places of an `Axis` that have a label, as an array.

    Each choice, the powers of ten of a logarithmic axis and its ends, or five of equal distance.
    """
    if axis.choices is not None:
        return np.arange(len(axis.choices), dtype=float)
    if axis.is_log:
        powers = range(math.ceil(math.log10(axis.low)), math.floor(math.log10(axis.high)) + 1)
        tens = [10.0**power for power in powers]
        return np.array(tens) if len(tens) > 2 else np.unique([axis.low, *tens, axis.high])
    ticks = np.linspace(axis.low, axis.high, TICKS)
    return np.unique(np.round(ticks) if isinstance(axis.low, int) else ticks)


def _short(value):
    return f"{value:.4g}" if isinstance(value, float) else value
