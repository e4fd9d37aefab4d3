"""One view of what a training takes: arrays, a `tf.data.Dataset`, a `PyDataset`, a folder.

Which samples a batch holds follows from the seed, the epoch and the step alone, not from what was
drawn before: a training that goes on at epoch 7 sees what it would have seen.

A view has these attributes:

    arrays         pair (x, y), or None of a stream
    samples        number of samples; of a stream as many as full batches would hold
    batch_size     samples of a batch, where the data come in batches; else None
    in_processes   whether other processes make the batches: then they cannot be augmented
    endless        whether the stream goes through all epochs, so that its steps must be counted
"""

from pathlib import Path

import keras
import numpy as np

from recipes.data.batches.arrays import ArrayBatches
from recipes.data.batches.parts import as_arrays
from recipes.data.batches.py_datasets import PyDatasetBatches
from recipes.data.batches.tf_datasets import DatasetBatches
from recipes.data.dataset import Dataset
from recipes.data.images import load_images
from recipes.errors import ArgumentError, describe

__all__ = ["ArrayBatches", "DatasetBatches", "PyDatasetBatches", "as_batches"]


def as_batches(where, name, data):
    """Returns the view of some data.

    Args:
        where: Name of the function that asks, for the message.
        name: Name of its argument.
        data: Pair (x, y) or triple (x, y, sample_weight) of arrays, or of dicts of arrays; a
            `tf.data.Dataset` of batches of them that ends; a `keras.utils.PyDataset`; a folder of
            images, as in `load_images`, or what that returns: of a data set that came in parts the
            part with the name of the argument; or a view.

    Returns:
        An `ArrayBatches`, `DatasetBatches` or `PyDatasetBatches`.

    Raises:
        ArgumentError: If it is none of these.
    """
    if isinstance(data, (ArrayBatches, DatasetBatches, PyDatasetBatches)):
        return data
    if isinstance(data, (str, Path)):
        data = load_images(data)
    if isinstance(data, Dataset):
        own = np.ones(len(data.y), bool) if data.parts is None else data.parts == name
        return ArrayBatches(data.x[own], data.y[own])
    if isinstance(data, keras.utils.PyDataset):
        return PyDatasetBatches(where, name, data)
    if hasattr(data, "element_spec") and hasattr(data, "cardinality"):
        return DatasetBatches(where, name, data)
    if isinstance(data, (tuple, list)) and len(data) in (2, 3):
        return ArrayBatches(*map(as_arrays, data))
    kinds = "a tf.data.Dataset of batches, a PyDataset or a folder of images"
    rule = f"`{name}` must be a pair (x, y) of arrays, {kinds}"
    raise ArgumentError(describe(where, rule, **{name: type(data).__name__}))
