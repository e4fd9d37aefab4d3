"""Which loss and which metrics fit a head and its labels."""

from recipes.training.losses.choose import Objective, choose_loss, is_cross_entropy
from recipes.training.losses.guess import guess_loss
from recipes.training.losses.heads import Head, read_head
from recipes.training.losses.tasks import TASKS, find_task

__all__ = [
    "TASKS",
    "Head",
    "Objective",
    "choose_loss",
    "find_task",
    "guess_loss",
    "is_cross_entropy",
    "read_head",
]
