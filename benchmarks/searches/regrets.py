"""Regrets of finished cells: of each search, and their means."""

import numpy as np

from benchmarks.searches.pruned import value_at


def regrets(work, finished, plan, problems):
    """Returns the rows of the finished cells of a plan.

    Args:
        work: The `Work`.
        finished: Dict of cells by key.
        plan: List of keys.
        problems: Dict of `Problem` by name.

    Returns:
        List of dicts with "contender", "family", "problem", "seed" and "regrets", a list with one
        normalised regret for each place.
    """
    rows = []
    for cell in (finished[key] for key in plan if key in finished):
        problem = problems[cell["problem"]]
        values = [returned(cell, place) for place in work.places]
        row = {"family": problem.family, "regrets": [problem.regret(value) for value in values]}
        rows.append({name: cell[name] for name in ("contender", "problem", "seed")} | row)
    return rows


def returned(cell, place):
    """Returns the value without noise of what a search returns after some trials or epochs."""
    if cell["kind"] == "pruning":
        return value_at(cell["found"], place)
    return cell["values"][int(np.argmin(cell["observed"][:place]))]


def nested(rows):
    """Returns the regrets of rows by contender, family, problem and seed, as nested dicts."""
    found = {}
    for row in rows:
        families = found.setdefault(row["contender"], {})
        seeds = families.setdefault(row["family"], {}).setdefault(row["problem"], {})
        seeds[str(row["seed"])] = [round(regret, 6) for regret in row["regrets"]]
    return found


def joined(earlier, rows):
    """Returns rows, and before them those of an earlier run that they do not have.

    Args:
        earlier: What `nested` returned then.
        rows: What `regrets` returned now.
    """
    names = ("contender", "family", "problem", "seed")
    every = {
        (contender, family, problem, int(seed)): regrets
        for contender, families in earlier.items()
        for family, problems in families.items()
        for problem, seeds in problems.items()
        for seed, regrets in seeds.items()
    }
    every |= {tuple(row[name] for name in names): row["regrets"] for row in rows}
    return [dict(zip(names, key, strict=True), regrets=own) for key, own in every.items()]


def summary(rows):
    """Returns means by contender and family, and by contender and problem, as a list of dicts."""
    groups = {}
    for row in rows:
        for name in (row["family"], row["problem"]):
            groups.setdefault((name, row["contender"]), []).append(row)
    return [
        {"of": name, "contender": contender, "searches": len(group)} | _means(group)
        for (name, contender), group in groups.items()
    ]


def _means(rows):
    """Returns the mean regrets over the cells, and their standard errors over the seeds."""
    by_seed = {}
    for row in rows:
        by_seed.setdefault(row["seed"], []).append(row["regrets"])
    means = np.array([np.mean(each, axis=0) for each in by_seed.values()])
    errors = means.std(axis=0, ddof=1) / len(means) ** 0.5 if len(means) > 1 else 0 * means[0]
    overall = np.mean([row["regrets"] for row in rows], axis=0)
    return {"mean": overall.round(4).tolist(), "error": errors.round(4).tolist()}
