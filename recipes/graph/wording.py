"""How findings are worded: about layers and their weights, or about a whole model."""

from recipes import keras_compat
from recipes.graph.findings import Finding
from recipes.graph.ownership import count_entries


def about_layers(code, severity, groups, verbs, words, hint, *, culprit="", main=-1):
    """Returns a finding about some layers' weights.

    Args:
        code: Its code.
        severity: Its severity.
        groups: Dict from layer name to list of variables, as from `by_layer`.
        verbs: The verb for one layer and for several, such as ("gets", "get").
        words: What follows the verb, without a full stop.
        hint: What to do about it.
        culprit: The operation at which the gradient stops, or "".
        main: Place of the layer that stands for all; -1 is the one nearest the outputs.
    """
    layers = tuple(groups)
    weights = tuple(v.path for own in groups.values() for v in own)
    verb = verbs[len(layers) > 1]
    message = f"{name_layers(layers)} {describe_weights(groups)} {verb} {words}."
    return Finding(code, severity, layers[main], weights, culprit, message, hint, layers)


def about_model(code, severity, name, message, hint):
    """Returns a finding about a whole model, or one output of it, by its name."""
    return Finding(code, severity, name, (), "", message, hint, (name,))


def step_failed(model, error):
    """Returns the finding of a model that fails on the data that the caller gave."""
    text = keras_compat.describe_error(error)
    message = f"model '{model.name}' fails on the given data ({text})."
    hint = "Give data that the model takes, or mend its call."
    return about_model("STEP_FAILED", "error", model.name, message, hint)


def name_layers(names, most=3):
    """Returns names as text: `layer 'a'`, or `layers 'a', 'b', 'c' and 4 more`."""
    names = list(names)
    shown = ", ".join(f"'{name}'" for name in names[:most])
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"layer{'s' if len(names) > 1 else ''} {shown}{more}"


def describe_weights(groups):
    """Returns what some layers' weights are, in parentheses.

    Args:
        groups: Dict from layer name to list of variables, as from `by_layer`.

    Returns:
        `(kernel, bias: 21 parameters)` for one layer, `(39 parameters)` for several.
    """
    variables = [variable for group in groups.values() for variable in group]
    names = ", ".join(v.name for v in variables) + ": " if len(groups) == 1 else ""
    size = count_entries(variables)
    return f"({names}{size} parameter{'' if size == 1 else 's'})"
