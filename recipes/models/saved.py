"""Saved models: what must be known before Keras can read them."""

from pathlib import Path

import keras

from recipes.blocks import initializers, normalization, residual
from recipes.errors import DataError, describe
from recipes.models import pretrained, sides

_CLASSES = (  # registered with Keras when their modules are imported, which is done above
    initializers.SVDOrthogonal,
    normalization.LocalResponseNormalization,
    residual.ChannelPadding,
    pretrained.ImageNetPixels,
    sides.SideCheck,
)


def load_model(path, *, compile=True):
    """Reads a model that `model.save` has written, with whatever of ours is in it.

    `keras.saving.load_model` reads it as well once `recipes.load_model` has been imported. Code in
    the file is not run.

    Args:
        path: Path of a .keras file.
        compile: Whether it is compiled as it was; where that took code of others, leave it out.

    Returns:
        A `keras.Model`.

    Raises:
        DataError: If the file cannot be read.

    Example:

        model = load_model("saved_models/digits/model.keras")
    """
    try:
        return keras.saving.load_model(Path(path), compile=compile, safe_mode=True)
    except (OSError, ValueError, TypeError) as error:
        rule = "the file must be a readable .keras file"
        hint = f"It could not be loaded ({str(error).strip().splitlines()[0]})."
        raise DataError(describe("load_model", rule, hint, file=str(path))) from error
