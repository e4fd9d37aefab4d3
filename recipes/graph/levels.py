"""The levels of the check, one after another: static, trace, full."""

import dataclasses
import functools

import keras

from recipes import keras_compat
from recipes.graph.connected.frozen import find_frozen
from recipes.graph.connected.static import find_static
from recipes.graph.measured.numeric import Numeric, find_numeric
from recipes.graph.traced.gradients import find_disconnected
from recipes.graph.traced.hidden import find_hidden
from recipes.graph.traced.losses import find_losses, has_own_step
from recipes.graph.traced.trace import input_specs, trace_model
from recipes.graph.wording import about_model, step_failed
from recipes.quiet import quiet

LEVELS = ("static", "trace", "full")
_SOFTENED = ("UNUSED", "CUT", "ZERO")  # where a step of its own may train them all the same


def run_levels(model, watch, case, level):
    """Runs a level, and those before it.

    Args:
        model: A `keras.Model`.
        watch: The `Watch` of its build, or None.
        case: A `Case`.
        level: One of `LEVELS`.

    Returns:
        A `Numeric`: the findings of all levels, and the norms of the gradients.
    """
    static = [*find_static(model, watch), *find_frozen(model)]
    if level == "static":
        return Numeric(static, {})
    deeper = _trace_and_run(model, case, level)
    return Numeric(_joined(static, deeper.findings), deeper.norms)


def _trace_and_run(model, case, level):
    specs, problem = _specs(model, case.inputs)
    trace = None
    if problem is None:
        trace, problem = _try_trace(model, specs, case.inputs)
    if problem is not None:
        return Numeric([problem], {})
    infer = functools.cache(lambda: _try_trace(model, specs, training=False)[0])
    with trace.graph.as_default():
        found = [
            *find_disconnected(model, trace, infer),
            *find_hidden(model, trace),
            *find_losses(model, trace, case.loss, case.targets),
        ]
    ran = Numeric([], {})
    if level == "full":
        with quiet():  # TensorFlow logs what a made-up batch may do
            fine = not any(finding.code == "STEP_FAILED" for finding in found)
            case = case if fine else dataclasses.replace(case, targets=None)
            ran = find_numeric(model, trace, specs, case, infer)
    return Numeric(_softened(model, [*found, *ran.findings]), ran.norms)


def _specs(model, inputs):
    """Returns (specs of the inputs, None), or (None, why the model cannot be traced)."""
    if keras.backend.backend() != "tensorflow":
        reason = f"the {keras.backend.backend()} backend has no graph to trace"
        return None, _not_traceable(model, reason, "Check it on the TensorFlow backend.")
    if not model.built:
        reason = "it has no weights yet"
        return None, _not_traceable(model, reason, "Call it on a batch first, or pass data=.")
    specs = input_specs(model, inputs)
    if specs is None:
        reason = "the shapes of its inputs are not known"
        return None, _not_traceable(model, reason, "Pass data=, a batch of inputs.")
    return specs, None


def _try_trace(model, specs, inputs=None, *, training=True):
    """Returns (a `Trace`, None), or (None, the finding of what failed)."""
    try:
        return trace_model(model, specs, training=training), None
    except Exception as error:  # whatever a model's own code raises is told, not passed on
        return None, _trace_failed(model, error, inputs)


def _trace_failed(model, error, inputs):
    text = keras_compat.describe_error(error)
    if inputs is not None and not _runs_eagerly(model, inputs):
        return step_failed(model, error)
    hint = "Pass data=, a batch that the model takes."
    if inputs is not None:
        hint = "Use operations of keras.ops in its call, without Python's if and for on values."
    return _not_traceable(model, f"calling it on placeholders failed ({text})", hint)


def _runs_eagerly(model, inputs):
    """Whether the model takes the data, value by value; it stays as it is."""
    mode = {"training": True} if keras_compat.takes_training(model) else {}
    try:
        with keras_compat.restoring(model), keras.StatelessScope():
            model(inputs, **mode)
    except Exception:  # the first failure is told
        return False
    return True


def _not_traceable(model, reason, hint):
    message = f"model '{model.name}' was not traced: {reason}. Its gradients are not checked."
    return about_model("NOT_TRACEABLE", "warning", model.name, message, hint)


def _softened(model, findings):
    """Makes warnings of what a step of the model's own may train; unread layers are no finding."""
    if not has_own_step(model):
        return findings
    return [
        dataclasses.replace(f, severity="warning") if f.code in _SOFTENED else f
        for f in findings
        if f.code != "NEVER_CALLED"
    ]


def _joined(static, traced):
    """Puts levels together; what both see is said once."""
    seen = {(finding.code, finding.layer) for finding in static}
    return [*static, *(f for f in traced if (f.code, f.layer) not in seen)]
