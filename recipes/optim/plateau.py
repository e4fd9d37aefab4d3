"""`HalveOnPlateau`: a smaller rate when nothing gets better (guide rows 39, 54)."""

import keras

from recipes.errors import check_integer, check_range
from recipes.optim.monitored import is_better, sign_of, value_in
from recipes.optim.running_rate import current_rate, multiply_rate, open_rate


class HalveOnPlateau(keras.callbacks.Callback):
    """Multiplies the learning rate when the validation loss has stopped getting better.

    Beside a schedule, too, where `keras.callbacks.ReduceLROnPlateau` fails: there the whole rest of
    the schedule is multiplied. The rate of each epoch is in the logs as `learning_rate`.

    Args:
        monitor: Name of the value in the logs: "val_loss", "val_accuracy", "loss", …
        factor: What the rate is multiplied by, in (0, 1); the guide names 0.5 (row 39), and 0.1 and
            0.3 as well (row 54).
        patience: Epochs without an improvement before that, at least 1; then they count anew.
        mode: "min" or "max" is better; "auto" tells by the name.
        min_delta: An improvement is larger than this, in units of the value.

    Attributes:
        epochs: Numbers of the epochs, from 0, after which the rate was multiplied.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
        model.fit(x, y, validation_data=(x_val, y_val), callbacks=[HalveOnPlateau()])
    """

    def __init__(self, monitor="val_loss", *, factor=0.5, patience=3, mode="auto", min_delta=0.0):
        super().__init__()
        self.monitor = monitor
        self.factor = check_range("HalveOnPlateau", "factor", factor, 0, 0.9999, open_low=True)
        self.patience = check_integer("HalveOnPlateau", "patience", patience, 1)
        self.min_delta = check_range("HalveOnPlateau", "min_delta", min_delta, 0, 1e6)
        self._sign = sign_of("HalveOnPlateau", monitor, mode)
        self._restored = None
        self._begin()

    def _begin(self):
        self._best, self._wait, self.epochs = None, 0, []

    def on_train_begin(self, logs=None):
        """Begins anew, or goes on from a state that was set."""
        self._begin()
        variable = open_rate(self.model)
        if self._restored is not None:
            state, self._restored = self._restored, None
            self._best, self._wait, self.epochs = state["best"], state["wait"], state["epochs"]
            variable.assign(state["rate"])

    def on_epoch_end(self, epoch, logs=None):
        """Counts epochs without an improvement, and multiplies the rate after one too many."""
        value = value_in("HalveOnPlateau", logs, self.monitor)
        logs["learning_rate"] = current_rate(self.model)
        if value is None:
            return
        cost = self._sign * value
        if is_better(cost, self._best, self.min_delta):
            self._best, self._wait = cost, 0
            return
        self._wait += 1
        if self._wait >= self.patience:
            multiply_rate(self.model, self.factor)
            self._wait = 0
            self.epochs.append(epoch)

    def get_state(self):
        """Returns what another process needs to go on after the last epoch, as JSON can hold it."""
        return {
            "best": self._best,
            "wait": self._wait,
            "epochs": list(self.epochs),
            "rate": float(open_rate(self.model)),  # of a schedule: its factor
        }

    def set_state(self, state):
        """Goes on from such a state in the next `fit`, in place of beginning anew."""
        self._restored = {**state, "epochs": list(state["epochs"])}


def schedule_callbacks(name, *, factor=None, monitor="val_loss"):
    """Returns the callbacks that a schedule of `make_schedule` needs: one for "plateau".

    Args:
        name: One of the names that `make_schedule` takes.
        factor: What the rate is multiplied by on a plateau; None for 0.5.
        monitor: As in `HalveOnPlateau`.

    Returns:
        A list.
    """
    return [HalveOnPlateau(monitor, factor=factor or 0.5)] if name == "plateau" else []
