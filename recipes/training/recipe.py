"""The training recipe: frozen values, each with its reason and source (guide row 64)."""

import dataclasses

from recipes.errors import check_integer, check_one_of, check_range
from recipes.optim.optimizers import OPTIMIZERS, make_optimizer
from recipes.optim.schedules import SCHEDULES, make_schedule
from recipes.recommended import RECOMMENDED


def _recommended(name):
    return dataclasses.field(default=RECOMMENDED[name].value)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Args:
        optimizer: "momentum" or "adam" (guide row 37).
        learning_rate: Peak of the schedule, without a unit; the first value to tune (row 47).
        momentum: Share of the last step that is kept, in [0, 1).
        batch_size: Samples a step.
        weight_decay: Decay apart from the gradient, in [0, 1]; gamma, beta and bias are spared.
        schedule: "cosine" (row 48) or "constant".
        warmup: Share of the run in which the rate rises from 0 to its peak (row 50).
        shift: Largest random shift of training images, as a share of their side; 0 for none. Data
            that are no images are not shifted.
        epochs: Length of the run, in passes over the training data.

    Raises:
        ArgumentError: If a value breaks its rule.
    """

    optimizer: str = _recommended("optimizer")
    learning_rate: float = _recommended("learning_rate")
    momentum: float = _recommended("momentum")
    batch_size: int = _recommended("batch_size")
    weight_decay: float = _recommended("weight_decay")
    schedule: str = _recommended("schedule")
    warmup: float = _recommended("warmup")
    shift: float = _recommended("shift")
    epochs: int = _recommended("epochs")

    def __post_init__(self):
        check_one_of("Recipe", "optimizer", self.optimizer, OPTIMIZERS)
        check_one_of("Recipe", "schedule", self.schedule, SCHEDULES)
        check_range("Recipe", "learning_rate", self.learning_rate, 0, 100, open_low=True)
        check_range("Recipe", "momentum", self.momentum, 0, 0.9999)
        check_range("Recipe", "weight_decay", self.weight_decay, 0, 1)
        check_range("Recipe", "warmup", self.warmup, 0, 0.9)
        check_range("Recipe", "shift", self.shift, 0, 0.5)
        check_integer("Recipe", "batch_size", self.batch_size, 1)
        check_integer("Recipe", "epochs", self.epochs, 1)

    def replace(self, **changes):
        """Returns a recipe with other values."""
        return dataclasses.replace(self, **changes)

    def to_dict(self):
        """Returns the values by name, as JSON can hold them."""
        return dataclasses.asdict(self)

    def explain(self):
        """Returns the values as text, one a line: the value, its reason, its source."""
        return "\n".join(map(self._explain_value, self.to_dict().items()))

    def _explain_value(self, item):
        name, value = item
        recommended = RECOMMENDED[name]
        shown = f"{value:.4g}" if isinstance(value, float) else value
        if value != recommended.value:
            return f"{name} = {shown}: chosen in place of {recommended.value}."
        return f"{name} = {shown}: {recommended.reason} ({recommended.source})"

    def make_optimizer(self, steps_per_epoch):
        """Returns the Keras optimiser, its schedule as long as the run.

        Args:
            steps_per_epoch: Batches in one pass over the training data.
        """
        rate = make_schedule(
            self.schedule, self.learning_rate, self.epochs * steps_per_epoch, warmup=self.warmup
        )
        return make_optimizer(
            self.optimizer, rate, momentum=self.momentum, weight_decay=self.weight_decay
        )
