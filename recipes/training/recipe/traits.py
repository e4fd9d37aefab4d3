"""What a recipe depends on: kind and size of the data, the task, the model."""

import dataclasses

import keras
import numpy as np

from recipes import keras_compat
from recipes.data.flips import flip_changes_label
from recipes.errors import ArgumentError, DataError, check_integer, check_one_of, describe
from recipes.recommended import NORMS
from recipes.training.losses.heads import read_head
from recipes.training.losses.tasks import TASKS, find_task
from recipes.training.samples import read_samples

KINDS = ("image", "sequence", "tokens", "vector", "several")
FLIPS = ("horizontal", None)
_NO_SAMPLE = "there must be a sample to train on"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Traits:
    """What the recommended recipe depends on.

    Args:
        samples: Number of training samples.
        kind: "image", "sequence" of numbers, "tokens", "vector", or "several" inputs.
        task: "classification", "multi_label", "next_step", "mask", "image" or "regression".
        side: Shorter side of the images, in pixels; None for other kinds.
        norm: The norm of the model: "batch", "group", "layer", "instance" or None.
        recurrent: Whether the model has recurrent layers.
        attention: Whether it has attention layers.
        flip: "horizontal" where a mirror image keeps its label, else None.
        batch_size: Samples a step, where the data come in batches or it was asked for; None where
            the recipe has the choice.

    Raises:
        ArgumentError: If a value breaks its rule.
        DataError: If there is no sample.
    """

    samples: int
    kind: str = "vector"
    task: str = "classification"
    side: int | None = None
    norm: str | None = "batch"
    recurrent: bool = False
    attention: bool = False
    flip: str | None = None
    batch_size: int | None = None

    def __post_init__(self):
        check_one_of("Traits", "kind", self.kind, KINDS)
        check_one_of("Traits", "task", self.task, TASKS)
        check_one_of("Traits", "norm", self.norm, NORMS)
        check_one_of("Traits", "flip", self.flip, FLIPS)
        if self.batch_size is not None:
            check_integer("Traits", "batch_size", self.batch_size, 1)
        if self.samples < 1:
            raise DataError(describe("Recipe.for_data", _NO_SAMPLE, samples=self.samples))


def read_traits(x, y=None, *, model=None, task=None, seed=0):
    """Returns what a recipe depends on; arguments as in `Recipe.for_data`.

    Raises:
        ArgumentError: If `x` is no data, or `task` is unknown.
        DataError: If there is no sample.
    """
    if isinstance(x, Traits):
        return x
    samples = read_samples("Recipe.for_data", "x", x if y is None else (x, y))
    if samples.targets is None or not samples.count:
        raise DataError(describe("Recipe.for_data", _NO_SAMPLE, samples=0))
    head = None if model is None else read_head(model)
    task = find_task(_single(samples.targets), head, task=task)
    first = samples.arrays[0][1]
    kind = _kind(samples, model)
    return Traits(
        samples=_number(x if y is None else None, samples),
        kind=kind,
        task=task,
        side=min(first.shape[1:3]) if kind == "image" else None,
        batch_size=samples.batch_size,
        flip=_flip(first, samples.targets, task, seed) if kind == "image" else None,
        **_model_traits(model, kind),
    )


def _single(targets):
    """Returns targets as one array; of several the first one tells."""
    if hasattr(targets, "shape"):
        return targets
    found = keras.tree.flatten(targets)
    if found:
        return found[0]
    raise ArgumentError(describe("Recipe.for_data", "`y` must hold targets", y=targets))


def _number(stream, samples):
    """Returns the number of samples; of a stream as long as it says it is."""
    if samples.whole or samples.batch_size is None:
        return samples.count
    try:
        batches = len(stream)
    except TypeError:  # it has no end, or none that is known
        return samples.count
    return max(batches * samples.batch_size, samples.count)


def _kind(samples, model):
    if len(samples.arrays) > 1:
        return "several"
    x = samples.arrays[0][1]
    if x.ndim == 4:
        return "image"
    if x.ndim == 3:
        return "sequence"
    embeds = model is not None and _has(model, keras.layers.Embedding)
    whole_sequence = x.ndim == 2 and x.dtype.kind in "iu" and model is None
    return "tokens" if embeds or whole_sequence else "vector"


def _model_traits(model, kind):
    """Returns norm, recurrent and attention of a model; without one, what is usual."""
    if model is None:
        recurrent = kind in ("sequence", "tokens")
        return {"norm": None if recurrent else "batch", "recurrent": recurrent}
    return {
        "norm": _norm(model),
        "recurrent": _has(model, keras.layers.RNN),
        "attention": _has(model, keras.layers.MultiHeadAttention),
    }


def _norm(model):
    """Returns the norm of a model; batch normalization where there are several."""
    if _has(model, keras.layers.BatchNormalization):
        return "batch"
    groups = _layers(model, keras.layers.GroupNormalization)
    if groups:
        return "instance" if all(layer.groups == -1 for layer in groups) else "group"
    return "layer" if _has(model, keras.layers.LayerNormalization) else None


def _has(model, kind):
    return bool(_layers(model, kind))


def _layers(model, kind):
    return [layer for layer in keras_compat.all_layers(model) if isinstance(layer, kind)]


def _flip(x, y, task, seed):
    """Returns how images may be mirrored. A mask or an image that comes out is mirrored too."""
    if task in ("mask", "image"):
        return "horizontal"
    if task != "classification" or not _is_class(y):
        return None
    try:
        return None if flip_changes_label(x, y, seed=seed) else "horizontal"
    except DataError:  # too few samples of a class to compare, or NaN among them
        return None


def _is_class(y):
    """Whether labels are whole numbers or one-hot, as a preflight would have them."""
    return hasattr(y, "dtype") and y.dtype.kind in "iubf" and bool(np.all(y == np.floor(y)))
