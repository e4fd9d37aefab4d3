"""The full level: the traced gradients are run on small batches (row 15)."""

import dataclasses

import numpy as np

from recipes import keras_compat
from recipes.graph.measured.batches import probe_batches
from recipes.graph.measured.losses import run_losses
from recipes.graph.measured.nonfinite import (
    bad_inputs,
    bad_weights,
    is_finite,
    nonfinite_finding,
)
from recipes.graph.measured.probes import Probe, Setting
from recipes.graph.measured.spread import spread_finding
from recipes.graph.measured.zero_findings import zero_findings
from recipes.graph.measured.zeros import judge_zeros, own_runs
from recipes.graph.ownership import by_layer
from recipes.graph.traced.trace import BATCH
from recipes.graph.wording import about_model, step_failed

_ENOUGH = 4  # batches of given data: 16 rows


@dataclasses.dataclass(frozen=True)
class Numeric:
    """What running the gradients showed.

    Attributes:
        findings: List of `Finding`s.
        norms: Euclidean norm of the gradient of each layer's weights, by name of the layer.
    """

    findings: list
    norms: dict


def find_numeric(model, trace, specs, case, infer):
    """Runs the gradients of a trace and judges the numbers.

    Args:
        model: A built `keras.Model`.
        trace: Its `Trace` in training mode.
        specs: Keras tensors of its inputs.
        case: The `Case`: inputs and targets, if the caller gave some.
        infer: A function that returns the `Trace` in inference mode, or None where it fails.

    Returns:
        A `Numeric` with NONFINITE, STEP_FAILED, NOT_TRACEABLE, EXPLODING, VANISHING, and what
        `zero_findings` finds.
    """
    bad = bad_weights(model) or bad_inputs(model, case.inputs)
    if bad:
        return Numeric([bad], {})
    probe = Probe(trace)
    given, made = probe_batches(specs, case.inputs, BATCH)
    usable, gradients, problem = _first_run(model, probe, given, made)
    if problem is not None:
        return Numeric([problem], {})
    if len(given) >= _ENOUGH:  # then they decide alone
        usable = usable[: len(given)]
    norms = _norms(model, probe, gradients)
    verdicts = judge_zeros(probe, usable, gradients, lambda: _inference_probe(infer()))
    zeros = zero_findings(model, probe, usable, verdicts)
    faded = [name for f in zeros if f.code == "DEAD_NOW" for name in f.layers]
    broken = any(f.severity == "error" for f in zeros)  # what is behind it, is so by that
    spread = None if broken else spread_finding(norms, faded)
    if spread is not None and spread.code == "VANISHING":  # one batch may be poor in variety
        spread = spread_finding(_largest_norms(model, probe, usable, norms), faded)
    if spread is not None:  # what has vanished until it is zero is told there
        zeros = [f for f in zeros if f.code != "DEAD_NOW" or spread.code != "VANISHING"] + [spread]
    return Numeric(run_losses(model, trace, case) + zeros, norms)


def _inference_probe(trace):
    return None if trace is None else Probe(trace)


def _first_run(model, probe, given, made):
    """Returns (batches, gradients on the first, None), or (None, None, the finding)."""
    weights, failure, bad = probe.own_weights(), None, None
    batches = given + made
    for number, batch in enumerate(batches):
        try:
            outputs, gradients = probe(Setting(batch, weights))
        except Exception as error:  # whatever a model's own code raises is told, not passed on
            failure = error
        else:
            if all(map(is_finite, [*outputs, *gradients])):
                return batches[number:], gradients, None
            bad = bad or Setting(batch, weights)
        if number + 1 == len(given):
            break  # the caller's own data decide
    if bad is not None:
        return None, None, nonfinite_finding(model, probe, bad, given=bool(given))
    return None, None, (step_failed if given else _not_run)(model, failure)


def _not_run(model, error):
    text = keras_compat.describe_error(error)
    message = f"model '{model.name}' was not run: it fails on made-up inputs ({text})."
    hint = "Pass data=, a batch that the model takes."
    return about_model("NOT_TRACEABLE", "warning", model.name, message, hint)


def _largest_norms(model, probe, batches, norms):
    """Returns the largest norm of each layer's gradient over all batches, by its name."""
    runs = [_norms(model, probe, gradients) for gradients in own_runs(probe, batches)]
    return {name: max([norm, *(run[name] for run in runs)]) for name, norm in norms.items()}


def _norms(model, probe, gradients):
    """Returns the norm of each layer's gradient, by its name."""
    squares = {}
    for place, gradient in zip(probe.connected, gradients, strict=True):
        variable = probe.trace.weights[place][0]
        squares[id(variable)] = float(np.linalg.norm(gradient.astype("float64")) ** 2)
    variables = [probe.trace.weights[place][0] for place in probe.connected]
    return {
        name: float(np.sqrt(sum(squares[id(v)] for v in own)))
        for name, own in by_layer(model, variables).items()
    }
