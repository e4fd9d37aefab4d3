"""How much each hyperparameter mattered."""

from recipes.drawing import BLUE, GREY
from tuners.reports.charts import chart, plotly, rounded, text
from tuners.reports.gathered import measured_importance
from tuners.reports.markup import Section, note

_TITLE = "What mattered"
_BAR = 34  # pixels


def section(search):
    """Returns the `Section` of a `Search`."""
    measured, remark = measured_importance(search)
    if measured is None:
        return Section(_TITLE, (note(f"It cannot be told: {remark}"),))
    known = note(
        f"Among {measured.trials} trials, by a random forest that explains "
        f"{max(measured.explained, 0.0):.0%} of the differences between trials it has not seen."
    )
    parts = (known, note(remark) if remark else None, _bars(measured))
    return Section(_TITLE, tuple(part for part in parts if part is not None))


def _bars(measured):
    names = list(measured.shares)
    bars = plotly().Bar(
        x=rounded([100 * share for share in measured.shares.values()]),
        y=list(range(len(names))),
        orientation="h",
        marker={"color": BLUE},
        error_x={
            "array": rounded([100 * measured.spreads[name] for name in names]),
            "thickness": 1,
            "color": GREY,
        },
        hovertemplate="%{x:.0f} %<extra></extra>",
    )
    ticks = {"tickvals": list(range(len(names))), "ticktext": list(map(text, names))}
    return chart(
        [bars],
        "Share of each hyperparameter in the differences between trials",
        x="share of the differences, %",
        height=110 + _BAR * len(names),
        xaxis={"rangemode": "tozero"},
        yaxis={"autorange": "reversed", "showgrid": False, **ticks},
    )
