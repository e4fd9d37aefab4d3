"""The batch that a model is checked with: the first rows of an .npz file."""

import zipfile

import numpy as np

from recipes.errors import ArgumentError, describe

ROWS = 32


def load_batch(command, path, model):
    """Returns the first rows of the arrays in a file, as a model takes them.

    Args:
        command: Name of the command that asks, for messages.
        path: Path of an .npz file with the array `x`, or an array for each input of the model by
            its name, and perhaps with the targets `y`.
        model: A callable without arguments that returns the `keras.Model`; called if `x` is not
            there.

    Returns:
        Pair (inputs, targets): arrays of at most 32 rows; targets are None where there are none.

    Raises:
        ArgumentError: If the file cannot be used.
    """
    arrays = _read(command, path)
    inputs = arrays["x"] if "x" in arrays else _by_name(command, path, arrays, model())
    return inputs, arrays.get("y")


def _read(command, path):
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (OSError, ValueError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        rule = "`--data` must be a readable .npz file of numbers or texts"
        raise ArgumentError(describe(command, rule, f"({error})", data=path)) from error
    rows = {array.shape[0] if array.ndim else None for array in arrays.values()}
    if len(rows) != 1 or rows & {0, None}:
        rule = "the arrays in `--data` must have a row for each sample, all as many"
        raise ArgumentError(describe(command, rule, _holdings(arrays), data=path))
    return {name: array[:ROWS] for name, array in arrays.items()}


def _by_name(command, path, arrays, model):
    """Returns the arrays in the structure in which the model takes its inputs."""
    import keras

    from recipes import keras_compat

    graph = keras_compat.functional_part(model)
    if graph is None:  # its inputs have no names that are known
        return {name: array for name, array in arrays.items() if name != "y"}
    structure = keras_compat.inputs_structure(graph)
    names = keras.tree.map_structure(lambda spec: keras_compat.producer(spec).name, structure)
    needed = keras.tree.flatten(names)
    if not set(needed) <= arrays.keys():
        rule = f"`--data` must hold the array x, or one for each input: {', '.join(needed)}"
        raise ArgumentError(describe(command, rule, _holdings(arrays), data=path))
    return keras.tree.map_structure(arrays.get, names)


def _holdings(arrays):
    """Says what a file holds."""
    shapes = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
    return f"It holds {shapes or 'no array'}."
