"""What happens after each epoch: its figures are kept, and all from which the training goes on."""

import keras
import numpy as np

from recipes.training.records.callback_state import read_callbacks, write_callbacks
from recipes.training.records.state import read_state


class EpochKeeper(keras.callbacks.Callback):
    """Keeps the curves, and with a folder the state of the training; the last of the callbacks.

    Args:
        watch: The `Stopwatch` of the run.
        kept: The `RunFolder`, or None.
        callbacks: The callbacks whose state goes on.
        clock: The `BudgetClock` or `Replay`, or None.
        loader: The `LoaderWatch`.

    Attributes:
        epochs: How many epochs are finished.
        history: Dict of lists, one value an epoch.
        learning_rates: The rate at the end of each epoch.
        stopped: Whether a callback ended the training.
    """

    def __init__(self, watch, kept, *, callbacks, clock, loader, epochs=0):
        super().__init__()
        self._watch, self._kept, self._callbacks = watch, kept, callbacks
        self._clock, self._loader = clock, loader
        self.epochs, self.history, self.learning_rates, self.stopped = epochs, {}, [], False
        self._restored = None

    def restore(self, values, arrays):
        """Puts all but the model where a state was written.

        Args:
            values: The first of the pair that `RunFolder.load_state` returns.
            arrays: The second.
        """
        for name in ("epochs", "history", "learning_rates", "stopped"):
            setattr(self, name, values[name])
        self._watch.set(values["seconds"])
        self._loader.waited, self._loader.stepped = values["loader"]
        if "clock" in values:
            self._clock.start, self._clock.tail = values["clock"]
            self._clock.rates = arrays["rates"].tolist()
        self._restored = (values["callbacks"], arrays)
        write_callbacks(self._callbacks, *self._restored, begun=False)

    def on_train_begin(self, logs=None):
        """Gives the callbacks their state; they have made themselves new just now."""
        if self._restored is not None:
            write_callbacks(self._callbacks, *self._restored, begun=True)

    def on_epoch_end(self, epoch, logs=None):
        """Keeps the epoch."""
        for name, value in (logs or {}).items():
            if np.ndim(value) == 0:
                self.history.setdefault(name, []).append(float(value))
        rate = keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)
        self.learning_rates.append(float(rate))
        self.epochs, self.stopped = epoch + 1, bool(self.model.stop_training)
        if self._kept is not None:
            self._kept.save_epoch(*self._state(), self.history)

    def _state(self):
        callbacks, arrays = read_callbacks(self._callbacks)
        names = ("epochs", "history", "learning_rates", "stopped")
        values = {name: getattr(self, name) for name in names} | {
            "seconds": self._watch.seconds(),
            "loader": [self._loader.waited, self._loader.stepped],
            "callbacks": callbacks,
        }
        arrays |= read_state(self.model)
        if hasattr(self._clock, "start"):
            values["clock"] = [self._clock.start, self._clock.tail]
            arrays["rates"] = np.array(self._clock.rates)
        return values, arrays
