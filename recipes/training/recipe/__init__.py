"""The training recipe (guide rows 1, 11, 64)."""

from recipes.training.recipe.traits import Traits
from recipes.training.recipe.values import Recipe

__all__ = ["Recipe", "Traits"]
