"""The results of a search as a script can read them: one dict that JSON can hold."""

import dataclasses
import math

from recipes.errors import SearchError
from recipes.optim.names import OPTIMIZERS, optimizer_note
from tuners.importance import importance
from tuners.results import curves, results


def gather(search, *, surrogate=None):
    """Gathers all that is known of a search as JSON can hold it.

    Args:
        search: A `Search`.
        surrogate: The leave-one-out error of the surrogate as a share of the mean's (guide row 91),
            or None.

    Returns:
        Dict with the keys `folder`, `oracle`, `objective`, `direction`, `constraints` (texts),
        `seed`, `trials` (as `results` has them), `epochs` (as `curves`), `best` (the name of the
        best trial, which meets the constraints if one does, or None),
        `best_note` (see there), `importance` (as in `Importance`, or None), `importance_note` (why
        there is none, or what weakens it) and `surrogate`. What is not a finite number is None.
    """
    measured, note = measured_importance(search)
    return _finite(
        {
            "folder": str(search.folder),
            "oracle": search.oracle,
            "objective": search.objective,
            "direction": search.direction,
            "constraints": list(map(str, search.constraints)),
            "seed": search.seed,
            "trials": results(search),
            "epochs": curves(search),
            "best": search.best.trial if search.best else None,
            "best_note": best_note(search),
            "importance": measured and dataclasses.asdict(measured),
            "importance_note": note,
            "surrogate": surrogate,
        }
    )


def best_note(search):
    """Returns what the guide says of an unusual optimiser that has won (row 37), or None."""
    name = search.best.values.get("optimizer") if search.best else None
    return optimizer_note(name) if name in OPTIMIZERS else None


def constraints_note(search):
    """Returns whether the best trial of a search meets its constraints, as a sentence."""
    asked = ", ".join(map(str, search.constraints))
    if not search.best.broken:
        return f"It meets the constraints: {asked}."
    nearest = f"trial {search.best.trial} comes nearest, and breaks {', '.join(search.best.broken)}"
    return f"No trial meets the constraints ({asked}): {nearest}."


def measured_importance(search):
    """Returns the `Importance` of a search or None, and a note on it or None."""
    try:
        measured = importance(search)
    except SearchError as error:
        return None, str(error)
    if measured.explained > 0:
        return measured, None
    return (
        measured,
        "The forest explains nothing of trials that it has not seen: do not rely on it.",
    )


def _finite(value):
    """Returns a structure in which NaN and infinity are None: JSON has neither."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
