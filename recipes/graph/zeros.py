"""The full level: which gradients are exactly zero, and why (row 15).

A weight whose gradient is exactly zero on the first batch is tried again, with other batches and
random draws, after a few steps of the weights that are zero, with other weights, and in inference
mode. What it takes to move it is its verdict:

    alive        another batch or draw                      nothing is said
    ZERO_INIT    steps of the weights that are all zero     zero gamma, ReZero: it will move
    DEAD_NOW     other weights                              dead ReLU, saturation
    TRAINING     inference mode                             Dropout(1.0)
    ZERO         nothing moves it                           x * 0, softmax over one unit
"""

import enum

import numpy as np

from recipes.graph.probes import Setting

_DRAWS = 6  # sets of other weights
_STEPS = 4  # zero gammas may stand behind one another


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
        (Verdict.ALIVE, lambda: _runs(probe, own_settings(probe, batches))),
        (Verdict.ZERO_INIT, lambda: _stepped(probe, batches)),
        (Verdict.DEAD_NOW, lambda: _runs(probe, other_settings(probe, batches))),
        (Verdict.TRAINING, lambda: _in_inference(infer(), batches)),
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


def own_settings(probe, batches):
    """Yields settings with the present weights: other batches, other draws, extreme draws."""
    weights = probe.own_weights()
    for number, batch in enumerate(batches, 1):
        yield Setting(batch, weights, number)
    for uniform in (0.9999, 0.0001):  # every sample's block is kept, in either way of writing it
        for batch in batches[:2]:
            yield Setting(batch, weights, uniform=uniform)
    for number, batch in enumerate(batches * 2, len(batches) + 1):
        yield Setting(batch, weights, number)


def other_settings(probe, batches):
    """Yields settings with other weights."""
    for number in range(_DRAWS):
        weights = _drawn_weights(probe.own_weights(), number)
        for uniform in (None, 0.9999, 0.0001):
            yield Setting(batches[number % len(batches)], weights, number, uniform)


def _drawn_weights(weights, seed):
    generator = np.random.default_rng(seed)

    def draw(weight):
        inputs = np.prod(weight.shape[:-1]) if weight.ndim > 1 else 1
        return generator.normal(0, np.sqrt(1 / max(inputs, 1)), weight.shape)

    return [draw(weight) for weight in weights]


def _stepped(probe, batches):
    """Yields the gradients after each of a few steps of the weights that are all zero."""
    own = probe.own_weights()
    idle = [number for number in probe.connected if not np.any(own[number])]
    for number in range(_STEPS if idle else 0):
        batch = batches[number % len(batches)]
        try:
            gradients = probe(Setting(batch, own, 3 * number))[1]  # times 3: at scale 1
        except Exception:  # as in `_runs`
            continue
        yield gradients
        for place, gradient in zip(probe.connected, gradients, strict=True):
            if place in idle and is_alive(gradient) and gradient.shape == own[place].shape:
                own[place] = own[place] - 0.1 * gradient / np.max(np.abs(gradient))


def _in_inference(probe, batches):
    if probe is not None:
        yield from _runs(probe, [*own_settings(probe, batches), *other_settings(probe, batches)])
