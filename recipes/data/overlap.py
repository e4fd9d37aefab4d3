"""Samples that are in two parts of the data at once (guide row 43)."""

import numpy as np

from recipes.errors import DataError, describe


def find_overlap(train, validation):
    """Returns the samples of one part that are in the other too, equal in every value.

    What was learnt by heart in training would count as known in validation. The samples are
    compared by hash: 20,000 colour images of 32×32 pixels take a fraction of a second.

    Args:
        train: Array of shape (samples, …), or a pair (x, y) of which x counts.
        validation: Array or pair of the same kind.

    Returns:
        Integer array of shape (found, 2): the number of a sample of `validation`, and that of the
        first one of `train` that equals it. It is empty if the parts share none.

    Raises:
        DataError: If the samples of the two are of different shapes.

    Example:

        shared = find_overlap(x_train, x_validation)
        x_validation = np.delete(x_validation, shared[:, 0], axis=0)
    """
    ours, theirs = _samples(train), _samples(validation)
    if ours.shape[1:] != theirs.shape[1:]:
        rule = "the samples of both parts must be of one shape"
        received = {"train": ours.shape[1:], "validation": theirs.shape[1:]}
        raise DataError(describe("find_overlap", rule, **received))
    dtype = np.result_type(ours, theirs)  # equal numbers have equal bytes in one type
    first = {}
    for number, sample in enumerate(ours):
        first.setdefault(hash(_bytes(sample, dtype)), number)
    found = []
    for number, sample in enumerate(theirs):
        values = _bytes(sample, dtype)
        match = first.get(hash(values))
        if match is not None and _bytes(ours[match], dtype) == values:  # no chance equality
            found.append((number, match))
    return np.array(found, int).reshape(-1, 2)


def _samples(part):
    array = np.asarray(part[0] if isinstance(part, (tuple, list)) else part)
    if array.ndim:
        return array
    rule = "a part must be an array of samples, or a pair (x, y)"
    raise DataError(describe("find_overlap", rule, part=part))


def _bytes(sample, dtype):
    return np.asarray(sample, dtype).tobytes()
