"""The questions that the weights of a trained model are to answer (row 55)."""

import dataclasses
import math

import keras
import numpy as np

_DEAD = 0.5  # share of the units of a layer from which it is the matter
_SPREAD = 1e4  # between the gradients per weight of two layers
_COUNT = 30  # pairs of neighbours below which smoothness says nothing


@dataclasses.dataclass(frozen=True)
class Check:
    """One question of the checklist, answered.

    Attributes:
        question: What was asked.
        ok: Whether the answer is a good one; None where it could not be told.
        answer: What was seen, and what to look at.
    """

    question: str
    ok: bool | None
    answer: str

    def __str__(self):
        return (
            f"[{'?' if self.ok is None else 'x' if self.ok else ' '}] {self.question} {self.answer}"
        )


def checklist(model, rows):
    """Yields the questions with their answers.

    Args:
        model: A built `keras.Model`.
        rows: The `LayerWeights` of its layers.
    """
    yield _finite(model)
    yield _smooth(rows)
    yield _alive(rows)
    yield _even(rows)


def _finite(model):
    names = [v.path for v in model.weights if not _is_finite(v)]
    said = f"Not {', '.join(names)}: a learning rate that is too large?" if names else "Yes."
    return Check("Are all weights finite?", not names, said)


def _is_finite(variable):
    values = keras.ops.convert_to_numpy(variable)
    return values.dtype.kind not in "fV" or bool(np.isfinite(values.astype("float32")).all())


def _smooth(rows):
    question = "Are the first filters smooth?"
    first = rows[0]
    if first.smoothness is None or math.prod(first.shape) < _COUNT:
        return Check(question, None, "The first layer has no filters in which neighbours count.")
    figures = f"{first.layer} has {first.smoothness:.2f}, random numbers stay under"
    if first.is_smooth:
        return Check(question, True, f"{figures} {first.random:.2f}.")
    hint = (
        "Look at the data (too few, wrong labels?), the preprocessing (scaled, centred?), the "
        "structure (too large?), and the learning rate (too large, or trained too short?)."
    )
    return Check(question, False, f"{figures} {first.random:.2f}. {hint}")


def _alive(rows):
    bad = [f"{row.layer} ({row.dead_share:.0%})" for row in rows if row.dead_share >= _DEAD]
    hint = "A smaller learning rate, He initialisation, or a norm before each activation."
    said = f"Dead are {', '.join(bad)}. {hint}" if bad else "Yes, in each layer most of them."
    return Check("Are the units alive?", not bad, said)


def _even(rows):
    question = "Do all layers get gradients of a like size?"
    norms = {row.layer: row.gradient_norm for row in rows if row.gradient_norm is not None}
    if not norms:
        return Check(question, None, "It takes a batch of samples and labels to see.")
    low, high = min(norms, key=norms.get), max(norms, key=norms.get)
    spread = f"{low} has {norms[low]:.1e}, {high} has {norms[high]:.1e}"
    even = norms[high] <= _SPREAD * norms[low] and math.isfinite(norms[high])
    hint = "" if even else " Use a norm, residual branches, or another initialisation."
    return Check(question, even, f"{spread}.{hint}")
