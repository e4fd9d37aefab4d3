"""What is said of weights whose gradient is exactly zero: layer by layer, with the operation."""

import numpy as np
import tensorflow as tf

from recipes.graph.measured.zeros import Verdict, other_settings, own_settings
from recipes.graph.ownership import by_layer
from recipes.graph.traced.paths import ancestors, descendants, describe_place, find_culprit
from recipes.graph.wording import about_layers

_WORDS = {  # code, severity, what is said between weights and culprit, hint
    Verdict.ZERO: (
        "ZERO",
        "error",
        "a gradient of exactly zero, whatever the weights",
        "Change that operation, or remove what learns nothing.",
    ),
    Verdict.TRAINING: (
        "ZERO_IN_TRAINING",
        "warning",
        "a gradient of exactly zero in training, and one in inference",
        "Let the branch through in training: no dropout rate of 1, for one.",
    ),
    Verdict.DEAD_NOW: (
        "DEAD_NOW",
        "warning",
        "a gradient of exactly zero with the present weights",
        "Initialise the layers anew, and scale the inputs; pass data= to judge it on your own.",
    ),
}
_MOST_SETTINGS = 12  # runs in which a tensor may show a gradient


def zero_findings(model, probe, batches, verdicts):
    """Returns the findings of weights with a gradient of exactly zero.

    Args:
        model: A `keras.Model`.
        probe: Its `Probe` in training mode.
        batches: Batches to run it on.
        verdicts: The `Verdict` of each connected weight.

    Returns:
        List of `Finding`s: ZERO, ZERO_IN_TRAINING, DEAD_NOW, ZERO_INIT, NO_EFFECT.
    """
    pairs = [probe.trace.weights[place] for place in probe.connected]
    verdict_of = {id(variable): v for (variable, _), v in zip(pairs, verdicts, strict=True)}
    placeholder_of = {id(variable): placeholder for variable, placeholder in pairs}
    layers = by_layer(model, [variable for variable, _ in pairs])
    mildest = {name: max(verdict_of[id(v)] for v in own) for name, own in layers.items()}
    findings = []
    for verdict in _WORDS:
        dead = [v for name, own in layers.items() if mildest[name] is verdict for v in own]
        sources = [(v, placeholder_of[id(v)]) for v in dead]
        findings += _located(model, probe, batches, verdict, sources)
    starting = {n: own for n, own in layers.items() if mildest[n] is Verdict.ZERO_INIT}
    idle = [
        v
        for name, own in layers.items()
        for v in own
        if mildest[name] > Verdict.DEAD_NOW and verdict_of[id(v)] is Verdict.ZERO
    ]
    return [*findings, *_starting(starting), *_no_effect(by_layer(model, idle))]


def _located(model, probe, batches, verdict, pairs):
    """One finding for each operation at which the gradient vanishes."""
    if not pairs:
        return
    useful = ancestors(probe.trace.targets)
    on_paths = descendants([placeholder for _, placeholder in pairs], useful)
    reached, zeros = _alive_tensors(probe, _settings(probe, batches, verdict), on_paths)
    zeros = zeros if verdict is Verdict.ZERO else ()  # the present weights may be zero themselves
    by_culprit = {}
    for variable, placeholder in pairs:
        culprit = find_culprit(placeholder, on_paths, reached, probe.trace.targets, zeros)
        by_culprit.setdefault(culprit.name, (culprit, []))[1].append(variable)
    for culprit, variables in by_culprit.values():
        yield _zero_finding(model, verdict, culprit, variables)


def _settings(probe, batches, verdict):
    own = list(own_settings(probe, batches))[:_MOST_SETTINGS]
    return own if verdict is not Verdict.ZERO else [*other_settings(probe, batches), *own]


def _alive_tensors(probe, settings, operations):
    """Returns two sets of ids of the operations' outputs: with a gradient that is not always zero,
    and with values that are.
    """
    tensors = [t for op in operations.values() for t in op.outputs if t.dtype.is_floating]
    pairs = zip(tensors, probe.trace.gradients_of(tensors), strict=True)
    tensors, gradients = zip(*((t, g) for t, g in pairs if g is not None), strict=True)
    with probe.trace.graph.as_default():
        flags = [
            tf.reduce_any(tf.not_equal(tf.convert_to_tensor(value), 0))
            for value in (*gradients, *tensors)
        ]
    run, seen = probe.program(flags), np.zeros(len(flags), bool)
    for setting in settings:
        try:
            seen |= np.array(run(setting), bool)
        except Exception:  # a made-up number outside a vocabulary, say
            continue
    alive, filled = seen[: len(tensors)], seen[len(tensors) :]
    reached = {id(tensor) for tensor, flag in zip(tensors, alive, strict=True) if flag}
    return reached, {id(tensor) for tensor, flag in zip(tensors, filled, strict=True) if not flag}


def _zero_finding(model, verdict, culprit, variables):
    code, severity, words, hint = _WORDS[verdict]
    return about_layers(
        code,
        severity,
        by_layer(model, variables),
        ("gets", "get"),
        f"{words}: it vanishes at {culprit.type}{describe_place(model, culprit)}",
        hint,
        culprit=culprit.type,
    )


def _starting(groups):
    """What waits for weights that are still zero: information."""
    if groups:
        yield about_layers(
            "ZERO_INIT",
            "info",
            groups,
            ("waits", "wait"),
            "for weights that are still zero, and that the first steps move",
            "This is a usual way to start: leave it.",
        )


def _no_effect(groups):
    """Weights that change nothing, in layers that learn by others: information."""
    if groups:
        yield about_layers(
            "NO_EFFECT",
            "info",
            groups,
            ("has", "have"),
            "weights that change nothing, whatever they are, beside others that learn",
            "Leave them, or save their parameters.",
        )
