"""The callbacks that values of a recipe stand for."""

from recipes.optim.plateau import HalveOnPlateau
from recipes.optim.weight_average import WeightAverage

_PLATEAU_FACTOR = 0.5  # guide row 39
_SAMPLES = 512  # of a stream, for the statistics of batch normalization


def callbacks_of(recipe, train, *, validated):
    """Returns the callbacks of a recipe, in the order in which they are to be called.

    Args:
        recipe: A `Recipe`.
        train: A view of the training data.
        validated: Whether there are validation data.
    """
    found = []
    if recipe.schedule == "plateau":
        monitor, factor = "val_loss" if validated else "loss", recipe.factor or _PLATEAU_FACTOR
        found.append(HalveOnPlateau(monitor, factor=min(factor, 0.999)))
    if recipe.ema is not None:
        inputs = train.arrays[0] if train.arrays is not None else train.peek(_SAMPLES)[0]
        size = max(recipe.batch_size, 2)
        found.append(WeightAverage(inputs, decay=recipe.ema, batch_size=size))
    return found
