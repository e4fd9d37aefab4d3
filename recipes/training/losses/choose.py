"""The loss and the metrics that fit a head and its labels."""

import dataclasses

import keras

from recipes.errors import ArgumentError, check_range, describe
from recipes.optim.smoothed_loss import SmoothedSparseCategoricalCrossentropy
from recipes.training.losses.heads import PROBABILITIES, read_head
from recipes.training.losses.tasks import CLASSES, find_task, read_targets


@dataclasses.dataclass(frozen=True)
class Objective:
    """What a model is compiled with.

    Args:
        task: What it is trained for: one of `recipes.training.losses.tasks.TASKS`.
        loss: A `keras.losses.Loss`.
        metrics: Tuple of `keras.metrics.Metric`s, each used by one model alone.
    """

    task: str
    loss: keras.losses.Loss
    metrics: tuple


def choose_loss(model, y, *, task=None, label_smoothing=0.0):
    """Returns the loss and the metrics that fit the head of a model and its labels.

    Classes ("classification", "next_step", "mask"): categorical cross-entropy for whole numbers or
    one-hot, or binary cross-entropy for one sigmoid or logit; accuracy, and mean_iou for masks.
    "multi_label": binary cross-entropy for each output; accuracy and auc. "regression", "image":
    mean squared error; mae.

    Args:
        model: A functional or sequential `keras.Model` with one output.
        y: Targets of shape (samples, …); some of them are enough.
        task: One of `recipes.training.losses.tasks.TASKS`; None tells it from head and labels.
        label_smoothing: Share of each target that is spread over all classes, in [0, 1). Targets
            that are numbers are left as they are.

    Returns:
        An `Objective`.

    Raises:
        ArgumentError: If the model has no such head, or an argument breaks its rule.

    Example:

        objective = choose_loss(model, y, label_smoothing=0.1)
        model.compile("adam", objective.loss, metrics=list(objective.metrics))
    """
    smoothing = check_range("choose_loss", "label_smoothing", label_smoothing, 0, 0.99)
    head = read_head(model)
    if head is None:
        rule = "`model` must be functional or sequential, with one output (batch, …, units)"
        hint = "Compile it with a loss of your own; `fit` then keeps that."
        raise ArgumentError(describe("choose_loss", rule, hint, model=model.name))
    task = find_task(y, head, task=task)
    targets = read_targets(y, head)
    if task not in (*CLASSES, "multi_label"):
        return Objective(task, keras.losses.MeanSquaredError(), (_mean_absolute_error(),))
    make = _classes if task in CLASSES and head.units > 1 else _yes_or_no
    loss, metrics = make(head, targets, smoothing)
    if task == "multi_label":
        metrics.append(_auc(head))
    if task == "mask":
        metrics.append(_mean_iou(head, targets))
    return Objective(task, loss, tuple(metrics))


def is_cross_entropy(loss):
    """Whether a loss, or its name, is a cross-entropy."""
    return "crossentropy" in loss_name(loss)


def loss_name(loss):
    """Returns the name of a loss in small letters without signs, such as "meansquarederror"."""
    return shown_name(loss).replace("_", "").lower()


def shown_name(loss):
    """Returns the name of a loss, or of its function, as Keras writes it."""
    known = getattr(loss, "name", None) or getattr(loss, "__name__", None)
    return loss if isinstance(loss, str) else str(known or type(loss).__name__)


def _classes(head, targets, smoothing):
    """One class of several."""
    logits = head.activation not in PROBABILITIES
    if targets.dense:
        loss = keras.losses.CategoricalCrossentropy(logits, label_smoothing=smoothing)
        return loss, [keras.metrics.CategoricalAccuracy("accuracy")]
    if smoothing:
        loss = SmoothedSparseCategoricalCrossentropy(logits, smoothing)
    else:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    return loss, [keras.metrics.SparseCategoricalAccuracy("accuracy")]


def _yes_or_no(head, targets, smoothing):
    """Yes or no for each output. Keras would compare logits with 0.5, not with 0."""
    logits = head.activation not in PROBABILITIES
    loss = keras.losses.BinaryCrossentropy(logits, label_smoothing=smoothing)
    return loss, [keras.metrics.BinaryAccuracy("accuracy", threshold=_middle(head))]


def _middle(head):
    return 0.5 if head.activation in PROBABILITIES else 0.0


def _mean_absolute_error():
    return keras.metrics.MeanAbsoluteError("mae")


def _auc(head):
    """The area under the ROC curve, its mean over the labels."""
    logits = head.activation not in PROBABILITIES
    return keras.metrics.AUC(
        multi_label=True, num_labels=head.units, from_logits=logits, name="auc"
    )


def _mean_iou(head, targets):
    """The intersection of prediction and mask over their union, its mean over the classes."""
    if head.units == 1:
        return keras.metrics.BinaryIoU((0, 1), threshold=_middle(head), name="mean_iou")
    return keras.metrics.MeanIoU(
        head.units, sparse_y_true=not targets.dense, sparse_y_pred=False, name="mean_iou"
    )
