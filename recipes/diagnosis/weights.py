"""What the weights of a trained model look like: pictures, smoothness, dead units (row 55)."""

import dataclasses
import math

import keras
import numpy as np

from recipes.diagnosis import pictures
from recipes.diagnosis.checklist import checklist
from recipes.diagnosis.gradients import kernel_gradients
from recipes.diagnosis.kernels import kernels_of, shown, smoothness
from recipes.diagnosis.written import WrittenReport
from recipes.errors import ArgumentError, describe
from recipes.summaries import image_event, plain, scalar_event, table, text_event


@dataclasses.dataclass(frozen=True)
class LayerWeights:
    """The weights of one layer.

    Attributes:
        layer: Name of the layer.
        weight: Name of the weight, such as "kernel".
        shape: Its shape.
        smoothness: 1 for filters of one value, about 0 for random numbers; None where neighbours
            mean nothing (see `recipes.diagnosis.kernels.smoothness`).
        random: The smoothness that random numbers stay under, or None.
        dead_share: Share of the units whose weights are all zero or, with data, get no gradient.
        gradient_norm: Root mean square of the gradient of the loss by the weights; None without
            data.
    """

    layer: str
    weight: str
    shape: tuple
    smoothness: float | None
    random: float | None
    dead_share: float
    gradient_norm: float | None

    @property
    def is_smooth(self):
        """Whether the filters are smoother than random ones; None where that is not known."""
        return None if self.smoothness is None else self.smoothness > self.random


@dataclasses.dataclass(frozen=True)
class WeightReport(WrittenReport):
    """What the weights of a model look like.

    Attributes:
        name: Name of the model.
        layers: Tuple of `LayerWeights`, in the order of the model.
        checklist: Tuple of `Check`s.
        pictures: Dict from "layer/weight" to a picture: array of bytes (height, width, 3).
    """

    name: str
    layers: tuple
    checklist: tuple
    pictures: dict = dataclasses.field(repr=False)

    made_by = "weight_report"

    @property
    def ok(self):
        """Whether no question of the checklist has a bad answer."""
        return all(check.ok is not False for check in self.checklist)

    def to_dict(self):
        """Returns all but the pictures, as JSON can hold it."""
        return {
            "model": self.name,
            "layers": [dataclasses.asdict(layer) for layer in self.layers],
            "checklist": [dataclasses.asdict(check) for check in self.checklist],
        }

    def events(self):
        """Yields figures, checklist and pictures as events for TensorBoard."""
        return _events(self)

    def __str__(self):
        rows = [_cells(layer) for layer in self.layers]
        widths = [max(map(len, column)) for column in zip(_TITLES, *rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in (_TITLES, *rows)
        ]
        return "\n".join([*lines, "", *map(str, self.checklist)])


def weight_report(model, data=None, *, loss=None, png=None, logdir=None):
    """Looks at the weights of a model after its training (guide row 55).

    Filters that are not smooth ask for a look at the data, their preprocessing, the structure, or
    the learning rate. Nothing of the model changes.

    Args:
        model: A built `keras.Model`.
        data: Pair (x, y), one batch with its targets, for the gradients; or None.
        loss: A loss as `compile` takes it, for a model that is not compiled.
        png: Path of a .png file with the pictures, or None.
        logdir: Folder for TensorBoard, or None.

    Returns:
        A `WeightReport`.

    Raises:
        ArgumentError: If the model has no kernels, or `data` does not fit its loss.
        FolderError: If a file cannot be written.

    Example:

        print(weight_report(run.model, (x[:64], y[:64]), png="weights.png"))
    """
    kernels = kernels_of(_built(model))
    if not kernels:
        rule = "the model must have a dense, convolutional or recurrent layer"
        raise ArgumentError(describe("weight_report", rule, model=model.name))
    gradients = [None] * len(kernels)
    if data is not None:
        gradients = kernel_gradients("weight_report", model, kernels, data, loss)
    rows = tuple(_look(*pair, data is not None) for pair in zip(kernels, gradients, strict=True))
    shots = {f"{k.layer}/{k.variable.name}": pictures.tile(shown(k)) for k in kernels}
    report = WeightReport(model.name, rows, tuple(checklist(model, rows)), shots)
    return report.write(png=png, logdir=logdir)


def _built(model):
    if isinstance(model, keras.Model) and model.built:
        return model
    rule = "`model` must be a Keras model that is built"
    raise ArgumentError(describe("weight_report", rule, model=type(model).__name__))


def _look(kernel, gradient, measured):
    """Returns the figures of one kernel."""
    smooth, random = (math.nan, math.nan) if kernel.images is None else smoothness(kernel.images)
    dead = kernel.dead_units()
    if gradient is not None and gradient.shape[-1] == kernel.units:
        dead = dead | ~gradient.reshape(-1, kernel.units).any(axis=0)
    norm = None
    if measured:
        norm = 0.0 if gradient is None else float(np.sqrt(np.mean(np.square(gradient, dtype="f8"))))
    return LayerWeights(
        layer=kernel.layer,
        weight=kernel.variable.name,
        shape=tuple(kernel.variable.shape),
        smoothness=None if math.isnan(smooth) else round(smooth, 4),
        random=None if math.isnan(smooth) else round(random, 4),
        dead_share=float(dead.mean()),
        gradient_norm=norm,
    )


# --- how it is shown ------------------------------------------------------------------------------

_TITLES = ("layer", "weight", "shape", "smoothness", "dead", "gradient")


def _cells(row):
    """Returns a layer as the cells of a table."""
    smooth = "" if row.smoothness is None else f"{row.smoothness:.2f} (random < {row.random:.2f})"
    norm = "" if row.gradient_norm is None else f"{row.gradient_norm:.1e}"
    shape = "×".join(map(str, row.shape))
    return row.layer, row.weight, shape, smooth, f"{row.dead_share:.0%}", norm


def _events(report):
    rows = ([plain(cell) for cell in _cells(layer)] for layer in report.layers)
    yield text_event("weight_report/layers", table(_TITLES, rows))
    yield text_event("weight_report/checklist", "\n".join(f"- {c}" for c in report.checklist))
    for name, picture in report.pictures.items():
        yield image_event(f"weights/{name}", pictures.png(picture), *picture.shape[:2])
    for row in report.layers:
        for kind in ("smoothness", "dead_share", "gradient_norm"):
            value = getattr(row, kind)
            if value is not None:
                yield scalar_event(f"{kind}/{row.layer}/{row.weight}", value)
