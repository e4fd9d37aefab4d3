"""What has come of the claims: effects, verdicts, a table, the page docs/evidence.md."""

import dataclasses
import math
from pathlib import Path

from rich.table import Table

from benchmarks.claims.cell import machines
from benchmarks.claims.claim import (
    DEPENDS,
    HOLDS,
    METRICS,
    NOT_MEASURED,
    NOT_SEEN,
    REVERSED,
    effect_of,
    verdict,
)
from benchmarks.claims.guide import marked
from benchmarks.figures import earlier_figures

_DECIMALS = {"accuracy": 1, "bits": 3, "psnr": 2, "error": 2, "spread": 2}


def results_of(claims, done):
    """Returns what is known of some claims.

    Args:
        claims: List of `Claim`s.
        done: Dict of finished cells by (kind, way, data, seed).

    Returns:
        Dict with "claims", a list of dicts, and "machines", a list of where cells were run.
    """
    cells = {key[1:]: cell["scores"] for key, cell in done.items()}
    return {"machines": machines(done), "claims": [_result(claim, cells) for claim in claims]}


def _result(claim, cells):
    measured = [_measured(claim, experiment, cells) for experiment in claim.experiments]
    told = verdict([each["finding"] for each in measured])
    named = {name: getattr(claim, name) for name in ("rows", "says", "compared", "default")}
    return {**named, "margin": claim.margin, "verdict": told, "experiments": measured}


def _measured(claim, experiment, cells):
    gains = experiment.gains(cells)
    effect = dataclasses.asdict(effect_of(gains, claim.margin))
    effect = {k: None if v != v else v for k, v in effect.items()}  # JSON has no NaN
    named = {"data": str(experiment.data), "metric": experiment.metric}
    return {**named, **effect, "gains": gains}


def with_earlier(results, path):
    """Returns results in which a claim that is not measured now is as a file has it.

    A run on another machine, or of some rows alone, so leaves the rest of the figures as it is.

    Args:
        results: What `results_of` returned.
        path: Path of the figures, which may not be there yet.
    """
    earlier = earlier_figures(path)
    if not earlier:
        return results
    known = {_asked(claim): claim for claim in earlier["claims"]}
    claims = [
        known.get(_asked(claim), claim) if claim["verdict"] == NOT_MEASURED else claim
        for claim in results["claims"]
    ]
    kept = any(claim is known.get(_asked(claim)) for claim in claims)
    machines = {*results["machines"], *(earlier["machines"] if kept else ())}
    return {"machines": sorted(machines), "claims": claims}


def _asked(claim):
    """Returns what a claim asks, whatever was measured."""
    data = tuple((each["data"], each["metric"]) for each in claim["experiments"])
    return claim["rows"], claim["says"], claim["compared"], data


def table(results):
    """Returns the verdicts as a table for a terminal."""
    drawn = Table(title="What the guides claim, and what was measured")
    for name in ("row", "claim", "data", "gain", "seeds", "verdict"):
        drawn.add_column(name)
    for claim in results["claims"]:
        own = claim["experiments"]
        drawn.add_row(
            claim["rows"],
            claim["says"],
            "\n".join(each["data"] for each in own),
            "\n".join(_gain(each) for each in own),
            "\n".join(str(each["seeds"]) for each in own),
            claim["verdict"],
            end_section=True,
        )
    return drawn


def write_pages(docs, results):
    """Writes evidence.md, and the last column of guide.md.

    Args:
        docs: Folder of both.
        results: What `results_of` returned.
    """
    guide = Path(docs, "guide.md")
    Path(docs, "evidence.md").write_text(page(results), encoding="utf-8")
    guide.write_text(marked(guide.read_text(encoding="utf-8"), results), encoding="utf-8")


def page(results):
    """Returns the page as Markdown."""
    claims = [claim for claim in results["claims"] if claim["verdict"] != NOT_MEASURED]
    counts = {v: sum(c["verdict"] == v for c in claims) for v in (HOLDS, DEPENDS, NOT_SEEN)}
    rows = [_row(number, claim) for number, claim in enumerate(claims, 1)]
    return _PAGE.format(
        claims=len(claims),
        measured=", ".join(f"{count} {name}" for name, count in counts.items()),
        rows="\n".join(rows),
        machines="; ".join(results["machines"]) or "nothing yet",
        missing=_missing(results["claims"]),
    )


def _row(number, claim):
    alike = "" if claim["margin"] is None else f" Alike: within {claim['margin']:g}."
    cells = (
        f"{number}",
        f"{claim['says']} (row {claim['rows']})",
        f"{claim['compared']}.{alike}",
        _effects(claim["experiments"]),
        f"**{claim['verdict']}**",
        claim["default"],
    )
    return f"| {' | '.join(cells)} |"


def _effects(measured):
    """Returns the gain on each data set; the unit once, if it is the same for all."""
    units = [f" {METRICS[each['metric']][0]}" for each in measured]
    last = len(measured) - 1 if len(set(units)) == 1 else 0
    return "<br>".join(
        f"{each['data']}: {_gain(each)}{unit if place >= last else ''}{_mark(each)}"
        for place, (each, unit) in enumerate(zip(measured, units, strict=True))
    )


def _gain(each):
    if each["mean"] is None or math.isnan(each["mean"]):
        return "not measured"
    digits = _DECIMALS[each["metric"]]
    low, high = each["low"], each["high"]
    return f"{each['mean']:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def _mark(each):
    return " (reversed)" if each["finding"] == REVERSED else ""


def _missing(claims):
    open_ones = [claim["says"] for claim in claims if claim["verdict"] == NOT_MEASURED]
    if not open_ones:
        return ""
    return "\nNot measured yet: " + " ".join(open_ones) + "\n"


_PAGE = """\
# What the guides claim, and what was measured

{claims} claims of the two guides and of the recommended recipe, each measured on real data:
{measured}. The page is made by `python -m benchmarks.evidence`, which goes on with what is
finished; benchmarks/evidence.json has the gain of every seed, benchmarks/claims/listed how each is
measured.

**The rule**, fixed before anything was measured. A claim says that one way is better than another,
or that the two are alike. Each of at least 5 seeds trains both ways on the same samples, and the
gain is what the first way has ahead of the second, better being above 0. In brackets stands the
95 % interval of the mean gain (Student's t, paired by seed). On a data set it is *seen* if the
interval lies above 0, or, of ways that are alike, within the margin; *reversed* if it lies on the
other side. It **holds** if it is seen on every data set, **depends** if on some, and is **not
seen** else. One of 40 such intervals lies above 0 by chance where nothing is behind it.

What this cannot say: the networks are small and trained for seconds, on digits (scikit-learn),
images of CIFAR-10 and pieces of Shakespeare of 100 characters; with 5 seeds a gain of less than a
point of accuracy is seldom seen. "Within the recipe" is the recommended recipe against the same
without one part. What is said of searches rests on LCBench, a surrogate of 2,000 real trainings a
task.

| # | claim | compared | gain, with its 95 % interval | verdict | what the package does |
|---|---|---|---|---|---|
{rows}
{missing}
Measured with: {machines}.
"""
