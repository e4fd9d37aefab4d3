"""The model builders, and their names in commands. Finding one loads Keras, naming it does not."""

import importlib

from recipes.errors import ArgumentError, check_one_of, describe

# Those that classify samples of one array: what the commands can train.
BUILDERS = {
    "resnet": "recipes.models.resnet:build_resnet",
    "fcn": "recipes.models.fcn:build_fcn",
    "mlp": "recipes.models.mlp:build_mlp",
}


def check_model_name(where, name, known=tuple(BUILDERS)):
    """Returns the name of a builder.

    Args:
        where: Name of the function, for messages.
        name: The name.
        known: Those that there are.

    Raises:
        ArgumentError: If it is none of them; of Inception with the reason (guide row 72).
    """
    if isinstance(name, str) and name.lower().startswith("inception"):
        rule = "there is no builder of Inception, which cannot be reproduced from its papers"
        hint = 'Take "resnet" (guide row 72).'
        raise ArgumentError(describe(where, rule, hint, model=name))
    return check_one_of(where, "model", name, known)


def find_builder(name):
    """Returns the builder of a name, such as "resnet"."""
    module, function = BUILDERS[check_model_name("find_builder", name)].split(":")
    return getattr(importlib.import_module(module), function)
