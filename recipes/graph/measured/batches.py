"""On which batches a model is probed: the given data first, then numbers of several kinds."""

import keras
import numpy as np

from recipes.inputs import make_batch, with_batch

# (low, high) of numbers, the largest whole number: scaled, centred, and raw pixels.
_KINDS = (
    (0.0, 1.0, 1),
    (-1.0, 1.0, 1),
    (0.0, 1.0, 1),
    (-3.0, 3.0, 1),
    (-1.0, 1.0, 9),
    (0.0, 255.0, 99),
    (-30.0, 30.0, 1),
    (1.0, 2.0, 3),
)
_MOST_GIVEN = 8  # batches that are taken from the given data


def probe_batches(specs, data, size):
    """Returns batches to probe a model with, the most telling first.

    Args:
        specs: Keras tensors of the inputs, in the structure that the model takes.
        data: Arrays in the same structure, or None.
        size: Number of samples of a batch; an input whose own is known keeps it.

    Returns:
        Pair of lists (given, made up) of batches; each is a list of arrays, one for each input.
    """
    flat = [with_batch(spec, spec.shape[0] or size) for spec in keras.tree.flatten(specs)]
    made = [
        make_batch(flat, seed=seed, low=low, high=high, most=most)
        for seed, (low, high, most) in enumerate(_KINDS)
    ]
    return given_batches(data, size), made


def given_batches(data, size):
    """Returns batches of given data; rows come again where there are too few.

    Args:
        data: Arrays in any structure, all with as many rows, or None.
        size: Number of samples of a batch.

    Returns:
        List of at most 8 batches; each is a list of arrays, in the order of the structure.
    """
    if data is None:
        return []
    arrays = [np.asarray(part) for part in keras.tree.flatten(data)]
    rows = len(arrays[0])
    starts = range(0, min(rows, _MOST_GIVEN * size), size)
    places = [np.arange(start, start + size) % rows for start in starts]
    return [[array[place] for array in arrays] for place in places]
