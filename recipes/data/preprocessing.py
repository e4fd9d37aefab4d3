"""Preprocessing as layers, fitted on the training split and saved with the model (rows 20-24)."""

import keras
import numpy as np

from recipes import keras_compat
from recipes.data.colour import Grayscale
from recipes.data.pixels import pixel_range, rescaling
from recipes.data.resizing import resizing, undo_resizing
from recipes.data.whitening import PCAWhitening, ZCAWhitening
from recipes.errors import ArgumentError, check_one_of, describe

OUTPUTS = ("label", "image")
_CHUNK = 1_024  # samples


def make_preprocessing(name, x, *, output="label", size=None):
    """Returns the layers of a preprocessing, fitted on the training split.

    "auto" is what the guide advises: x / 127.5 − 1 where the output is an image; mean 0 and
    variance 1 of each channel where it is a label, as for classes of pixels. Whole numbers that
    are no images, such as tokens, stay as they are. Pixels that are in [0, 1] or [-1, 1] already
    are not divided again.

    Args:
        name: "auto"; "none"; "unit" for pixels in [0, 1]; "signed" for pixels in [-1, 1];
            "standardize" for mean 0 and variance 1 of each channel, "standardize_pixels" of each
            pixel; "zca" or "pca" for whitening ("pca" makes vectors of images); "grayscale"; or a
            tuple of these, in the order in which they are applied.
        x: Array of shape (samples, …) of the training split alone.
        output: "label" or "image": what the model gives; "auto" goes by it.
        size: (height, width) to which images are resized before all else, in pixels; the ratio is
            kept. None leaves the size.

    Returns:
        List of Keras layers for `with_preprocessing`, each of them built; it may be empty.

    Raises:
        ArgumentError: If a name or `output` is unknown.
        DataError: If x holds NaN or infinity, or no sample.

    Warns:
        UserWarning: If the images are resized by more than a factor of 2.

    Example:

        layers = make_preprocessing("auto", x_train)
        model = with_preprocessing(build_resnet((32, 32, 3), 10), layers)
    """
    x = np.asarray(x)
    names = (name,) if isinstance(name, str) or name is None else tuple(name)
    names = [check_one_of("make_preprocessing", "name", item, _LAYERS) for item in names]
    check_one_of("make_preprocessing", "output", output, OUTPUTS)
    layers = []
    if size is not None:
        layers.append(resizing(size, input_shape=x.shape[1:]))
    for item in names:
        seen = _apply(layers, x) if layers else x
        layer = _LAYERS[_choose(seen, output) if item == "auto" else item](seen)
        layers += [] if layer is None else [layer]
    return layers


def _choose(x, output):
    if output == "image":
        return "signed"
    return "standardize" if x.ndim == 4 or x.dtype.kind == "f" else "none"


def _apply(layers, x):
    """Returns the training data as the next layer sees them."""
    parts = []
    for start in range(0, len(x), _CHUNK):
        values = x[start : start + _CHUNK].astype("float32")
        for layer in layers:
            values = layer(values)
        parts.append(keras.ops.convert_to_numpy(values))
    return np.concatenate(parts)


def standardization(x, *, per="channel", name="standardize"):
    """Returns Keras' Normalization with the mean and variance of the training split.

    They are summed up in float64: `Normalization.adapt` sums float32 in float32, and its variance
    of 20,000 images of 32×32 pixels is 2.5 % off. A value that never changes gives 0.

    Args:
        x: Array of shape (samples, …, channels) of the training split alone.
        per: "channel" (guide row 20), or "pixel" for each value of a sample by itself.
        name: Name of the layer.

    Returns:
        A built `keras.layers.Normalization`.

    Raises:
        DataError: If x holds NaN or infinity, or no sample.
    """
    from sklearn.preprocessing import StandardScaler

    check_one_of("standardization", "per", per, ("channel", "pixel"))
    pixel_range(x)  # refuses what cannot be averaged
    x = np.asarray(x)
    axis = -1 if per == "channel" else tuple(range(1 - x.ndim, 0))
    shape = x.shape[-1:] if per == "channel" else x.shape[1:]
    scaler = StandardScaler()
    for start in range(0, len(x), _CHUNK):
        rows = x[start : start + _CHUNK].astype("float64")
        scaler.partial_fit(rows.reshape(-1, int(np.prod(shape))))
    layer = keras.layers.Normalization(axis=axis, dtype="float32", name=name)
    layer.build((None, *x.shape[1:]))
    layer.adapt_mean.assign(scaler.mean_.reshape(shape))
    layer.adapt_variance.assign((scaler.scale_**2).reshape(shape))  # 1 where nothing changes
    layer.finalize_state()
    return layer


