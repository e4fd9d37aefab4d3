"""The model builders, and their names in commands. Finding one loads Keras, naming it does not."""

import importlib

from recipes.errors import check_one_of

# Those that classify samples of one array: what the commands can train.
BUILDERS = {
    "resnet": "recipes.models.resnet:build_resnet",
    "fcn": "recipes.models.fcn:build_fcn",
    "mlp": "recipes.models.mlp:build_mlp",
}


def check_model_name(where, name):
    """Returns the name of a builder; raises `ArgumentError` with the known ones otherwise."""
    return check_one_of(where, "model", name, tuple(BUILDERS))


def find_builder(name):
    """Returns the builder of a name, such as "resnet"."""
    module, function = BUILDERS[check_model_name("find_builder", name)].split(":")
    return getattr(importlib.import_module(module), function)
