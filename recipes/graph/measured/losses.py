"""Each loss, run on the targets that the caller gave."""

import keras
import numpy as np
import tensorflow as tf

from recipes.graph.measured.batches import given_batches
from recipes.graph.traced.losses import has_own_step, loss_failed, loss_terms, name_of, value_of
from recipes.graph.traced.paths import gradients_of, is_differentiable
from recipes.graph.traced.trace import BATCH, Program
from recipes.graph.wording import about_model


def run_losses(model, trace, case):
    """Runs the loss of each output on the given targets.

    Args:
        model: A `keras.Model`.
        trace: Its `Trace` in training mode, whose losses have been traced without a finding.
        case: A `Case`; without targets nothing is run.

    Returns:
        List of `Finding`s: STEP_FAILED, LOSS_NOT_DIFFERENTIABLE.
    """
    own = case.loss is None and (has_own_step(model) or not model.compiled)
    if case.targets is None or own:
        return []
    terms = loss_terms(model, trace, case.loss, case.targets)
    judged = [_judge(trace, case.inputs, t) for t in terms if t.trains and t.given is not None]
    return [finding for finding in judged if finding is not None]


def _judge(trace, inputs, term):
    """Returns what is wrong with a loss on its targets, or None."""
    with trace.graph.as_default():
        output = tf.identity(term.tensor)  # as it is traced
        value, targets, _ = value_of(term, output)
        gradient = gradients_of([value], [output])[0] if is_differentiable(output) else None
    if gradient is None:
        return None
    run = Program(trace, [gradient], [targets])
    run_on = Program(trace, [gradient], [targets, output])
    variables = [
        [keras.ops.convert_to_numpy(v) for v, _ in pairs] for pairs in (trace.weights, trace.states)
    ]
    for *batch, own in given_batches([inputs, term.given], BATCH):
        try:
            slope = run(batch, *variables, [own])[0]
        except Exception as error:  # a class that the outputs do not have, say
            return loss_failed(term, error)
        made_up = np.random.default_rng(0).uniform(0.05, 0.95, slope.shape)  # other weights may
        if np.any(slope) or np.any(run_on(batch, *variables, [own, made_up])[0]):
            return None
    return _still(term)


def _still(term):
    return about_model(
        "LOSS_NOT_DIFFERENTIABLE",
        "error",
        term.name,
        f"the loss of output '{term.name}' ({name_of(term.loss)}) gives it a gradient of exactly "
        "zero on the given data: nothing can learn from it.",
        "Use a loss that fits the number of outputs, and targets of more than one kind.",
    )
