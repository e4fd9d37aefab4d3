"""The parts of the recommended recipe, and what it is without each of them."""

import functools
import inspect

import keras

from recipes.errors import ArgumentError, describe
from recipes.training.experiments.ablate import PARTS as ABLATED

# Values of a recipe that stand for a part being left out.
VALUES = ABLATED | {
    "schedule": ABLATED["schedule"] | ABLATED["warm-up"],
    "shift": {"shift": 0.0},
    "flip": {"flip": None},
    "dropout": {"dropout": 0.0},
    "standardizing": {"preprocessing": "unit"},  # pixels in [0, 1] instead
}
ZERO_GAMMA, SIZE = "zero last gamma", "size"


def parts_of(recipe, model, x):
    """Returns the names of the parts that there are to leave out.

    Args:
        recipe: The recommended `Recipe`.
        model: A model of the builder.
        x: Array of the training samples.
    """
    found = [name for name in VALUES if has(name, recipe)]
    if x.ndim != 4:
        found.remove("standardizing")
    return found + [ZERO_GAMMA] * bool(_zero_gammas(model)) + [SIZE]


def without(part, recipe, builder):
    """Returns a recipe and a builder without a part.

    Args:
        part: Name of the part. "zero last gamma": each gamma of 0 begins as 1. "size": depth and
            width are the builder's own, whatever the budget.
        recipe: A `Recipe`.
        builder: A `functools.partial` of a builder.

    Raises:
        ArgumentError: If the recipe has no such part.
    """
    if part == ZERO_GAMMA:
        return recipe, gammas_of_one(builder)
    if part == SIZE:
        depth = inspect.signature(builder.func).parameters["depth"].default
        return recipe, functools.partial(builder, depth=depth, width=1.0)
    if not has(part, recipe):
        rule = "the recommended recipe must have what is left out"
        raise ArgumentError(describe("without", rule, part=part))
    return recipe.replace(**VALUES[part]), builder


def has(part, recipe):
    """Whether a recipe has a part."""
    values = VALUES.get(part, {})
    return part not in VALUES or any(getattr(recipe, name) != v for name, v in values.items())


def gammas_of_one(builder):
    """Returns a builder whose norms all begin with a gamma of 1."""

    @functools.wraps(builder.func)
    def build(*arguments, **options):
        model = builder.func(*arguments, **options)
        for gamma in _zero_gammas(model):
            gamma.assign(keras.ops.ones_like(gamma))
        return model

    return functools.partial(build, *builder.args, **builder.keywords)


def _zero_gammas(model):
    gammas = [getattr(layer, "gamma", None) for layer in model.layers]
    return [g for g in gammas if g is not None and not keras.ops.convert_to_numpy(g).any()]
