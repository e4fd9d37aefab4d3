"""The training loss that the verdict looks at: in inference mode, without augmentation."""

import keras
import numpy as np

_MOST_SAMPLES = 500  # enough for a mean loss, and cheap beside an epoch


class VerdictLoss(keras.callbacks.Callback):
    """Adds `train_loss` to the logs of each epoch.

    `loss` is a mean over an epoch in which the weights change, on augmented images and with
    dropout: it cannot be compared with `val_loss`. `train_loss` can: it is measured after the
    epoch on a fixed part of the training data.

    Args:
        x: Array of shape (samples, …).
        y: Array of shape (samples, …).
        batch_size: Samples a step.
        seed: A whole number of at least 0; it fixes which samples are taken.
    """

    def __init__(self, x, y, *, batch_size, seed=0):
        super().__init__()
        count = min(len(x), _MOST_SAMPLES)
        chosen = np.random.default_rng(seed).choice(len(x), count, replace=False)
        self._data = (x[chosen], y[chosen])
        self._batch_size = batch_size

    def on_epoch_end(self, epoch, logs=None):
        """Measures the loss and puts it into the logs, where the history finds it."""
        results = self.model.evaluate(
            *self._data, batch_size=self._batch_size, verbose=0, return_dict=True
        )
        logs["train_loss"] = results["loss"]
