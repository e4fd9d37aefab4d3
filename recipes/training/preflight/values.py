"""What is wrong with the inputs: shapes, values that are not finite, ranges."""

import keras
import numpy as np

from recipes import keras_compat
from recipes.training.preflight.labels import fits
from recipes.words import plural

_SCALED = 20.0  # numbers beyond are not scaled: no standardised feature is so far off
_FAR = 10.0  # mean or spread of targets from which outputs that begin near 0 are far away
_TAMING = (keras.layers.Rescaling, keras.layers.Normalization, keras.layers.Embedding)


def input_problems(x, input_shape=None, *, name="x"):
    """Yields what is wrong with inputs.

    Args:
        x: Array of shape (samples, …).
        input_shape: Shape of one sample that the model takes, None where any length will do; None
            for a model that takes any shape.
        name: What the array is called.
    """
    if not len(np.atleast_1d(x)):
        yield f"There is no sample in {name}. Received: {name} of shape {x.shape}."
        return
    if input_shape is not None and not fits(x.shape[1:], input_shape):
        yield f"The model takes samples of shape {input_shape}. Received: {x.shape[1:]}."
    if x.dtype.kind == "f" and not np.isfinite(x).all():
        broken = np.unique(np.argwhere(~np.isfinite(x))[:, 0])
        yield (
            f"{plural(len(broken), 'sample')} of {name} with NaN or infinity, the first is number "
            f"{broken[0]}."
        )
    elif len(x) > 1 and np.all(x == x[:1]):
        yield f"All samples of {name} are equal: there is nothing to tell them apart by."


def text_problems(x, dtype, *, name="x"):
    """Yields what is wrong with inputs that are no numbers, for a model that takes numbers.

    Args:
        x: Array of shape (samples, …).
        dtype: Type of the model's input.
        name: What the array is called.
    """
    if x.dtype.kind in "OSU" and dtype != "string":
        yield (
            f"The model takes numbers. Received: {name} of type {x.dtype}, such as "
            f"{str(x.ravel()[0])!r}. Put a keras.layers.TextVectorization before it, or a "
            "StringLookup."
        )


def token_problems(x, model):
    """Yields token ids that an embedding has no row for.

    Args:
        x: Array of shape (samples, steps).
        model: A functional `keras.Model` with one input.
    """
    rows = [layer.input_dim for layer in _embeddings(model)]
    if rows and x.dtype.kind in "iuf" and x.size and not (x.min() >= 0 and x.max() < min(rows)):
        yield (
            f"Token ids must be in [0, {min(rows)}), one for each row of the embedding. Received: "
            f"ids from {x.min()} to {x.max()}."
        )


def _embeddings(model):
    """Returns the embeddings of what goes into the model as it is."""
    first = [keras_compat.producer(tensor) for tensor in model.inputs]
    taking = [layer for operation in first for layer in keras_compat.consumers(operation)]
    return [layer for layer in taking if isinstance(layer, keras.layers.Embedding)]


def range_warnings(x, model, *, name="x"):
    """Yields inputs that nothing has scaled.

    Args:
        x: Array of shape (samples, …).
        model: A `keras.Model`.
        name: What the array is called.
    """
    if x.dtype.kind not in "iuf" or not x.size or _layers(model, _TAMING):
        return
    largest = float(np.max(np.abs(x)))
    if largest > _SCALED:
        yield (
            f"{name} goes from {x.min():.6g} to {x.max():.6g}, and the model does not rescale it. "
            f"{_how_to_scale(x)}"
        )


def target_warnings(y):
    """Yields numbers to predict that are far from where outputs begin, which is near 0.

    Args:
        y: Targets of a regression, of shape (samples, …).
    """
    if y.dtype.kind not in "iuf" or not y.size:
        return
    mean, spread = float(np.mean(y)), float(np.std(y))
    if max(abs(mean), spread) > _FAR:
        yield (
            f"The targets have the mean {mean:.3g} and the standard deviation {spread:.3g}, and "
            "outputs begin near 0: it takes many steps to get there. Train on (y - mean) / "
            "deviation, and turn predictions back."
        )


def _how_to_scale(x):
    if x.ndim == 4 and x.min() >= 0 and x.max() <= 255:
        return "Divide pixels by 255, or put a keras.layers.Rescaling(1 / 255) first."
    return "Put a keras.layers.Normalization first, adapted to the training data."


def _layers(model, kinds):
    """Returns the layers of some kinds in a model, and in models inside of it."""
    return [layer for layer in keras_compat.all_layers(model) if isinstance(layer, kinds)]
