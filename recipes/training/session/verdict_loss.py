"""The losses that the verdict looks at: in inference mode, without augmentation or penalties."""

import math

import keras

from recipes.training.losses import choose_loss, is_cross_entropy
from recipes.training.session.compiling import has_plain_loss

_MOST_SAMPLES = 500  # enough for a mean loss, and cheap beside an epoch
_LEAST_BATCH = 125  # samples; operations are run one by one, and few of them cost less


class VerdictLoss(keras.callbacks.Callback):
    """Adds `train_loss` to the logs of each epoch, and perhaps `val_cross_entropy`.

    `loss` is a mean over an epoch in which the weights change, on augmented images and with
    dropout: it cannot be compared with `val_loss`. `train_loss` can: it is measured after the
    epoch on a fixed part of the training data.

    With label smoothing or penalties neither `loss` nor `val_loss` is the cross-entropy: smoothing
    of 0.1 over 10 classes alone keeps both above 0.5. There `train_loss` is the cross-entropy
    without them, and `val_cross_entropy` is that of a part of the validation data.

    Args:
        model: The compiled `keras.Model` that will be trained.
        train: A view of the training data.
        validation: A view of the validation data.
        batch_size: Samples a step.
        seed: A whole number of at least 0; it fixes which samples are taken.

    Attributes:
        steps: Batches that are looked at after each epoch.
    """

    def __init__(self, model, train, validation, *, batch_size, seed=0):
        super().__init__()
        self._batch_size = batch_size
        views = {"train_loss": train}
        if not has_plain_loss(model) and is_cross_entropy(model.loss):
            views["val_cross_entropy"] = validation
        self._data = {name: view.sample(_MOST_SAMPLES, seed) for name, view in views.items()}
        self.steps = sum(-(-_samples(x) // batch_size) for x, _ in self._data.values())

    def on_epoch_end(self, epoch, logs=None):
        """Measures the losses and puts them into the logs, where the history finds them."""
        for name, (x, y) in self._data.items():
            logs[name] = self._measure(x, y)

    def _measure(self, x, y):
        if is_cross_entropy(self.model.loss):
            size = max(self._batch_size, _LEAST_BATCH)
            return plain_cross_entropy(self.model, x, y, batch_size=size)
        options = {"batch_size": self._batch_size, "verbose": 0, "return_dict": True}
        return self.model.evaluate(x, y, **options)["loss"]


def _samples(x):
    return len(keras.tree.flatten(x)[0])


def plain_cross_entropy(model, x, y, *, batch_size):
    """Returns the mean cross-entropy of a model in inference mode, in nats.

    Args:
        model: A built `keras.Model` with one output: probabilities or logits.
        x: Array of shape (samples, …).
        y: Labels, as the model was trained on.
        batch_size: Samples a step.
    """
    loss, count = choose_loss(model, y).loss, len(y)
    total = 0.0
    for start in range(0, count, batch_size):
        chosen = slice(start, start + batch_size)
        part = keras.tree.map_structure(lambda array, chosen=chosen: array[chosen], x)
        outputs = keras.ops.cast(model(part, training=False), "float32")
        total += float(loss(y[chosen], outputs)) * len(y[chosen])
    return total / count if count else math.nan
