"""What has come of the cells: means over seeds, and a table."""

import numpy as np
from rich.table import Table


def summary(cells):
    """Returns the mean scores of each contender and their standard errors over seeds.

    Args:
        cells: List of cells of one task: dicts with "contender", "seed", "scores" (a dict by the
            name of the data), "seconds", "epochs", "steps", "parameters".

    Returns:
        List of dicts, in the order in which the contenders first come.
    """
    return [
        {
            "contender": name,
            "seeds": [cell["seed"] for cell in own],
            "scores": {
                part: mean_and_error([cell["scores"][part] for cell in own])
                for part in own[0]["scores"]
            },
            **{key: [cell[key] for cell in own] for key in ("seconds", "epochs", "parameters")},
        }
        for name, own in _by_contender(cells).items()
    ]


def _by_contender(cells):
    groups = {}
    for cell in cells:
        groups.setdefault(cell["contender"], []).append(cell)
    return groups


def mean_and_error(values):
    """Returns the mean of some numbers and its standard error, None for one number."""
    error = float(np.std(values, ddof=1) / len(values) ** 0.5) if len(values) > 1 else None
    return {"mean": float(np.mean(values)), "error": error}


def table(title, rows):
    """Returns the means of the contenders as a table."""
    drawn = Table(title=title)
    drawn.add_column("contender")
    for part in rows[0]["scores"]:
        drawn.add_column(part, justify="right")
    for name in ("seeds", "epochs", "parameters", "seconds"):
        drawn.add_column(name, justify="right")
    for row in rows:
        scores = [_with_error(score) for score in row["scores"].values()]
        counts = [_span(row[name]) for name in ("epochs", "parameters", "seconds")]
        drawn.add_row(row["contender"], *scores, str(len(row["seeds"])), *counts)
    return drawn


def _with_error(score):
    text = f"{score['mean']:.4f}"
    return text if score["error"] is None else f"{text} ± {score['error']:.4f}"


def _span(values):
    low, high = (f"{each:,.0f}" for each in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
