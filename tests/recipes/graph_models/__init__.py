"""The corpus of the graph check: broken models with what must be found, and healthy ones."""

from graph_models import papers
from graph_models.case import BATCH, ROWS
from graph_models.connected import CASES as CONNECTED
from graph_models.connected import dead_branch, dead_chain, unused_input, weightless_dead_end
from graph_models.cuts import CASES as CUTS
from graph_models.cuts import Subclassed, forgotten_weight, stopped_chain, stopped_gradient
from graph_models.healthy import HEALTHY as ORDINARY
from graph_models.healthy import (
    KEPT,
    bidirectional,
    dict_inputs,
    dropout_and_noise,
    masked_lstm,
    nested_model,
    several_outputs,
    siamese,
    strings,
    truncated_backbone,
)
from graph_models.hidden import CASES as HIDDEN
from graph_models.losses import CASES as LOSSES
from graph_models.numbers import CASES as NUMBERS

__all__ = [  # what other tests, and commands that are tested, take from here
    "BATCH",
    "FAULTS",
    "HEALTHY",
    "KEPT",
    "ROWS",
    "Subclassed",
    "bidirectional",
    "dead_branch",
    "dead_chain",
    "dict_inputs",
    "dropout_and_noise",
    "fails",
    "forgotten_weight",
    "masked_lstm",
    "nested_model",
    "several_outputs",
    "siamese",
    "stopped_chain",
    "stopped_gradient",
    "strings",
    "truncated_backbone",
    "unused_input",
    "weightless_dead_end",
]

FAULTS = [*CONNECTED, *CUTS, *HIDDEN, *LOSSES, *NUMBERS, *papers.CASES]
HEALTHY = ORDINARY | papers.HEALTHY


def fails():
    raise RuntimeError("on purpose")
