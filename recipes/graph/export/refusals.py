"""Why a format was not written, in a sentence in place of a converter's pages."""

import re

import keras

from recipes.errors import FolderError, GraphError, describe
from recipes.graph.export.frozen import NotConstantError
from recipes.keras_compat import all_layers, first_line


def refusal(error, model, name, formats):
    """Returns an error of ours that says why a format was not written, and which can be.

    Args:
        error: What Keras or a converter raised.
        model: The model.
        name: Name of the format.
        formats: Names of all formats that were asked for.
    """
    if isinstance(error, OSError) and error.strerror:  # a full disk, not a model that does not fit
        rule = f"the {name} export must fit into the folder ({error.strerror})"
        return FolderError(describe("export_graph", rule, "Make room, or name another one."))
    others = [other for other in formats if other != name]
    others = others or [other for other in ("keras", "saved_model") if other != name]
    rule = f'the model must be one that the format "{name}" can hold'
    reason = _reason(error, model, name).rstrip(". ")
    hint = f"{reason}. Leave the format out: formats={tuple(dict.fromkeys(others))!r}."
    return GraphError(describe("export_graph", rule, hint, model=model.name))


def _reason(error, model, name):
    layers = all_layers(model)
    lambdas = [layer.name for layer in layers if isinstance(layer, keras.layers.Lambda)]
    if name == "keras" and lambdas and isinstance(error, ValueError):
        return (
            f"Keras does not load the Python lambda of layer {lambdas[0]!r}: use keras.ops, or a "
            "function with keras.saving.register_keras_serializable"
        )
    if isinstance(error, NotConstantError):
        return str(error)
    # Keras' innermost error comes last; TFLite's first line is a place in the code.
    said = re.findall(r"Exception encountered: (.*)", str(error))[-1:]
    said = said or re.findall(r"error: (.*)", str(error)) or [first_line(error)]
    sentences = re.match(r"(.*?[.!?](\s|$)){1,2}|.*", said[0])[0]  # Keras goes on with the config
    return f"{type(error).__name__}: {sentences}"
