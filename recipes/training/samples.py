"""What can be looked at of data: their arrays, or the first batches of a stream."""

import dataclasses
import itertools

import keras
import numpy as np

from recipes.errors import ArgumentError, DataError, describe

_MOST_SAMPLES = 1024  # of a stream: enough to see its form, and quick to read
_MOST_BATCHES = 64


@dataclasses.dataclass(frozen=True)
class Samples:
    """A part of the data as arrays.

    Args:
        inputs: What goes into the model, in its structure: an array, or a list or dict of them.
        targets: What comes out, in the same way; None if there is none.
        whole: Whether these are all samples.
        batch_size: Samples in a batch of a stream; None of arrays.
    """

    inputs: object
    targets: object
    whole: bool = True
    batch_size: int | None = None

    @property
    def arrays(self):
        """Pairs (name, array) of the inputs: "x", or "x['left']" where there are several."""
        found = keras.tree.flatten_with_path(self.inputs)
        return [("x" + "".join(f"[{step!r}]" for step in path), part) for path, part in found]

    @property
    def count(self):
        """Number of samples of the first input."""
        first = self.arrays[0][1]
        return len(first) if first.ndim else 0

    def batch(self, size):
        """Returns the first samples as a pair (inputs, targets)."""
        return keras.tree.map_structure(lambda part: part[:size], (self.inputs, self.targets))


def read_samples(where, name, data):
    """Reads what can be looked at of data.

    Args:
        where: Name of the function that asks, for the message.
        name: Name of the argument, for the message.
        data: Pair (x, y) of arrays, or of lists or dicts of them; or batches of such pairs, as a
            `tf.data.Dataset` or a `keras.utils.PyDataset` gives them: the first 1,024 samples are
            read.

    Returns:
        `Samples`.

    Raises:
        ArgumentError: If it is neither.
        DataError: If the samples are not of one shape.
    """
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        parts = [_plain(where, name, part) for part in data[:2]]
        return Samples(*(keras.tree.map_structure(np.asarray, part) for part in parts))
    batches = batches_in(data)
    if batches is None:
        rule = f"`{name}` must be a pair (x, y) of arrays, or batches of such pairs"
        raise ArgumentError(describe(where, rule, **{name: type(data).__name__}))
    return _read_batches(where, name, batches)


def _plain(where, name, part):
    """A list of numbers is one array, a list of arrays several inputs."""
    several = isinstance(part, (list, tuple)) and any(hasattr(each, "shape") for each in part)
    if isinstance(part, dict) or several:
        return part
    try:
        return np.asarray(part)
    except ValueError as error:
        rule = f"all samples of `{name}` must be of one shape"
        hint = "Pad sequences with keras.utils.pad_sequences, resize images."
        raise DataError(describe(where, rule, hint, **{name: type(part).__name__})) from error


def batches_in(data):
    """Returns an iterator over the batches of a `tf.data.Dataset` or `PyDataset`; None of others.

    A `PyDataset` without an end is left after 64 batches.
    """
    if isinstance(data, keras.utils.PyDataset):
        count = data.num_batches
        return (data[number] for number in range(_MOST_BATCHES if count is None else count))
    is_stream = hasattr(data, "element_spec") and hasattr(data, "__iter__")
    return iter(data) if is_stream else None


def _read_batches(where, name, batches):
    """Returns the first batches, put together."""
    parts, count = [], 0
    for batch in itertools.islice(batches, _MOST_BATCHES):
        parts.append(read_samples(where, name, tuple(batch)[:2]))
        count += parts[-1].count
        if count >= _MOST_SAMPLES:
            break
    if not parts:
        return Samples(np.zeros((0,)), None, whole=True)
    pairs = [(part.inputs, part.targets) for part in parts]
    joined = keras.tree.map_structure(lambda *each: np.concatenate(each), *pairs)
    whole = next(iter(batches), None) is None
    return Samples(*joined, whole=whole, batch_size=parts[0].count)
