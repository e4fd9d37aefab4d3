"""What the corpus says of a model: which finding it must give."""

import dataclasses

import numpy as np

BATCH = np.zeros((2, 6), "float32")
ROWS = np.random.default_rng(0).random((8, 6), dtype="float32")


@dataclasses.dataclass(frozen=True)
class Case:
    """A builder of a model with one thing to find.

    Attributes:
        builder: A function without arguments that returns a model.
        code: The code of the finding.
        layer: Name of its layer.
        culprit: Its operation, or None where it has none.
        severity: "error", "warning" or "info".
        kind: "functional", "sequential", "subclassed" or "nested".
        data: A batch of inputs, a tuple (inputs, targets), or None.
        loss: A loss for `check_graph`, or None.
        layers: All layers of the finding, or None for `layer` alone.
        also: Codes of further findings above information that the fault brings with it.
    """

    builder: object
    code: str
    layer: str
    culprit: str | None = None
    severity: str = "error"
    kind: str = "functional"
    data: object = None
    loss: object = None
    layers: tuple | None = None
    also: tuple = ()

    def __str__(self):
        return f"{self.code}-{self.builder.__name__}"
