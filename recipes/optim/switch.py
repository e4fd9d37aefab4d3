"""`SwitchOptimizer`: first an adaptive optimiser, gradient descent at the end (guide row 40)."""

import keras

from recipes import keras_compat
from recipes.errors import ArgumentError, describe
from recipes.optim.monitored import sign_of, value_in
from recipes.optim.optimizers import make_optimizer

_RATE = 0.01  # the smaller of the two rates to begin with (guide row 53): the weights are good


def nearly_converged(costs, *, patience=3, share=0.05):
    """Whether the last epochs have brought little of what all epochs have brought.

    What counts is the best cost so far, so that noise is no progress, and its share of the whole
    fall, so that neither unit nor floor of the cost matters. A curve that has not begun to fall
    (guide row 14) is not near convergence.

    Args:
        costs: The cost of each epoch, smaller is better.
        patience: Number of the last epochs that are looked at.
        share: Of the whole fall, what these epochs must stay under.

    Returns:
        True or False.

    Example:

        nearly_converged([2.0, 1.0, 0.6, 0.5, 0.5, 0.49, 0.49])  # 0.01 of 1.51: True
    """
    if len(costs) <= patience + 1:
        return False
    before, now = min(costs[:-patience]), min(costs)
    whole = costs[0] - now
    return whole > 0 and before - now < share * whole


class SwitchOptimizer(keras.callbacks.Callback):
    """Gives a model another optimiser when it has nearly converged; its weights stay as they are.

    The default follows the guide: an adaptive optimiser first, then gradient descent with momentum,
    which may end a little better (Keskar & Socher 2017, arXiv:1712.07628).

    Args:
        optimizer: The `keras.optimizers.Optimizer` that takes over. None: momentum 0.9 at 0.01,
            with the weight decay and the clipping of the former one.
        monitor: Name of the value in the logs by which convergence is told.
        mode: "min" or "max" is better; "auto" tells by the name.
        trigger: A function of the costs of all epochs so far (the values; times -1 if more is
            better), which says when to switch.

    Attributes:
        epoch: Number of the epoch, from 0, after which the optimiser was switched; None before.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit(x, y, epochs=50, callbacks=[SwitchOptimizer()])
    """

    def __init__(self, optimizer=None, *, monitor="loss", mode="auto", trigger=nearly_converged):
        super().__init__()
        if optimizer is not None and not isinstance(optimizer, keras.optimizers.Optimizer):
            rule = "`optimizer` must be a Keras optimiser"
            raise ArgumentError(describe("SwitchOptimizer", rule, optimizer=optimizer))
        if not callable(trigger):
            rule = "`trigger` must be a function of the costs so far"
            raise ArgumentError(describe("SwitchOptimizer", rule, trigger=trigger))
        self.optimizer = optimizer
        self.monitor = monitor
        self.trigger = trigger
        self._new = None
        self._sign = sign_of("SwitchOptimizer", monitor, mode)
        self._costs, self.epoch, self._goes_on = [], None, False

    def on_train_begin(self, logs=None):
        """Begins anew, or goes on from a state that was set, with the optimiser of then."""
        if not self._goes_on:
            self._costs, self.epoch = [], None
        elif self.epoch is not None:
            self._switch()
        self._goes_on = False

    def on_epoch_end(self, epoch, logs=None):
        """Looks whether the model has nearly converged, and switches once."""
        value = value_in("SwitchOptimizer", logs, self.monitor)
        if self.epoch is not None or value is None:
            return
        self._costs.append(self._sign * value)
        if self.trigger(self._costs):
            self.epoch = epoch
            self._switch()

    def _switch(self):
        """Puts the new optimiser in the place of the old one, and has the step traced anew."""
        old = self.model.optimizer
        inner = keras_compat.inner_optimizer(old)
        if inner is self._new:
            return
        self._new = self.optimizer or _successor(inner)
        scaled = inner is not old  # 16-bit training scales the loss
        optimizer = keras.optimizers.LossScaleOptimizer(self._new) if scaled else self._new
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        self.model.optimizer = optimizer
        self.model.make_train_function(force=True)

    def get_state(self):
        """Returns what another process needs to go on after the last epoch, as JSON can hold it."""
        return {"epoch": self.epoch, "costs": list(self._costs)}

    def set_state(self, state):
        """Goes on from such a state in the next `fit`, in place of beginning anew.

        The optimiser is switched when that begins, or at once if the callback has its model
        (`set_model`): what was saved of the new optimiser can then be put back.
        """
        self._costs, self.epoch, self._goes_on = list(state["costs"]), state["epoch"], True
        if self.model is not None and self.epoch is not None:
            self._switch()


def _successor(old):
    """Momentum with the decay and the clipping of the former optimiser."""
    return make_optimizer(
        "momentum", _RATE, weight_decay=old.weight_decay or 0.0, clip_norm=old.global_clipnorm
    )
