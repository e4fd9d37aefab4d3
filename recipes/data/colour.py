"""Grey or colour: are the edges clear without it, and does it carry information (guide row 23)?"""

import dataclasses

import keras
import numpy as np

from recipes.errors import DataError, describe

_SAMPLES = 2_000
_CLEAR = 0.9  # of the strength of edges is left in grey
_TELLING = 0.05  # of the variance of colour lies between the classes
_COLOURED = 0.05  # of the variance of pixels is colour and no brightness
_ROUNDING = 1e-4  # grey images in three channels have less colour than this
_BRIGHTNESS = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


@dataclasses.dataclass(frozen=True)
class GrayscaleSuggestion:
    """Whether images may as well be grey.

    Attributes:
        grayscale: True if grey images should do.
        edge_score: Share of the strength of the edges that is left in grey, in [0, 1].
        color_score: With classes, the share of the variance of the images' mean colour that lies
            between classes; without, the share of colour in the variance of all pixels. In [0, 1].
    """

    grayscale: bool
    edge_score: float
    color_score: float

    def __str__(self):
        scores = f"edge score {self.edge_score:.2f}, color score {self.color_score:.2f}"
        if self.grayscale:
            return f"Grey should do: the edges stay clear and colour tells little ({scores})."
        return f"Keep the colours: edges or classes would lose by grey ({scores})."


def suggest_grayscale(x, y=None):
    """Says whether images may as well be grey.

    Up to 2,000 samples, evenly spaced, are looked at.

    Args:
        x: Array of shape (samples, height, width, channels), 1 channel or 3 (red, green, blue).
        y: Whole numbers of shape (samples,), the classes, or None.

    Returns:
        A `GrayscaleSuggestion`.

    Raises:
        DataError: If x has another shape, or y another length.

    Example:

        print(suggest_grayscale(x_train, y_train))
    """
    x = np.asarray(x)
    if x.ndim != 4 or x.shape[-1] not in (1, 3) or not len(x):
        rule = "x must have the shape (samples, height, width, 1 or 3)"
        raise DataError(describe("suggest_grayscale", rule, x=f"shape {x.shape}"))
    if y is not None and len(y) != len(x):
        rule = "x and y must be of the same length"
        received = {"x": f"{len(x)} samples", "y": f"{len(y)} labels"}
        raise DataError(describe("suggest_grayscale", rule, **received))
    if x.shape[-1] == 1:
        return GrayscaleSuggestion(True, 1.0, 0.0)
    chosen = np.linspace(0, len(x) - 1, min(len(x), _SAMPLES)).astype(int)
    images = x[chosen].astype("float32")
    grey = images @ _BRIGHTNESS.astype("float32")
    edges, colour = _edge_score(images, grey), _colour_share(images, grey)
    if y is not None:
        seen = colour > _ROUNDING
        colour = _class_share(images, grey, np.asarray(y)[chosen]) if seen else 0.0
    limit = _COLOURED if y is None else _TELLING
    return GrayscaleSuggestion(bool(edges >= _CLEAR and colour < limit), edges, colour)


def _edge_score(images, grey):
    """Share of the steps between neighbouring pixels that is left in grey."""
    lost = kept = 0.0
    for axis in (1, 2):
        kept += float(np.abs(np.diff(grey, axis=axis)).sum())
        lost += float(np.abs(np.diff(images, axis=axis)).max(axis=-1).sum())
    return min(kept / lost, 1.0) if lost else 1.0


def _colour_share(images, grey):
    """Share of the variance of pixels that is no brightness."""
    colour = float(((images - grey[..., np.newaxis]) ** 2).mean())
    total = colour + float(grey.var())
    return colour / total if total else 0.0


def _class_share(images, grey, y):
    """Share of the variance of an image's mean colour that lies between the classes (eta²)."""
    colours = (images - grey[..., np.newaxis]).mean(axis=(1, 2))  # (samples, 3)
    total = ((colours - colours.mean(axis=0)) ** 2).sum()
    groups = [colours[y == label] for label in np.unique(y)]
    within = sum(((group - group.mean(axis=0)) ** 2).sum() for group in groups)
    classes, samples = len(groups), len(y)
    if not total or samples <= classes:
        return 0.0
    # Chance alone puts (classes − 1) / (samples − 1) of it between classes: the adjusted share.
    return float(max(0.0, 1 - (within / (samples - classes)) / (total / (samples - 1))))


@keras.saving.register_keras_serializable("recipes")
class Grayscale(keras.layers.Layer):
    """Red, green and blue to one channel of brightness; one channel stays as it is."""

    def call(self, x):
        """Returns a tensor of shape (batch, height, width, 1)."""
        x = keras.ops.cast(x, self.compute_dtype)
        return x if x.shape[-1] == 1 else keras.ops.image.rgb_to_grayscale(x)

    def compute_output_shape(self, input_shape):
        """Returns (batch, height, width, 1)."""
        return (*input_shape[:-1], 1)
