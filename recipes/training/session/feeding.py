"""What a recipe does to training samples on their way to the model."""

from recipes.data.augmentation import augmentation
from recipes.data.preprocessing import make_preprocessing


def augmentation_of(recipe, train, *, task, seed):
    """Returns the layer that changes training images as a recipe says; None for other data.

    Args:
        recipe: A `Recipe`.
        train: A view of the training data.
        task: What the model is trained for; where that is images, what comes in at the border is
            the mirrored border.
        seed: A whole number of at least 0.
    """
    x = train.arrays and train.arrays[0]
    if getattr(x, "ndim", 0) != 4 or x.dtype.kind not in "iuf":
        return None
    return augmentation(
        recipe.augmentation,
        shift=recipe.shift,
        flip=recipe.flip,
        fill_mode="reflect" if task == "image" else "constant",
        seed=seed,
    )


def preprocessing_of(recipe, train, *, task):
    """Returns the layers that a recipe puts in front of a model; none for several inputs.

    Args:
        recipe: A `Recipe`.
        train: A view of the training data; of others than arrays some samples are looked at.
        task: What the model is trained for.
    """
    x = train.arrays[0] if train.arrays else train.peek(512)[0]
    if not hasattr(x, "ndim"):
        return []
    output = "image" if task == "image" else "label"
    return make_preprocessing(recipe.preprocessing, x, output=output)
