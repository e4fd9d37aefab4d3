"""The full level: which gradients are exactly zero, and why (row 15).

A weight whose gradient is exactly zero on the first batch is tried again: after a few steps of the
weights that are all zero, with other batches and random draws, with other weights, and in inference
mode. What it takes first to move it is its verdict:

    ZERO_INIT    steps of the weights that are all zero     zero gamma, ReZero: it will move
    ALIVE        another batch or draw                      nothing is said
    DEAD_NOW     other weights                              dead ReLU, saturation
    TRAINING     inference mode                             Dropout(1.0)
    ZERO         nothing moves it                           x * 0, softmax over one unit
"""

import enum

import numpy as np

from recipes.graph.measured.probes import Setting

_DRAWS = 8  # sets of other weights
_STEPS = 4  # zero gammas may stand behind one another
_EXTREMES = (0.9999, 0.0001)  # every sample's block is kept, in either way of writing it


class Verdict(enum.IntEnum):
    """What it takes to get a gradient that is not zero, the worst first."""

    ZERO = 0
    TRAINING = 1
    DEAD_NOW = 2
    ZERO_INIT = 3
    ALIVE = 4


def judge_zeros(probe, batches, gradients, infer):
    """Returns the verdict of each connected weight.

    Args:
        probe: A `Probe` in training mode.
        batches: Batches, the first of which gave `gradients`.
        gradients: Arrays, one for each connected weight.
        infer: A function that returns a `Probe` in inference mode, or None.

    Returns:
        List of `Verdict`s, in the order of `probe.connected`.
    """
    verdicts = [Verdict.ALIVE if is_alive(g) else None for g in gradients]
    stages = (
        (Verdict.ZERO_INIT, lambda: _stepped(probe, batches[0], gradients)),
        (Verdict.ALIVE, lambda: _runs(probe, own_settings(probe, batches))),
        (Verdict.DEAD_NOW, lambda: _runs(probe, other_settings(probe, batches))),
        (Verdict.TRAINING, lambda: _in_inference(infer(), probe.connected, batches)),
    )
    for verdict, runs in stages:
        _settle(verdicts, verdict, runs)
    return [Verdict.ZERO if verdict is None else verdict for verdict in verdicts]


def _settle(verdicts, verdict, runs):
    """Gives a verdict to the open weights that one of the runs moves."""
    if None not in verdicts:
        return
    for gradients in runs():
        for number, gradient in enumerate(gradients):
            if verdicts[number] is None and is_alive(gradient):
                verdicts[number] = verdict
        if None not in verdicts:
            return


def is_alive(gradient):
    """Whether a gradient is not exactly zero; one that is not finite tells nothing."""
    return bool(np.any(gradient)) and bool(np.all(np.isfinite(gradient)))


def _runs(probe, settings):
    """Yields the gradients of each setting; one that the model cannot take tells nothing."""
    for setting in settings:
        try:
            yield probe(setting)[1]
        except Exception:  # a made-up number outside a vocabulary, say
            continue


def own_runs(probe, batches):
    """Returns the gradients on each batch that the model can take, with the present weights."""
    weights = probe.own_weights()
    return list(_runs(probe, [Setting(batch, weights) for batch in batches]))


def own_settings(probe, batches):
    """Yields settings with the present weights: other batches, other draws, extreme draws."""
    weights = probe.own_weights()
    for number, batch in enumerate(batches, 1):
        yield Setting(batch, weights, number)
    if probe.is_random:
        for uniform in _EXTREMES:
            for batch in batches[:2]:
                yield Setting(batch, weights, uniform=uniform)
        for number, batch in enumerate(batches, len(batches) + 1):
            yield Setting(batch, weights, number)


def other_settings(probe, batches):
    """Yields settings with other weights; gates that are closed now are open in some."""
    for number in range(_DRAWS):
        weights = _drawn_weights(probe.own_weights(), number)
        states = _drawn_weights(probe.own_states(), number)
        states = [
            drawn if n in probe.gates else own
            for n, (own, drawn) in enumerate(zip(probe.own_states(), states, strict=True))
        ]
        batch = batches[number % len(batches)]
        yield Setting(batch, weights, number, None, states)
        if probe.is_random:
            yield Setting(batch, weights, number, _EXTREMES[number % 2], states)


def _drawn_weights(weights, seed):
    generator = np.random.default_rng(seed)

    def draw(weight):
        inputs = np.prod(weight.shape[:-1]) if weight.ndim > 1 else 1
        return generator.normal(0, np.sqrt(1 / max(inputs, 1)), weight.shape)

    return [draw(weight) for weight in weights]


def _stepped(probe, batch, gradients):
    """Yields the gradients after each of a few steps of the weights that are all zero."""
    weights = probe.own_weights()
    idle = [number for number in probe.factors if not np.any(weights[number])]
    for _ in range(_STEPS if idle else 0):
        for place, gradient in zip(probe.connected, gradients, strict=True):
            if place in idle and is_alive(gradient) and gradient.shape == weights[place].shape:
                weights[place] = weights[place] - 0.1 * gradient / np.max(np.abs(gradient))
        gradients = probe(Setting(batch, weights))[1]
        yield gradients


def _in_inference(probe, places, batches):
    """Yields the gradients of the weights at some places, which inference may not connect."""
    if probe is None:
        return
    settings = [*own_settings(probe, batches), *other_settings(probe, batches)]
    for gradients in _runs(probe, settings):
        at = dict(zip(probe.connected, gradients, strict=True))
        yield [at.get(place, np.zeros(1)) for place in places]
