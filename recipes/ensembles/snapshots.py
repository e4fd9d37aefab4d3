"""`Snapshots`: the weights at the end of each cycle of the rate (guide row 67).

Each time that the rate has come down the network stands in a minimum of its own, and a mean of them
does better than the last one, for the time of one training (Huang et al. 2017, arXiv:1704.00109).
"""

import keras
import numpy as np

from recipes.ensembles.members import copy_model
from recipes.errors import ArgumentError, check_integer, describe

_RISE = 1e-3  # of the highest rate of a cycle; less is rounding


class Snapshots(keras.callbacks.Callback):
    """Keeps the weights before each step with which the rate rises again, and those of the end.

    It works with any rate that comes down and goes up again: `Recipe(schedule="cosine", cycles=5)`
    or `Recipe(schedule="cyclic")` of `fit`, with a budget too, and
    `make_schedule("cosine", …, cycles=5)` of a `model.fit`.

    Args:
        last: How many snapshots are kept, the latest ones; None for all.

    Attributes:
        weights: List of the snapshots, each a list of arrays as `Model.get_weights` gives them.

    Raises:
        ArgumentError: If `last` breaks its rule.

    Example:

        snapshots = Snapshots()
        recipe = Recipe.for_data(x, y, model=model).replace(cycles=5, epochs=60)
        fit(model, (x, y), recipe=recipe, callbacks=[snapshots])
        together = ensemble(snapshots.models)
    """

    def __init__(self, last=None):
        super().__init__()
        self._last = None if last is None else check_integer("Snapshots", "last", last, 1)
        self._restored = None
        self._forget()

    def _forget(self):
        self.weights = []
        self._high = self._low = 0.0  # of the rate, since it rose last

    @property
    def models(self):
        """The snapshots as Keras models, the earliest first; they are made when they are asked for.

        Raises:
            ArgumentError: If there is none.
        """
        if not self.weights:
            rule = "the callback must have seen a training to its end"
            hint = "A finished run in a folder is not trained again."
            raise ArgumentError(describe("Snapshots", rule, hint, snapshots=0))
        models = []
        for place, weights in enumerate(self.weights):
            models.append(copy_model(self.model, name=f"snapshot_{place}"))
            models[-1].set_weights(weights)
        return models

    def on_train_begin(self, logs=None):
        """Begins anew, or goes on from a state that was set."""
        state, self._restored = self._restored, None
        self._forget()
        if state is not None:
            self._high, self._low = state["rates"]
            size, flat = len(self.model.get_weights()), state["weights"]
            self.weights = [flat[start : start + size] for start in range(0, len(flat), size)]

    def on_train_batch_begin(self, batch, logs=None):
        """Keeps the weights if the rate has come down and rises with this step."""
        rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        least = _RISE * self._high
        rises, has_fallen = rate - self._low > least, self._high - self._low > least
        if rises and has_fallen:
            self._keep()
        if rises:
            self._high = self._low = rate
        self._low = min(self._low, rate)

    def on_train_end(self, logs=None):
        """Keeps the weights of the end."""
        self._keep()

    def _keep(self):
        self.weights.append([np.array(weight) for weight in self.model.get_weights()])
        self.weights = self.weights[-(self._last or len(self.weights)) :]

    def get_state(self):
        """Returns what another process needs to go on after the last epoch.

        Returns:
            Dict: "rates", a list of two numbers, and "weights", a list of NumPy arrays.
        """
        flat = [weight for snapshot in self.weights for weight in snapshot]
        return {"rates": [self._high, self._low], "weights": flat}

    def set_state(self, state):
        """Goes on from such a state in the next `fit`, in place of beginning anew."""
        self._restored = state
