"""What has come of the cells: means over seeds, paired differences, tables."""

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


def differences(cells, whole, prefix):
    """Returns what each part is worth: the score with it less that without it, paired by seed.

    Args:
        cells: List of cells of one task.
        whole: Name of the contender with all parts.
        prefix: What the names of those without one begin with.

    Returns:
        List of dicts with "part", "seeds", "worth": a dict by the name of the data of the mean
        difference and its standard error, and "steps": mean and error of the steps without the
        part, in those of the whole.
    """
    groups = _by_contender(cells)
    complete = {cell["seed"]: cell for cell in groups.get(whole, [])}
    found = []
    for name, own in groups.items():
        pairs = [(complete[cell["seed"]], cell) for cell in own if cell["seed"] in complete]
        if name.startswith(prefix) and pairs:
            found.append({"part": name.removeprefix(prefix), **_compared(pairs)})
    return found


def _compared(pairs):
    """Returns what pairs of cells, with a part and without it, tell of the part."""
    worth = {
        data: mean_and_error([one["scores"][data] - other["scores"][data] for one, other in pairs])
        for data in pairs[0][0]["scores"]
    }
    steps = mean_and_error([other["steps"] / one["steps"] for one, other in pairs])
    return {"seeds": len(pairs), "worth": worth, "steps": steps}


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


def table_of_parts(title, rows):
    """Returns what each part is worth as a table."""
    drawn = Table(title=title)
    drawn.add_column("part")
    for name in rows[0]["worth"]:
        drawn.add_column(name, justify="right")
    for name in ("steps without it", "seeds"):
        drawn.add_column(name, justify="right")
    for row in rows:
        worth = [_with_error(each, sign="+") for each in row["worth"].values()]
        drawn.add_row(row["part"], *worth, f"× {row['steps']['mean']:.2f}", str(row["seeds"]))
    return drawn


def _with_error(score, sign=""):
    text = f"{score['mean']:{sign}.4f}"
    return text if score["error"] is None else f"{text} ± {score['error']:.4f}"


def _span(values):
    low, high = (f"{each:,.0f}" for each in (min(values), max(values)))
    return low if low == high else f"{low} to {high}"
