"""What training will not touch because it is frozen."""

from recipes import keras_compat
from recipes.graph.ownership import by_layer
from recipes.graph.wording import about_layers, about_model


def find_frozen(model):
    """Lists the layers whose weights are frozen, and says if nothing is left to train.

    Args:
        model: A `keras.Model`; one without weights yet has no findings.

    Returns:
        List of `Finding`s: NOTHING_TRAINABLE, FROZEN.
    """
    if not model.built:
        return []
    frozen = _frozen_layers(model)
    findings = [_frozen(frozen)] if frozen else []
    return findings if model.trainable_variables else [_nothing_trainable(model, frozen), *findings]


def _frozen_layers(model):
    """Returns the own weights of each frozen layer, by its name."""
    layers = [layer for layer in keras_compat.all_layers(model) if not layer.trainable]
    return by_layer(model, [variable for layer in layers for variable in layer.weights])


def _frozen(frozen):
    words = (
        "frozen: training does not change it"
        if len(frozen) == 1
        else ("frozen: training does not change them")
    )
    return about_layers(
        "FROZEN", "info", frozen, ("is", "are"), words, "Set trainable=True to train.", main=0
    )


def _nothing_trainable(model, frozen):
    why = "every layer with weights is frozen" if frozen else "no layer of it has such weights"
    hint = "Set trainable=True on what is to learn." if frozen else "Add a layer with weights."
    message = f"model '{model.name}' has no trainable weights: {why}."
    return about_model("NOTHING_TRAINABLE", "error", model.name, message, hint)
