"""What a training was asked for: with other settings it is another run."""

import hashlib
import json

from recipes import keras_compat
from recipes.errors import ArgumentError, describe

_UNNAMED = ("name", "seed")  # these differ between two builds of one network


def model_signature(model):
    """Returns text that is equal for two builds of one network: the start of a SHA-256.

    Args:
        model: A built `keras.Model`.
    """
    layers = [
        [type(layer).__name__, [list(w.shape) for w in layer.weights], _config(layer)]
        for layer in keras_compat.all_layers(model)
    ]
    text = json.dumps(layers, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _config(layer):
    """Returns the options of a layer without parts; those of others are those of their parts."""
    if keras_compat.children(layer):
        return {}
    try:
        return _without_names(layer.get_config())
    except NotImplementedError:
        return {}


def _without_names(config):
    if isinstance(config, dict):
        return {k: _without_names(v) for k, v in config.items() if k not in _UNNAMED}
    if isinstance(config, (list, tuple)):
        return [_without_names(item) for item in config]
    return config


def check_unchanged(folder, old, new):
    """Refuses to go on with a run whose settings have changed, with all of them by name.

    Args:
        folder: The folder of the run.
        old: The settings in its record.
        new: Those that `fit` was called with.

    Raises:
        ArgumentError: If any differs.
    """
    old, new = _flat(old), _flat(json.loads(json.dumps(new)))
    changes = [
        f"{name} was {old.get(name)!r} and is {new.get(name)!r}"
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    ]
    if changes:
        rule = f"a run goes on with the settings that it began with: {', '.join(changes)}"
        hint = "Call fit as before, or name another folder."
        raise ArgumentError(describe("fit", rule, hint, folder=str(folder)))


def _flat(settings):
    """Returns the settings with those of the recipe among them."""
    flat = {k: v for k, v in settings.items() if k != "recipe"} | settings.get("recipe", {})
    return {k: v for k, v in flat.items() if k != "reasons"}
