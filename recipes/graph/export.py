"""Exports of a model, each loaded again and compared with it (guide row 16)."""

import dataclasses
from pathlib import Path

import keras
import numpy as np

from recipes.errors import ArgumentError, GraphError, check_one_of, describe
from recipes.files import replacing, writable_folder
from recipes.keras_compat import functional_part, inputs_structure

TOLERANCE = 1e-4  # largest difference of an output that counts as equal
_BATCH = 2


@dataclasses.dataclass(frozen=True)
class Export:
    """One exported file or folder.

    Attributes:
        format: "keras" or "saved_model".
        path: Where it is.
        difference: Largest absolute difference between its outputs and the model's on a batch.
    """

    format: str
    path: Path
    difference: float


def export_graph(model, folder, *, formats=("keras", "saved_model")):
    """Exports a model; an export that is written has given the model's outputs.

    Each format is written beside its place, loaded again, and run on a random batch. Only if
    all outputs are within 1e-4 of the model's does it take the place of an older one.

    Args:
        model: A built `keras.Model`, functional or sequential.
        folder: Where `model.keras` and `saved_model/` go; other files in it stay.
        formats: Names of formats: "keras", "saved_model".

    Returns:
        List of `Export`s, in the order of `formats`.

    Raises:
        ArgumentError: If a format is unknown, or the inputs of the model are not known.
        FolderError: If the folder cannot be written to.
        GraphError: If an export gives other outputs than the model.

    Example:

        export_graph(model, "saved_models/digits")
    """
    for name in formats:
        check_one_of("export_graph", "formats", name, tuple(_FORMATS))
    batch = _random_batch(model)
    folder = writable_folder("export_graph", folder)
    expected = model(batch, training=False)
    return [_export(model, folder, name, batch, expected) for name in formats]


def _random_batch(model):
    """Returns inputs of the model's shapes and types, in the structure that the model takes."""
    graph = functional_part(model)
    if graph is None:
        rule = "the model must be functional or sequential, so that its inputs are known"
        raise ArgumentError(describe("export_graph", rule, model=model.name))
    generator = np.random.default_rng(0)

    def draw(tensor):
        shape = [_BATCH, *(side or 8 for side in tensor.shape[1:])]
        whole = "int" in keras.backend.standardize_dtype(tensor.dtype)  # 0 alone may be padding
        values = generator.integers(0, 2, shape) if whole else generator.random(shape)
        return keras.ops.convert_to_tensor(values, dtype=tensor.dtype)

    return keras.tree.map_structure(draw, inputs_structure(graph))


def _export(model, folder, name, batch, expected):
    filename, write, read = _FORMATS[name]
    with replacing(folder / filename) as temporary:
        write(model, temporary)
        difference = _largest_difference(expected, read(temporary)(batch))
        if not difference <= TOLERANCE:
            rule = f"the {name} export must give the model's outputs within {TOLERANCE}"
            raise GraphError(describe("export_graph", rule, difference=difference))
    return Export(name, folder / filename, difference)


def _largest_difference(expected, actual):
    pairs = zip(keras.tree.flatten(expected), keras.tree.flatten(actual), strict=True)
    return max(
        float(np.max(np.abs(keras.ops.convert_to_numpy(a) - keras.ops.convert_to_numpy(b))))
        for a, b in pairs
    )


def _read_keras(path):
    model = keras.saving.load_model(path)
    return lambda batch: model(batch, training=False)


def _write_saved_model(model, path):
    """Writes the endpoint `serve`, in inference mode.

    `model.export` leaves the mode open, and random layers then take it for training: what it
    writes flips and shifts the images that it serves (seen with Keras 3.15.1).
    """
    import tensorflow as tf

    signature = keras.tree.map_structure(
        lambda tensor: tf.TensorSpec(tensor.shape, tensor.dtype, tensor.name),
        inputs_structure(functional_part(model)),
    )
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        "serve", lambda inputs: model(inputs, training=False), input_signature=[signature]
    )
    archive.write_out(str(path), verbose=False)


def _read_saved_model(path):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return lambda batch: loaded.serve(batch)


_FORMATS = {
    "keras": ("model.keras", lambda model, path: model.save(path), _read_keras),
    "saved_model": ("saved_model", _write_saved_model, _read_saved_model),
}
