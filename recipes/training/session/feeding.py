"""What a recipe does to training samples on their way to the model."""

from recipes.data.augmentation import augmentation
from recipes.data.preprocessing import make_preprocessing


def augmentation_of(recipe, train, *, task, seed, say):
    """Returns the layer that changes training images as a recipe says; None for other data.

    Args:
        recipe: A `Recipe`.
        train: A view of the training data; of others than arrays a sample is looked at.
        task: What the model is trained for; where that is images, what comes in at the border is
            the mirrored border.
        seed: A whole number of at least 0.
        say: Function that is given sentences.
    """
    x = (train.arrays or train.peek(1))[0]
    if getattr(x, "ndim", 0) != 4 or x.dtype.kind not in "iuf":
        return None
    layer = augmentation(
        recipe.augmentation,
        shift=recipe.shift,
        flip=recipe.flip,
        fill_mode="reflect" if task == "image" else "constant",
        seed=seed,
    )
    if layer is not None and train.in_processes:
        say("images of a PyDataset with use_multiprocessing=True are not augmented.")
        return None
    return layer


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
