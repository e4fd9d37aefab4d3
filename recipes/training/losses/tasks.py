"""What a model is trained for, told from its head and from its targets."""

import dataclasses

import numpy as np

from recipes.errors import check_one_of
from recipes.training.losses.heads import Head

TASKS = ("classification", "multi_label", "next_step", "mask", "image", "regression")
CLASSES = ("classification", "next_step", "mask")  # one class of several for each target
_BY_RANK = {1: "classification", 2: "next_step", 3: "mask"}  # by the axes of an output


@dataclasses.dataclass(frozen=True)
class Targets:
    """What there is to learn, as far as a loss needs to know it.

    Args:
        head: The `Head` of the model, or None where there is no model yet.
        shape: Shape of one sample of the targets.
        whole: Whether they are whole numbers, whatever their type.
        binary: Whether they are 0 and 1 alone.
        single: Whether each last axis sums up to 1, as one-hot does.
    """

    head: Head | None
    shape: tuple
    whole: bool
    binary: bool
    single: bool

    @property
    def dense(self):
        """Whether there is a target for each output, as one-hot labels have it."""
        if self.head is None:
            return len(self.shape) in (1, 3) and self.shape[-1] > 1
        same_axes = len(self.shape) == len(self.head.shape)
        return same_axes and self.shape[-1] == self.head.units > 1

    @property
    def indices(self):
        """Whether they are whole numbers that may name one class of each output."""
        return self.whole and not self.dense


def read_targets(y, head=None):
    """Returns what a loss needs to know of targets.

    Args:
        y: Array of shape (samples, …).
        head: The `Head` of the model, or None.
    """
    y = np.asarray(y)
    numeric = y.dtype.kind in "iubf"
    whole = numeric and (y.dtype.kind in "iub" or bool(np.all(y == np.floor(y))))
    binary = numeric and bool(np.all((y == 0) | (y == 1)))
    several = numeric and y.ndim > 1 and y.shape[-1] > 1
    single = several and bool(np.allclose(y.sum(-1), 1.0, atol=1e-4))
    return Targets(head, tuple(y.shape[1:]), whole, binary, single)


def find_task(y, head=None, *, task=None):
    """Returns what a model is trained for.

    Args:
        y: Targets of shape (samples, …).
        head: The `Head` of the model, or None: then the targets alone tell.
        task: The answer, where it is known; it is checked and returned.

    Returns:
        One of `TASKS`. "classification": one class of several for each sample. "multi_label":
        several at once. "next_step": a class for each step of a sequence. "mask": a class for each
        pixel. "image": numbers for each pixel. "regression": numbers.

    Raises:
        ArgumentError: If `task` is none of them.
    """
    if task is not None:
        return check_one_of("find_task", "task", task, TASKS)
    targets = read_targets(y, head)
    return _without_head(targets) if head is None else _with_head(targets, head)


def _with_head(targets, head):
    classes = _BY_RANK.get(len(head.shape), "regression")
    numbers = "image" if len(head.shape) == 3 else "regression"
    if head.activation == "softmax":
        return classes
    if head.activation not in ("sigmoid", "linear"):
        return numbers
    if head.units == 1:
        bounded = head.activation == "sigmoid" and targets.whole
        return classes if targets.binary or bounded else numbers
    if targets.dense:
        several = targets.binary and (head.activation == "sigmoid" or not targets.single)
        return "multi_label" if several else classes if targets.single else numbers
    return classes if targets.whole else numbers


def _without_head(targets):
    several = len(targets.shape) == 1 and targets.shape[0] > 1
    if len(targets.shape) >= 2:
        return "mask" if targets.whole else "image"
    if several and targets.binary:
        return "classification" if targets.single else "multi_label"
    return "classification" if targets.whole and not several else "regression"
