"""What the layers of a model make of a batch: pictures, dead and saturated channels (row 83)."""

import dataclasses

import keras
import numpy as np

from recipes import keras_compat
from recipes.diagnosis import pictures
from recipes.diagnosis.written import WrittenReport
from recipes.errors import ArgumentError, describe
from recipes.summaries import image_event, plain, scalar_event, table, text_event

_MOSTLY = 0.5  # share of the channels of a layer from which it is named
_SATURATED = 0.98  # of the range of tanh, sigmoid and their like
_ALWAYS = 0.95  # share of the values of a channel
_BOUNDS = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0)}
_BOUNDS |= {"softsign": (-1.0, 1.0), "hard_tanh": (-1.0, 1.0), "relu6": (-np.inf, 6.0)}


@dataclasses.dataclass(frozen=True)
class LayerFeatures:
    """The features of one layer on a batch.

    Attributes:
        layer: Name of the layer.
        channels: Number of its channels.
        dead: Numbers of the channels, from 0, with one value in all samples and places: black.
        saturated: Numbers of the channels that are at an end of the activation's range nearly
            everywhere: black and white alone.
    """

    layer: str
    channels: int
    dead: tuple
    saturated: tuple

    @property
    def problem(self):
        """What is wrong with the layer, as words; "" where it is healthy."""
        for kind, numbers in (("dead", self.dead), ("saturated", self.saturated)):
            if len(numbers) >= _MOSTLY * self.channels:
                return f"{len(numbers)} of {self.channels} channels are {kind}"
        return ""


@dataclasses.dataclass(frozen=True)
class FeatureReport(WrittenReport):
    """The features of a model on a batch.

    Attributes:
        name: Name of the model.
        layers: Tuple of `LayerFeatures`, in the order of the model.
        pictures: Dict from the names of layers to pictures of the first sample's channels, or of
            the features of all samples where a layer has no maps: bytes (height, width, 3).
    """

    name: str
    layers: tuple
    pictures: dict = dataclasses.field(repr=False)

    made_by = "feature_report"

    @property
    def findings(self):
        """Tuple of sentences, one for each layer of which half the channels are dead or more."""
        bad = [layer for layer in self.layers if layer.problem]
        return tuple(f"{layer.layer}: {layer.problem} on this batch." for layer in bad)

    @property
    def ok(self):
        """Whether there are no findings."""
        return not self.findings

    def to_dict(self):
        """Returns all but the pictures, as JSON can hold it."""
        layers = [dataclasses.asdict(layer) for layer in self.layers]
        return {"model": self.name, "layers": layers, "findings": list(self.findings)}

    def events(self):
        """Yields figures and pictures as events for TensorBoard."""
        return _events(self)

    def __str__(self):
        if self.ok:
            return f"{self.name}: the features of all {len(self.layers)} layers are alive."
        hint = "A smaller learning rate, a norm before the activation, or He initialisation."
        return "\n".join([*self.findings, hint])


def feature_report(model, batch, *, png=None, logdir=None):
    """Looks at what the layers of a model make of a batch (guide row 83).

    Features that are black everywhere, or black and white alone, are of no use to the layers that
    follow; the final accuracy shows it. Activations and layers with weights are looked at, in
    inference mode; norms and the outputs are not.

    Args:
        model: A built `keras.Model`, functional or sequential.
        batch: Array of shape (samples, …), or arrays in the structure of the model's inputs; some
            dozens of different samples, as one sample alone may leave a channel at rest.
        png: Path of a .png file with the pictures, or None.
        logdir: Folder for TensorBoard, or None.

    Returns:
        A `FeatureReport`.

    Raises:
        ArgumentError: If the model has no graph, or there are fewer than 2 samples.
        FolderError: If a file cannot be written.

    Example:

        print(feature_report(run.model, x[:64], png="features.png"))
    """
    graph = keras_compat.functional_part(model) if isinstance(model, keras.Model) else None
    if graph is None:
        rule = "`model` must be a functional or sequential Keras model that is built"
        raise ArgumentError(describe("feature_report", rule, model=type(model).__name__))
    samples = min(len(array) for array in keras.tree.flatten(batch))
    if samples < 2:
        rule = "`batch` must have at least 2 samples: a channel is dead if they are all alike"
        raise ArgumentError(describe("feature_report", rule, samples=samples))
    watched = _watched(graph)
    features = _run(graph, watched, batch)
    layers = tuple(_look(*pair) for pair in zip(watched, features, strict=True))
    shots = {o.name: pictures.tile(_shown(f)) for o, f in zip(watched, features, strict=True)}
    return FeatureReport(model.name, layers, shots).write(png=png, logdir=logdir)


