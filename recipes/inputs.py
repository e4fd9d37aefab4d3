"""What goes into a model that nobody gave data for: shapes and types, and numbers to put in."""

import numbers

import keras
import numpy as np

from recipes import keras_compat
from recipes.errors import ArgumentError, describe


def input_specs(where, model, input_shape, batch_size):
    """Returns the shape and type of each input.

    Args:
        where: Name of the function that asks, for the message.
        model: A `keras.Model`.
        input_shape: Shape of one sample without the batch axis (for several inputs a list or dict
            of them in the model's structure), or None for the sizes of the model's own inputs.
        batch_size: Number of samples.

    Returns:
        Keras tensors of shape (batch_size, …) in the structure that the model takes.

    Raises:
        ArgumentError: If a size is not known, or `input_shape` does not fit the model.
    """
    own = own_specs(model)
    specs = own if input_shape is None else _given_specs(where, input_shape, own)
    if specs is None or None in _sides(specs):
        rule = "the size of the model's inputs must be known"
        hint = "Give input_shape=…, the shape of one sample without the batch axis."
        raise ArgumentError(describe(where, rule, hint, inputs=_shapes(specs)))
    return with_batch(specs, batch_size)


def with_batch(specs, batch_size):
    """Returns Keras tensors with another number of samples; None for any number."""
    return keras.tree.map_structure(
        lambda spec: keras.KerasTensor((batch_size, *spec.shape[1:]), spec.dtype), specs
    )


def make_batch(specs, *, seed=0, sides=8, low=0.0, high=1.0, most=1):
    """Returns arrays to call a model with.

    Args:
        specs: Keras tensors, as from `input_specs` or `own_specs`.
        seed: A whole number of at least 0.
        sides: What an unknown side is taken for; an unknown batch has 2 samples.
        low: Where numbers begin.
        high: Where they end.
        most: The largest whole number: from 0, which alone may be padding, to this.

    Returns:
        Arrays in the structure of `specs`: numbers, whole numbers, texts of one digit or, with an
        odd seed, of three (an empty text may be padding).
    """
    generator = np.random.default_rng(seed)

    def draw(spec):
        batch, *others = spec.shape
        shape = (batch or 2, *(side or sides for side in others))
        if spec.dtype == "string":
            return _texts(generator.integers(1, 10, (3, *shape)).astype(str), seed)
        if "float" in spec.dtype:  # Keras converts it to its own type
            return generator.random(shape, "float32") * np.float32(high - low) + np.float32(low)
        return generator.integers(0, most + 1, shape).astype(spec.dtype)

    return keras.tree.map_structure(draw, specs)


def _texts(digits, seed):
    """Returns texts of the first digits, or of three with spaces between."""
    words = digits.astype(object)
    return words[0] + " " + words[1] + " " + words[2] if seed % 2 else words[0]


def own_specs(model):
    """Returns the inputs of the model's graph, or those it was built with, or None."""
    graph = keras_compat.functional_part(model)
    if graph is not None:
        return keras_compat.inputs_structure(graph)
    config = (model.get_build_config() if model.built else None) or {}
    shapes = config.get("input_shape")
    if shapes is None:
        return None
    specs = keras.tree.map_shape_structure(keras.KerasTensor, shapes)
    return with_batch(specs, None)  # it was built with a batch, and takes others


def _given_specs(where, input_shape, own):
    """Returns Keras tensors of the given shapes, in the model's structure and of its types."""
    given = keras.tree.map_shape_structure(lambda shape: _spec(where, shape), input_shape)
    if own is None:
        return given
    if not _fits(given, own):
        rule = f"`input_shape` must fit the model's inputs {_shapes(own)}"
        raise ArgumentError(describe(where, rule, input_shape=input_shape))
    pairs = zip(keras.tree.flatten(given), keras.tree.flatten(own), strict=True)
    typed = [keras.KerasTensor(new.shape, old.dtype) for new, old in pairs]
    return keras.tree.pack_sequence_as(own, typed)


def _spec(where, shape):
    if isinstance(shape, (tuple, list)) and all(
        isinstance(n, numbers.Integral) and n > 0 for n in shape
    ):
        return keras.KerasTensor((None, *shape))
    rule = "`input_shape` must be the shape of one sample, or a list or dict of them"
    hint = "A shape is a tuple of whole numbers of at least 1, such as (224, 224, 3)."
    raise ArgumentError(describe(where, rule, hint, input_shape=shape))


def _fits(given, own):
    """Whether number, names and known sides of the inputs agree."""
    new, old = keras.tree.flatten_with_path(given), keras.tree.flatten_with_path(own)
    named_alike = [path for path, _ in new] == [path for path, _ in old]
    if len(new) != len(old) or not (named_alike or len(new) == 1):
        return False
    pairs = zip(new, old, strict=True)
    return all(_fits_shape(mine.shape[1:], theirs.shape[1:]) for (_, mine), (_, theirs) in pairs)


def _fits_shape(shape, own):
    return len(shape) == len(own) and all(
        known in (side, None) for known, side in zip(own, shape, strict=True)
    )


def _sides(specs):
    return [side for spec in keras.tree.flatten(specs) for side in spec.shape[1:]]


def _shapes(specs):
    """Returns the shapes without the batch axis, for a message."""
    if specs is None:
        return None
    return keras.tree.map_structure(lambda spec: tuple(spec.shape[1:]), specs)
