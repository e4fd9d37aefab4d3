"""How far the outputs of an export are from the model's."""

import keras
import numpy as np

from recipes.errors import GraphError, describe
from recipes.keras_compat import all_layers

# By what a model computes in. Other kernels round otherwise, and a rounding is 6e-8 of a float32,
# 5e-4 of a float16 and 4e-3 of a bfloat16: in half precision, ResNet, U-Net, MLP and LSTM came to
# 3e-3 and 7e-3 of the largest output (seen with TensorFlow 2.21).
_TOLERANCES = {"float16": 1e-2, "bfloat16": 5e-2}
_TOLERANCE = 1e-4

_SMALLEST_SCALE = 0.01  # outputs below it may be all rounding: a - a is not 0 in every order


def tolerance_of(model):
    """Returns the largest difference that counts as equal, as `largest_difference` measures it."""
    kinds = {layer.compute_dtype for layer in all_layers(model)}
    return max(_TOLERANCES.get(kind, _TOLERANCE) for kind in kinds)


def as_arrays(outputs):
    """Returns outputs in any structure as a flat list of arrays."""
    return [np.asarray(keras.ops.convert_to_numpy(part)) for part in keras.tree.flatten(outputs)]


def largest_difference(name, expected, actual):
    """Returns the largest difference of an output, relative to the largest value in that output.

    Args:
        name: Name of the format, for messages.
        expected: Arrays that the model gave.
        actual: Arrays that the export gave, in the same order.

    Returns:
        A number of at least 0; NaN if a value is NaN.

    Raises:
        GraphError: If there are more or fewer outputs, or their shapes differ.
    """
    shapes = [[array.shape for array in arrays] for arrays in (expected, actual)]
    if shapes[0] != shapes[1]:
        rule = f"the {name} export must give outputs of the shapes {shapes[0]} as the model does"
        raise GraphError(describe("export_graph", rule, shapes=shapes[1]))
    differences = [_difference(*pair) for pair in zip(expected, actual, strict=True)]
    return float(np.max(differences, initial=0.0))


def _difference(expected, actual):
    if expected.dtype.kind in "OSU":  # texts
        return 0.0 if np.array_equal(expected, actual) else np.inf
    expected, actual = expected.astype("float64"), actual.astype("float64")
    with np.errstate(invalid="ignore"):
        gaps = np.where(expected == actual, 0.0, np.abs(expected - actual))  # inf equals inf
    sizes = np.abs(expected[np.isfinite(expected)])
    return np.max(gaps, initial=0.0) / np.max(sizes, initial=_SMALLEST_SCALE)
