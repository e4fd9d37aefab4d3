"""`NaNGuard`: back to the last good weights, and on with smaller steps (guide row 49)."""

import contextlib
import math
import warnings

import keras
import numpy as np
from keras import ops

from recipes import keras_compat
from recipes.errors import DivergedError, check_integer, check_range, describe
from recipes.graph.ownership import by_layer, layer_names
from recipes.inputs import make_batch, own_specs
from recipes.optim.running_rate import current_rate, multiply_rate, open_rate

_EXPLODED = 1_000  # times the first loss
_NOT_RESTORED = ("iteration", "learning_rate")  # a schedule goes on, a smaller rate stays


class NaNGuard(keras.callbacks.Callback):
    """Mends a training that comes to NaN or infinity.

    The weights, the statistics of batch normalization and the optimiser's memory are kept as they
    were when each epoch began, unless the loss was a thousand times the first one. When the loss of
    a batch or a weight is no longer finite, they are put back, the learning rate is multiplied by
    `factor` for the rest of the training (a schedule, too, which goes on where it is), and the
    training goes on with the next batch. If that happens again before an epoch has ended, the
    weights of the epoch before are taken. A warning names the first layer that broke.

    To find it, the weights before each step are kept as well: with these a batch goes forward once
    more, layer by layer. It costs the memory of the weights twice, beside the model.

    Args:
        factor: What the rate is multiplied by, in (0, 1).
        retries: How often, at most; then the training ends with a `DivergedError`.
        data: A batch of inputs to look for the layer with; None makes one up by the shapes of the
            model's inputs.

    Attributes:
        recoveries: List of dicts, one each time: "epoch" and "batch", from 0 (the batch is None at
            the end of an epoch), "layer" (a name, or None if the outputs of all are finite) and
            "learning_rate", the new one.

    Raises:
        ArgumentError: If an argument breaks its rule.
        DivergedError: When the training begins with broken weights, or there are no retries left.
            The model then has its last good weights.

    Example:

        model.fit(x, y, callbacks=[NaNGuard()])
    """

    def __init__(self, *, factor=0.1, retries=3, data=None):
        super().__init__()
        self.factor = check_range("NaNGuard", "factor", factor, 0, 0.9999, open_low=True)
        self.retries = check_integer("NaNGuard", "retries", retries, 0)
        self._data = data
        self._restored = None
        self.recoveries = []

    def on_train_begin(self, logs=None):
        """Begins anew, or goes on from a state that was set."""
        state, self._restored = self._restored, None
        self.recoveries = list(state["recoveries"]) if state else []
        if state:
            open_rate(self.model).assign(state["rate"])
        self._good = []  # of this epoch and of the one before, the newest last
        self._failed = False  # whether the newest was tried already
        self._before = None
        self._first_loss = self._last_loss = None
        if self.model.built and not self.model.optimizer.built:
            self.model.optimizer.build(self.model.trainable_variables)

    def on_epoch_begin(self, epoch, logs=None):
        """Keeps the weights if they are good, and mends them if not."""
        self._epoch, self._finite_batches = epoch, 0
        self._before = None
        if self._is_broken():
            self._recover(None)
        if self.model.built and not self._explodes():
            self._keep()

    def on_train_batch_begin(self, batch, logs=None):
        """Keeps the weights before the step."""
        self._before = [ops.copy(variable) for variable in self.model.weights]

    def on_train_batch_end(self, batch, logs=None):
        """Mends the weights if the loss is not finite."""
        if math.isfinite(logs["loss"]):
            self._finite_batches += 1
            self._last_loss = logs["loss"]
            if self._first_loss is None:
                self._first_loss = self._last_loss
            if not self._good:  # the weights were made by the first batch
                self._keep()
            return
        self._recover(batch)
        self._finite_batches = 0
        self.model.reset_metrics()  # their means hold the NaN

    def on_epoch_end(self, epoch, logs=None):
        """Mends the weights if one is not finite: the loss of the last step came before it."""
        if self._is_broken():
            self._recover(None)
        if not self._finite_batches:  # nothing was measured since
            logs.update({name: math.nan for name in logs if not name.startswith("val_")})

    def get_state(self):
        """Returns what another process needs to go on after the last epoch, as JSON can hold it."""
        return {"recoveries": list(self.recoveries), "rate": float(open_rate(self.model))}

    def set_state(self, state):
        """Goes on from such a state in the next `fit`, in place of beginning anew."""
        self._restored = state

    def _variables(self):
        """What is put back: all but the numbers that a training must not repeat."""
        slots = [v for v in self.model.optimizer.variables if v.name not in _NOT_RESTORED]
        return [*self.model.weights, *slots]

    def _keep(self):
        state = [np.array(ops.convert_to_numpy(variable)) for variable in self._variables()]
        self._good, self._failed = [*self._good[-1:], state], False

    def _explodes(self):
        """Whether the loss is on its way to infinity: such weights are finite, and no good."""
        if self._first_loss is None:
            return False
        return self._last_loss > _EXPLODED * max(abs(self._first_loss), 1.0)

    def _is_broken(self):
        return not all(map(_is_finite, self._variables()))

    def _recover(self, batch):
        """Puts the last good weights back and lowers the rate, or gives up."""
        layer = self._first_bad_layer()
        if self._good:
            if self._failed:
                self._good = self._good[:1]
            for variable, value in zip(self._variables(), self._good[-1], strict=True):
                variable.assign(value)
        if not self._good or len(self.recoveries) >= self.retries:
            raise DivergedError(self._said(batch, layer, _LAST_HINT), layer)
        self._failed = True
        multiply_rate(self.model, self.factor)
        rate = current_rate(self.model)
        self.recoveries.append(
            {"epoch": self._epoch, "batch": batch, "layer": layer, "learning_rate": rate}
        )
        hint = f"The last good weights are back, and the learning rate is {rate:.3g} from here on."
        warnings.warn(self._said(batch, layer, hint), stacklevel=2)

    def _said(self, batch, layer, hint):
        rule = "loss and weights must stay finite"
        received = {"epoch": self._epoch, "batch": batch, "first_bad_layer": layer}
        if layer is None:
            hint += " No layer is the cause: look at the data, the targets and the loss."
        return describe("NaNGuard", rule, hint, **received, recoveries=len(self.recoveries))

    def _first_bad_layer(self):
        """Returns the name of the first layer that broke, or None.

        It has a weight that is not finite before the step; or it makes an output that is not, or
        whose square is not, out of the weights before the step; or some layers alone have such a
        weight after the step (a loss that is not finite breaks all of them).
        """
        after = self._bad_owners()
        if not self._before:
            return next(iter(after), None)
        for variable, value in zip(self.model.weights, self._before, strict=True):
            variable.assign(value)
        before = self._bad_owners()
        if before:
            return before[0]
        alone = len(after) < len(by_layer(self.model, self.model.weights))
        return self._first_bad_output() or (after[0] if after and alone else None)

    def _bad_owners(self):
        bad = [variable for variable in self.model.weights if not _is_finite(variable)]
        return list(by_layer(self.model, bad))

    def _first_bad_output(self):
        with contextlib.suppress(Exception):  # a batch that was made up may not fit the model
            batch = self._data
            batch = make_batch(own_specs(self.model)) if batch is None else batch
            layer = keras_compat.first_output(self.model, batch, lambda out: not _is_small(out))
            return layer and layer_names(self.model).get(id(layer), layer.name)
        return None


_LAST_HINT = (
    "The model has its last good weights again. Lower the learning rate, or clip the gradients."
)


def _is_finite(values):
    """Whether a variable or tensor has neither NaN nor infinity."""
    if not keras.backend.is_float_dtype(keras.backend.standardize_dtype(values.dtype)):
        return True
    return bool(ops.all(ops.isfinite(values)))


def _is_small(values):
    """Whether a tensor and its square are finite: a squared error overflows before its layer."""
    return _is_finite(values) and _is_finite(ops.square(values))
