"""What a recipe does to training samples on their way to the model."""

import keras

from recipes.seeds import derive_seed


def augmentation_of(recipe, train, *, seed):
    """Returns the layer that changes training images as a recipe says; None for other data.

    Args:
        recipe: A `Recipe`.
        train: A view of the training data.
        seed: A whole number of at least 0.
    """
    if train.arrays is None or not recipe.shift or not _are_images(*train.arrays):
        return None
    return keras.layers.RandomTranslation(
        recipe.shift, recipe.shift, fill_mode="constant", seed=derive_seed(seed, "shift")
    )


def _are_images(x, y):
    return getattr(x, "ndim", 0) == 4 and getattr(y, "ndim", 0) <= 2
