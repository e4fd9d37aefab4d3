"""What the losses of a model reach: each output has one, or trains nothing (row 15)."""

import dataclasses

import keras
import tensorflow as tf

from recipes import keras_compat
from recipes.graph.ownership import by_layer
from recipes.graph.traced.paths import gradients_of, is_differentiable
from recipes.graph.wording import about_layers, about_model, name_layers


@dataclasses.dataclass(frozen=True)
class Term:
    """One output of a model and the loss that it has.

    Attributes:
        name: Name of the output.
        tensor: Its placeholder graph's tensor.
        loss: A function of (targets, outputs), or None.
        weight: Its weight in the sum, or None for 1.
        given: The targets that the caller gave, or None.
    """

    name: str
    tensor: object
    loss: object
    weight: object
    given: object = None

    @property
    def trains(self):
        """Whether the output adds to what is minimised."""
        return self.loss is not None and not _is_zero(self.weight)


def _is_zero(weight):
    return isinstance(weight, (int, float)) and weight == 0


def has_own_step(model):
    """Whether the model computes its loss or its step by code of its own."""
    kind = type(model)
    own = (kind.train_step, kind.compute_loss)
    return own != (keras.Model.train_step, keras.Model.compute_loss)


def find_losses(model, trace, loss=None, targets=None):
    """Finds outputs whose loss trains nothing, and says which losses were not checked.

    Args:
        model: A `keras.Model`, compiled or not.
        trace: Its `Trace` in training mode.
        loss: A loss as `compile` takes it, or None for that of the model.
        targets: A batch of targets in the structure that the losses take, or None.

    Returns:
        List of `Finding`s: LOSS_NOT_CHECKED, LOSS_NOT_DIFFERENTIABLE, NO_LOSS, STEP_FAILED.
    """
    if loss is None and has_own_step(model):
        return [_own_step(model, trace)]
    if loss is None and not model.compiled:
        return []
    try:
        terms = loss_terms(model, trace, loss, targets)
    except Exception as error:  # what Keras says of a loss that does not fit the outputs
        return [_misfit(model, error)]
    judged = (_judge(model, term) for term in terms if term.trains)
    return [*(f for f in judged if f is not None), *_without_loss(model, trace, terms)]


def loss_terms(model, trace, loss, targets):
    """Returns a `Term` for each output, in their order; arguments as `find_losses`.

    Raises:
        KeyError, ValueError: Keras' own, if the losses do not fit the outputs.
    """
    outputs = keras.tree.flatten(trace.outputs)
    found = keras_compat.loss_terms(model, trace.outputs, trace.names, loss)
    given = _given_targets(trace, targets)
    return [
        Term(name, tensor, *found.get(number, (None, None)), given[number])
        for number, (name, tensor) in enumerate(zip(trace.names, outputs, strict=True))
    ]


def _given_targets(trace, targets):
    """Returns the targets of each output, in the order of the outputs; None where not given."""
    if isinstance(targets, dict) and not isinstance(trace.outputs, dict):
        return [targets.get(name) for name in trace.names]
    given = [] if targets is None else keras.tree.flatten(targets)
    return given if len(given) == len(trace.names) else [None] * len(trace.names)


def _judge(model, term):
    """Returns what is wrong with the loss of an output, or None."""
    output = tf.identity(term.tensor)  # Keras would go round a softmax to its logits
    value, _, error = value_of(term, output)
    if value is None and term.given is not None:
        return loss_failed(term, error)
    if value is None:
        return _not_checked(model, term)
    if is_differentiable(output) and gradients_of([value], [output])[0] is None:
        return _not_differentiable(term)
    return None


def value_of(term, output):
    """Traces the loss of an output.

    Args:
        term: A `Term`.
        output: A tensor to stand for its output.

    Returns:
        Triple (loss, placeholder of its targets, None), or (None, None, the error).
    """
    failure = None
    for targets in _target_placeholders(term, output):
        try:
            return term.loss(targets, output), targets, None
        except Exception as error:  # the next kind of targets may fit
            failure = error
    return None, None, failure


