"""Saved models: what must be known before Keras can read them."""

import os
import zipfile
from pathlib import Path

import keras

from recipes.blocks import initializers, normalization, residual
from recipes.data import augmentation, colour, whitening
from recipes.errors import DataError, describe
from recipes.models import pretrained, sides
from recipes.optim import running_rate, schedules
from recipes.training.losses import smoothed

_CLASSES = (  # registered with Keras when their modules are imported, which is done above
    initializers.SVDOrthogonal,
    normalization.LocalResponseNormalization,
    residual.ChannelPadding,
    pretrained.ImageNetPixels,
    sides.SideCheck,
    augmentation.ColourChanges,
    colour.Grayscale,
    whitening.PCAWhitening,
    whitening.ZCAWhitening,
    running_rate.ScaledSchedule,
    schedules.PiecewiseLinear,
    schedules.WarmUp,
    smoothed.SmoothedSparseCategoricalCrossentropy,
)


class CodeInFileError(DataError):
    """A file holds code, which is not run unless that is asked for."""


def load_model(path, *, compile=True, safe_mode=True):
    """Reads a model that `model.save` has written, with whatever of ours is in it.

    `keras.saving.load_model` reads it as well once `recipes.load_model` has been imported.

    Args:
        path: Path of a .keras file.
        compile: Whether it is compiled as it was; where that took code of others, leave it out.
        safe_mode: Whether a file that holds code, such as that of a Lambda layer, is refused. False
            runs the code: for files that you trust.

    Returns:
        A `keras.Model`.

    Raises:
        CodeInFileError: If the file holds code, and `safe_mode` is on. It is a `DataError`.
        DataError: If the file cannot be read.

    Example:

        model = load_model("saved_models/digits/model.keras")
    """
    try:
        return keras.saving.load_model(Path(path), compile=compile, safe_mode=safe_mode)
    except (OSError, ValueError, TypeError) as error:
        if "safe_mode=False" in str(error):  # so Keras says what it takes to run the code
            rule = "the file holds code (such as a Lambda layer), and none of it was run"
            hint = "If you trust where it is from, pass safe_mode=False."
            raise CodeInFileError(describe("load_model", rule, hint, file=str(path))) from error
        rule = "the file must be a readable .keras file"
        hint = f"It could not be loaded ({_reason(path, error)})."
        raise DataError(describe("load_model", rule, hint, file=str(path))) from error


def _reason(path, error):
    """Returns the sentence in which Keras says what is wrong; it puts others before and after."""
    if os.path.exists(path) and not zipfile.is_zipfile(path):
        return "it is no .keras file, which is a zip file"
    text = str(error).rpartition("Exception encountered:")[2].strip()
    return text.splitlines()[0].partition(". ")[0].rstrip(".") if text else type(error).__name__