def _watched(graph):
    """Returns the activations and the layers with weights whose one output has channels."""
    last = {id(keras_compat.producer(tensor)) for tensor in keras.tree.flatten(graph.outputs)}
    found = [o for o in keras_compat.operations_of(graph) if id(o) not in last and _is_seen(o)]
    if found:
        return found
    rule = "the model must have a layer with weights or an activation before its output"
    raise ArgumentError(describe("feature_report", rule, model=graph.name))


def _is_seen(operation):
    norms = (
        keras.layers.BatchNormalization,
        keras.layers.LayerNormalization,
        keras.layers.GroupNormalization,
        keras.layers.Embedding,
    )
    shapes = keras_compat.output_shapes(operation)
    if isinstance(operation, norms) or len(shapes) != 1 or len(shapes[0]) < 2:
        return False
    is_weighted = isinstance(operation, keras.Layer) and bool(operation.weights)
    return is_weighted or _activation(operation) != "linear"


def _activation(operation):
    """Returns the name of a layer's activation, "linear" where it has none."""
    if not isinstance(operation, keras.Layer):
        return "linear"
    own = getattr(operation, "activation", None)
    if own is not None:
        return getattr(own, "__name__", type(own).__name__)
    if isinstance(operation, keras.layers.ReLU):
        return "relu"
    module = type(operation).__module__
    return type(operation).__name__.lower() if ".layers.activations." in module else "linear"


def _run(graph, watched, batch):
    """Returns the outputs of the watched layers on the batch, as arrays."""
    tensors = [node.output_tensors[0] for node in map(_first_node(graph), watched)]
    inputs = keras_compat.inputs_structure(graph)
    with keras_compat.restoring_process():
        found = keras.Model(inputs, tensors)(batch, training=False)
    found = keras.tree.flatten(found)  # of one output Keras makes no list
    return [np.asarray(keras.ops.convert_to_numpy(f), "float32") for f in found]


def _first_node(graph):
    nodes = keras_compat.nodes_in(graph)
    return lambda operation: next(node for node in nodes if node.operation is operation)


def _look(operation, features):
    """Tells the dead and the saturated channels of a layer."""
    flat = features.reshape(-1, features.shape[-1])
    low, high = _BOUNDS.get(_activation(operation), (-np.inf, np.inf))
    margin = (1 - _SATURATED) * (high - max(low, 0.0)) if np.isfinite(high) else 0.0
    at_end = (flat <= low + margin) | (flat >= high - margin)
    saturated = at_end.mean(axis=0) >= _ALWAYS
    dead = (np.ptp(flat, axis=0) == 0) & ~saturated
    return LayerFeatures(
        operation.name,
        flat.shape[1],
        tuple(np.flatnonzero(dead).tolist()),
        tuple(np.flatnonzero(saturated).tolist()),
    )


def _shown(features):
    """Returns what is drawn: the maps of the first sample, or samples by features."""
    if features.ndim == 4:
        return np.moveaxis(features[0], -1, 0)
    first = features[0] if features.ndim == 3 else features
    return first.reshape(1, -1, features.shape[-1])


def _events(report):
    rows = (
        (plain(f.layer), str(f.channels), str(len(f.dead)), str(len(f.saturated)))
        for f in report.layers
    )
    titles = ("layer", "channels", "dead", "saturated")
    yield text_event("feature_report/layers", table(titles, rows))
    for name, picture in report.pictures.items():
        yield image_event(f"features/{name}", pictures.png(picture), *picture.shape[:2])
    for layer in report.layers:
        yield scalar_event(f"dead_channels/{layer.layer}", len(layer.dead) / layer.channels)
