"""`check_graph`: finds the layers of a model that cannot learn, before any training (row 15)."""

import keras

from recipes import keras_compat
from recipes.errors import ArgumentError, check_one_of, describe
from recipes.graph.case import read_case
from recipes.graph.connected.watch import watch_build
from recipes.graph.findings import GraphReport, drop_allowed, parse_rules, sort_findings
from recipes.graph.levels import LEVELS, run_levels
from recipes.graph.shown.nodes import layer_nodes
from recipes.graph.wording import step_failed


def check_graph(model_or_builder, *, data=None, loss=None, level="full", allow=(), logdir=None):
    """Finds layers that cannot learn, without training and without changing the model.

    A builder says more than a model: only while it runs can a layer be seen that reaches no
    output, because Keras drops such layers from the model.

    Args:
        model_or_builder: A built `keras.Model`, or a callable without arguments that returns one.
        data: A batch of inputs, arrays of shape (batch, …) in the structure that the model takes,
            a tuple (inputs, targets), or a `tf.data.Dataset` of one of these. Needed by subclassed
            models alone; for others numbers are made up. 16 rows or more decide alone which units
            are dead.
        loss: A loss as `compile` takes it, for a model that is not compiled; None for its own.
        level: "static" (the Keras graph is read), "trace" (gradients are traced as well; nothing
            is run), or "full" (they are run on small batches, too).
        allow: Findings that are meant, as "CODE" or "CODE:layer", with `*` in the layer's name.
        logdir: A folder to which the graph is written for TensorBoard, or None.

    Returns:
        A `GraphReport`. Its findings have these codes; each level has those of the levels before:

        static: DEAD_END, a layer whose output reaches no output of the model. DEAD_CALL, the same
        of one call of a layer. NEVER_CALLED, a layer that is made and never called. UNUSED_INPUT,
        an input that changes nothing. NOTHING_TRAINABLE. FROZEN, for information.

        trace: CUT, weights whose gradient is stopped. UNUSED, weights that no output depends on.
        UNTRACKED, weights that are used and not trained, because the model does not know them.
        LAYER_CREATED_IN_CALL. LOSS_NOT_DIFFERENTIABLE. NO_LOSS, an output that trains nothing.
        LOSS_NOT_CHECKED and NOT_TRACEABLE: what could not be checked, and why.

        full: ZERO, a gradient of exactly zero whatever the weights. ZERO_IN_TRAINING. DEAD_NOW,
        the same with the present weights. ZERO_INIT and NO_EFFECT, for information. NONFINITE.
        STEP_FAILED, on the given data. EXPLODING, VANISHING.

    Raises:
        ArgumentError: If an argument breaks its rule, or the builder returns no model.

    Example:

        report = check_graph(lambda: build_resnet((32, 32, 3), 10), logdir="logs")
        report.raise_for_errors()
    """
    options = _Options(data, loss, level, allow, logdir)
    if isinstance(model_or_builder, keras.Model):
        return _report(model_or_builder, None, options)
    with keras_compat.restoring_process():  # the same builder then makes the same model
        return _check_build(model_or_builder, options)[1]


def check_build(builder, *, data=None, loss=None, level="full", allow=(), logdir=None):
    """Builds a model, watches its build, and checks its graph.

    Args:
        builder: A callable without arguments that returns a `keras.Model`.
        data: As in `check_graph`.
        loss: As in `check_graph`.
        level: As in `check_graph`.
        allow: As in `check_graph`.
        logdir: As in `check_graph`.

    Returns:
        Pair (model, `GraphReport`).

    Raises:
        ArgumentError: As in `check_graph`.
    """
    return _check_build(builder, _Options(data, loss, level, allow, logdir))


class _Options:
    """The arguments of a check, which checks them."""

    def __init__(self, data, loss, level, allow, logdir):
        self.level = check_one_of("check_graph", "level", level, LEVELS)
        parse_rules(allow)
        self.case = read_case(data, loss)
        self.allow = allow
        self.logdir = logdir


def _check_build(builder, options):
    if not callable(builder):
        rule = "`model_or_builder` must be a Keras model, or a callable that returns one"
        raise ArgumentError(describe("check_graph", rule, model_or_builder=builder))
    model, watch, error = watch_build(builder, options.case.inputs)
    if not isinstance(model, keras.Model):
        rule = "the builder must return a Keras model"
        raise ArgumentError(describe("check_graph", rule, returned=model))
    return model, _report(model, watch, options, error)


@keras_compat.releasing_graphs()
def _report(model, watch, options, error=None):
    found = run_levels(model, watch, options.case, options.level if error is None else "static")
    failed = [] if error is None else [step_failed(model, error)]
    findings = [*failed, *found.findings]
    left = sort_findings(drop_allowed(findings, options.allow))
    nodes = layer_nodes(model, watch, found.norms)
    allowed = len(findings) - len(left)
    report = GraphReport(model.name, options.level, left, nodes, allowed)
    if options.logdir is not None:
        report.write_tensorboard(options.logdir)
    return report
