"""Weights that the call uses and training does not see: untracked ones, and ones made anew."""

import keras

from recipes import keras_compat
from recipes.graph.findings import Finding
from recipes.graph.traced.paths import describe_place
from recipes.graph.wording import about_layers, describe_weights, name_layers

_LOST = "it is neither trained nor saved"


def find_hidden(model, trace):
    """Finds weights that the loss depends on and no optimizer gets.

    Args:
        model: A built `keras.Model`.
        trace: Its `Trace` in training mode.

    Returns:
        List of `Finding`s: LAYER_CREATED_IN_CALL, UNTRACKED.
    """
    created = _created_in_call(trace.recording)
    return [*map(_created_finding, created), *_untracked(model, trace)]


def _created_in_call(recording):
    """Returns pairs (layer, the operation whose call made it), layers with weights alone."""
    pairs = [(recording.made[key], maker) for key, maker in recording.makers.items()]
    pairs = [pair for pair in pairs if keras_compat.is_finished_layer(pair[0])]
    parts = {id(part) for layer, _ in pairs for part in keras_compat.all_layers(layer)[1:]}
    return [
        (layer, maker)
        for layer, maker in pairs
        if layer.trainable_variables and id(layer) not in parts and id(maker) not in recording.made
    ]


def _created_finding(pair):
    layer, maker = pair
    kind = type(layer).__name__
    weights = describe_weights({layer.name: layer.trainable_variables})
    return Finding(
        code="LAYER_CREATED_IN_CALL",
        severity="error",
        layer=maker.name,
        weights=tuple(v.name for v in layer.trainable_variables),
        culprit="",
        message=f"{name_layers([maker.name])} makes a {kind} {weights} in its call: each call has "
        "new weights, and none of them is trained.",
        hint=f"Make the {kind} in the constructor, or in build, and call it in the call.",
        layers=(maker.name,),
    )


def _untracked(model, trace):
    """One finding for each layer, or variable of no layer, that the model does not know."""
    captured = _captured_with_gradient(trace)
    for layer in _hidden_layers(model, trace.recording):
        own = [v for v in layer.trainable_variables if id(v.value) in captured]
        if own:
            used = [captured.pop(id(v.value)) for v in own]
            yield _untracked_layer(model, layer, own, used[0])
        for variable in layer.variables:
            captured.pop(id(variable.value), None)  # frozen, and so meant
    for variable, user in captured.values():
        yield _untracked_variable(model, variable, user)


def _captured_with_gradient(trace):
    """Returns pairs (variable, an operation that reads it) by the variable's id."""
    variables = {id(v.handle): v for v in trace.graph.variables if v.trainable}
    pairs = [(variables.get(id(outer)), inner) for outer, inner in trace.graph.captures]
    pairs = [(variable, inner) for variable, inner in pairs if variable is not None]
    gradients = trace.gradients_of([inner for _, inner in pairs])
    return {
        id(variable): (variable, inner.consumers()[0])
        for (variable, inner), gradient in zip(pairs, gradients, strict=True)
        if gradient is not None
    }


def _hidden_layers(model, recording):
    """Returns the layers that were called and that the model does not hold, outermost first."""
    known = set(map(id, keras_compat.all_layers(model)))
    called = [op for op in recording.called.values() if isinstance(op, keras.Layer)]
    return [op for op in called if id(op) not in known and id(op) not in recording.made]


def _untracked_layer(model, layer, variables, used):
    return about_layers(
        "UNTRACKED",
        "error",
        {layer.name: variables},
        ("is", "are"),
        f"used{_where(model, used[1])}, and the model does not know it: {_LOST}",
        "Make it an attribute of the layer or model that calls it, or set trainable=False if this "
        "is meant.",
    )


def _untracked_variable(model, variable, user):
    name = variable.name.partition(":")[0]
    return Finding(
        code="UNTRACKED",
        severity="error",
        layer=name,
        weights=(name,),
        culprit="",
        message=f"variable '{name}' is used{_where(model, user)}, and the model does not know it: "
        f"{_LOST}.",
        hint="Make it with add_weight, or as a keras.Variable that is an attribute of the layer, "
        "or set trainable=False if this is meant.",
        layers=(name,),
    )


def _where(model, operation):
    return describe_place(model, operation).removeprefix(",")