def _whitening(kind, name, x):
    layer = kind(name=name)
    layer.adapt(x)
    return layer


_LAYERS = {
    "auto": None,  # one of the others
    "none": lambda x: None,
    "unit": lambda x: rescaling(x, 0.0, 1.0),
    "signed": lambda x: rescaling(x, -1.0, 1.0),
    "standardize": standardization,
    "standardize_pixels": lambda x: standardization(x, per="pixel"),
    "zca": lambda x: _whitening(ZCAWhitening, "zca_whitening", x),
    "pca": lambda x: _whitening(PCAWhitening, "pca_whitening", x),
    "grayscale": lambda x: Grayscale(name="grayscale"),
}
PREPROCESSING = tuple(_LAYERS)


def copy_layers(layers):
    """Returns layers with the same options and weights, which belong to no model yet.

    A layer that stands in front of several models joins their graphs: each wants its own.

    Args:
        layers: Built Keras layers, such as from `make_preprocessing`.
    """
    return [_copy(layer) for layer in layers]


def _copy(layer):
    copy = type(layer).from_config(layer.get_config())
    copy.build_from_config(layer.get_build_config())
    keras_compat.copy_state(layer, copy)
    return copy


def with_preprocessing(model, layers, *, input_shape=None):
    """Puts preprocessing in front of a model, so that it is saved and exported with it.

    The layers become the first ones of a flat model, whose other layers, names and weights are
    those of the given one: to train it is to train both. If one of them is a Resizing and the
    model predicts each pixel, the predictions are brought back to the size of the input.

    Args:
        model: A functional or built sequential `keras.Model` with one input.
        layers: Keras layers, from the input on; such as from `make_preprocessing`.
        input_shape: Shape of one sample before the layers; None for that of the model.

    Returns:
        A `keras.Model` that is not compiled; the given model if there is no layer.

    Raises:
        ArgumentError: If the model has another form, or the layers do not lead to its input.

    Example:

        model = with_preprocessing(model, [keras.layers.Rescaling(1 / 255)])
    """
    layers = list(layers)
    if not layers:
        return model
    graph = keras_compat.functional_part(model)
    if graph is None or len(graph.inputs) != 1:
        rule = "`model` must be functional or sequential, with one input"
        hint = "Begin a Sequential with keras.Input(shape)."
        received = getattr(model, "name", model)
        raise ArgumentError(describe("with_preprocessing", rule, hint, model=received))
    taken = graph.inputs[0]
    shape = tuple(taken.shape[1:] if input_shape is None else input_shape)
    inputs = keras.Input(shape, dtype=taken.dtype, name=keras_compat.producer(taken).name)
    prepared = _prepare(model, layers, inputs, taken)
    outputs = model.call(prepared)  # `call` keeps the graph flat; calling the model would nest it
    for layer in _way_back(layers, prepared, outputs, shape):
        outputs = layer(outputs)
    return keras.Model(inputs, outputs, name=model.name)


def _prepare(model, layers, inputs, taken):
    """Returns the tensor that the model is to take, after the layers."""
    prepared = inputs
    names = {layer.name for layer in model.layers}
    for layer in layers:
        if layer.name in names:
            rule = "no layer may have the name of one in the model"
            raise ArgumentError(describe("with_preprocessing", rule, layer=layer.name))
        names.add(layer.name)
        prepared = layer(prepared)
    fits = len(prepared.shape) == len(taken.shape) and all(
        want in (None, got) for got, want in zip(prepared.shape, taken.shape, strict=True)
    )
    if fits:
        return prepared
    rule = f"the layers must lead to samples of shape {tuple(taken.shape[1:])}, the model's input"
    hint = "input_shape=… is the shape before the layers."
    received = {"samples": tuple(prepared.shape[1:])}
    raise ArgumentError(describe("with_preprocessing", rule, hint, **received))


def _way_back(layers, prepared, outputs, shape):
    """Returns layers that resize dense predictions to the input's size; none for others."""
    resized = [layer for layer in layers if isinstance(layer, keras.layers.Resizing)]
    dense = isinstance(outputs, keras.KerasTensor) and outputs.shape[1:3] == prepared.shape[1:3]
    if not (resized and dense and len(outputs.shape) == 4):
        return []
    return undo_resizing(resized[0], shape)