def _target_placeholders(term, output):
    """Yields placeholders for targets: of the given ones, or of all kinds that are usual."""
    if term.given is not None:
        array = keras.ops.convert_to_numpy(term.given)
        shape = (output.shape[0], *array.shape[1:])
        yield tf.compat.v1.placeholder(array.dtype, shape)
        return
    same = tf.compat.v1.placeholder("float32", output.shape)
    classes = tf.compat.v1.placeholder("int32", output.shape[:-1])
    column = tf.compat.v1.placeholder("int32", [*output.shape[:-1], 1])
    name = getattr(term.loss, "name", None) or getattr(term.loss, "__name__", "")
    yield from (classes, column, same) if "sparse" in name else (same, classes, column)


def _without_loss(model, trace, terms):
    """The layers that feed outputs without a loss alone: one finding for all of them."""
    idle = [term for term in terms if not term.trains]
    if not idle:
        return
    trained = [term.tensor for term in terms if term.trains] + trace.added
    gradients = gradients_of(trained, [placeholder for _, placeholder in trace.weights])
    triples = zip(trace.weights, trace.gradients, gradients, strict=True)
    missing = [v for (v, _), any_, own in triples if any_ is not None and own is None]
    if missing:
        yield _no_loss(by_layer(model, missing), idle)


def _no_loss(groups, idle):
    outputs = ", ".join(f"'{term.name}'" for term in idle)
    lack = "a loss of weight 0" if all(_is_zero(term.weight) for term in idle) else "no loss"
    several = len(idle) > 1
    return about_layers(
        "NO_LOSS",
        "warning",
        groups,
        ("is", "are"),
        f"not trained: output{'s' if several else ''} {outputs} {'have' if several else 'has'} "
        f"{lack}",
        "Give it a loss in compile(loss=…), or set trainable=False if this is meant.",
    )


def _not_differentiable(term):
    return about_model(
        "LOSS_NOT_DIFFERENTIABLE",
        "error",
        term.name,
        f"the loss of output '{term.name}' ({name_of(term.loss)}) gives it no gradient: nothing "
        "can learn from it.",
        "Use operations with a gradient in the loss: no argmax, no rounding, no comparison.",
    )


def _not_checked(model, term):
    return _unchecked(
        model,
        f"the loss of output '{term.name}' ({name_of(term.loss)}) was not checked: no targets "
        "could be made up for it.",
        "Pass data=(x, y), a batch with its targets.",
    )


def _own_step(model, trace):
    missing = [variable for variable, _ in trace.disconnected]
    rest = f" It says nothing of {name_layers(by_layer(model, missing))}." if missing else ""
    method = (
        "train_step" if type(model).train_step is not keras.Model.train_step else "compute_loss"
    )
    return _unchecked(
        model,
        f"model '{model.name}' has a {method} of its own, which was not read: gradients were "
        f"traced from what its call returns.{rest}",
        "What trains in that step alone is for you to check.",
    )


def _unchecked(model, message, hint):
    return about_model("LOSS_NOT_CHECKED", "info", model.name, message, hint)


def loss_failed(term, error):
    """Returns the finding of a loss that fails on the given targets.

    Args:
        term: A `Term`.
        error: What it raised.
    """
    message = (
        f"the loss of output '{term.name}' ({name_of(term.loss)}) fails on the given targets "
        f"({keras_compat.describe_error(error)})."
    )
    hint = "Give targets of the shape and type that the loss takes, or another loss."
    return about_model("STEP_FAILED", "error", term.name, message, hint)


def _misfit(model, error):
    message = (
        f"the losses of model '{model.name}' do not fit its outputs "
        f"({keras_compat.describe_error(error)})."
    )
    hint = "Check the names of outputs and losses in compile(loss=…)."
    return about_model("STEP_FAILED", "error", model.name, message, hint)


def name_of(loss):
    """Returns the name of a loss, for a message."""
    return getattr(loss, "name", None) or getattr(loss, "__name__", type(loss).__name__)
