"""The one table of recommended values: builders, recipe and search spaces read it.

Every value has its reason and its source (guide row 64).
"""

from recipes.recommended.builders import (
    BUILDER_VALUES,
    LARGEST_SMALL_SIDE,
    MODELS,
    NORMS,
    RECOMMENDED,
    recommend_model,
)
from recipes.recommended.entry import Recommendation
from recipes.recommended.guide import recommend_guide
from recipes.recommended.small_data import recommend
from recipes.recommended.training import TRAINING

__all__ = [
    "BUILDER_VALUES",
    "LARGEST_SMALL_SIDE",
    "MODELS",
    "NORMS",
    "RECOMMENDED",
    "TRAINING",
    "Recommendation",
    "recommend",
    "recommend_guide",
    "recommend_model",
]
