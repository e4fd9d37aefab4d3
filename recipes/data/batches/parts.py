"""What the views share: the first batches of a stream, all of its targets."""

import keras
import numpy as np

from recipes.errors import DataError, describe

MOST_PEEKED = 512  # samples


def as_arrays(data):
    """Returns data as an array, or as a dict or tuple of arrays."""
    if isinstance(data, dict):
        return {name: np.asarray(part) for name, part in data.items()}
    return tuple(map(np.asarray, data)) if isinstance(data, tuple) else np.asarray(data)


def gather(batches, count):
    """Returns pair (x, y) of the first samples, `count` at most, and the length of a batch."""
    found, held = [], 0
    for batch in batches:
        found.append(keras.tree.map_structure(np.asarray, tuple(batch[:2])))
        held += length(found[-1])
        if held >= count:
            break
    if not found:
        raise DataError(describe("fit", "the data must hold a batch", "It has none."))
    first = keras.tree.map_structure(lambda *parts: np.concatenate(parts)[:count], *found)
    return first, length(found[0])


def length(batch):
    """Returns how many samples a batch has."""
    return len(keras.tree.flatten(batch)[0])


def number_of_samples(peeked, most):
    """Returns the number of samples, of which the first were read, or all if they are few."""
    read = length(peeked)
    return read if read < MOST_PEEKED else most


def all_targets(batches):
    """Returns the targets of all batches as one array; None where there are several outputs."""
    found = [batch[1] for batch in batches]
    if any(map(keras.tree.is_nested, found)):
        return None
    return np.concatenate([np.asarray(targets) for targets in found])


def class_numbers(y):
    """Returns the class of each sample, of shape (samples,), of whole numbers or one-hot."""
    y = np.asarray(y)
    return y.argmax(axis=-1) if y.ndim == 2 and y.shape[1] > 1 else y.reshape(-1).astype("int64")
