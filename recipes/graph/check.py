"""`check_graph`: finds the layers of a model that cannot learn, before any training (row 15)."""

import keras

from recipes.errors import ArgumentError, check_one_of, describe
from recipes.graph.findings import GraphReport, drop_allowed, sort_findings
from recipes.graph.gradients import find_traced
from recipes.graph.static import find_static, layer_nodes
from recipes.graph.watch import watch_build

LEVELS = ("static", "trace")


def check_graph(model_or_builder, *, data=None, level="trace", allow=(), logdir=None):
    """Finds layers that cannot learn, without training and without changing the model.

    A builder says more than a model: only while it runs can a layer be seen that reaches no
    output, because Keras drops such layers from the model.

    Args:
        model_or_builder: A built `keras.Model`, or a callable without arguments that returns one.
        data: A batch of inputs, arrays of shape (batch, …) in the structure that the model takes;
            needed by subclassed models alone.
        level: "static" (the Keras graph is read) or "trace" (gradients are traced as well; nothing
            is run).
        allow: Findings that are meant, as "CODE" or "CODE:layer", with `*` in the layer's name.
        logdir: A folder to which the graph is written for TensorBoard, or None.

    Returns:
        A `GraphReport`. Its findings have these codes:

        - DEAD_END: a layer whose output reaches no output of the model.
        - CUT: weights whose gradient is stopped; the operation is named.
        - UNUSED: weights that no output depends on.
        - NEVER_CALLED: a layer that is made and never called.
        - UNUSED_INPUT: an input that changes nothing.
        - NOT_TRACEABLE: a warning that the gradients were not checked, and why.

    Raises:
        ArgumentError: If an argument breaks its rule, or the builder returns no model.

    Example:

        report = check_graph(lambda: build_resnet((32, 32, 3), 10), logdir="logs")
        report.raise_for_errors()
    """
    if isinstance(model_or_builder, keras.Model):
        return _report(model_or_builder, None, data, level, allow, logdir)
    return check_build(model_or_builder, data=data, level=level, allow=allow, logdir=logdir)[1]


def check_build(builder, *, data=None, level="trace", allow=(), logdir=None):
    """Builds a model, watches its build, and checks its graph.

    Args:
        builder: A callable without arguments that returns a `keras.Model`.
        data: As in `check_graph`.
        level: As in `check_graph`.
        allow: As in `check_graph`.
        logdir: As in `check_graph`.

    Returns:
        Pair (model, `GraphReport`).

    Raises:
        ArgumentError: As in `check_graph`.
    """
    if not callable(builder):
        rule = "`model_or_builder` must be a Keras model, or a callable that returns one"
        raise ArgumentError(describe("check_graph", rule, model_or_builder=builder))
    model, watch = watch_build(builder)
    if not isinstance(model, keras.Model):
        rule = "the builder must return a Keras model"
        raise ArgumentError(describe("check_graph", rule, returned=model))
    if not model.built and data is not None:
        model(keras.tree.map_structure(lambda part: part[:2], data))  # makes its weights
    return model, _report(model, watch, data, level, allow, logdir)


def _report(model, watch, data, level, allow, logdir):
    check_one_of("check_graph", "level", level, LEVELS)
    findings = find_static(model, watch)
    if level == "trace":
        findings = _joined(findings, find_traced(model, data))
    findings = sort_findings(drop_allowed(findings, allow))
    report = GraphReport(model.name, level, findings, layer_nodes(model, watch))
    if logdir is not None:
        report.write_tensorboard(logdir)
    return report


def _joined(static, traced):
    """Puts both levels together; what both see is said once."""
    seen = {(finding.code, finding.layer) for finding in static}
    return [*static, *(f for f in traced if (f.code, f.layer) not in seen)]
