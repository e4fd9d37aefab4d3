"""What `fit` returns."""

import dataclasses
from pathlib import Path

import keras
import numpy as np

from recipes.diagnosis.plot import plot_history
from recipes.errors import ArgumentError, describe
from recipes.training.losses import read_head
from recipes.training.recipe import Recipe
from recipes.training.samples import batches_in


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        model: The trained `keras.Model`: the one that was given, or that the builder made.
        history: Dict of lists, one value an epoch: `loss`, `accuracy`, `val_loss`, …, and
            `train_loss`, the loss on training data that can be compared with `val_loss` (or with
            `val_cross_entropy`, where smoothing or penalties are in `val_loss`).
        diagnosis: The `Diagnosis` of the curves; None without validation data, or where the loss is
            neither a cross-entropy nor an error of numbers such as "mse".
        recipe: The `Recipe` that was followed.
        seconds: Time of the training, in seconds.
        folder: `Path` of the record, None if none was asked for.
        learning_rates: The rate at the end of each epoch.
        loader_share: Share of a step in which the training waited for its data, from 0 to 1; None
            if it was not measured.
        size: Depth and width that a builder was called with, by name; None is the builder's own.
            Empty for a model that was given.
    """

    model: keras.Model
    history: dict
    diagnosis: object
    recipe: Recipe
    seconds: float
    folder: Path | None
    learning_rates: tuple = ()
    loader_share: float | None = None
    size: dict = dataclasses.field(default_factory=dict)

    def __repr__(self):
        """Returns what came of it; the dict of curves would fill pages."""
        last = [
            f"{name}={self.history[name][-1]:.4g}"
            for name in ("val_accuracy", "val_loss", "loss")
            if self.history.get(name)
        ]
        verdict = [f"verdict={self.diagnosis.verdict!r}"] if self.diagnosis else []
        folder = [f"folder={str(self.folder)!r}"] if self.folder else []
        epochs = f"epochs={len(self.history.get('loss', ()))}"
        parts = [*last, *verdict, epochs, f"seconds={self.seconds:.3g}", *folder]
        return f"Run({', '.join(parts)})"

    def predict(self, x, *, batch_size=None):
        """Returns the outputs of the model for some samples, in inference mode.

        Args:
            x: As in `keras.Model.predict`: array of shape (samples, …), for instance.
            batch_size: Samples a step, or None for Keras' 32.
        """
        return self.model.predict(x, batch_size=batch_size, verbose=0)

    def plot(self, output=None):
        """Draws the curves of the run, with its verdict (guide row 84).

        Args:
            output: As in `recipes.plot_history`.

        Returns:
            As `recipes.plot_history` does.
        """
        return plot_history(self.history, diagnosis=self.diagnosis, output=output)

    def confusion_matrix(self, x, y=None):
        """Returns how many samples of each class are taken for which class (scikit-learn's).

        Args:
            x: Array of shape (samples, …); or, with y=None, batches of pairs (x, y): a
                `tf.data.Dataset` that ends, or a `keras.utils.PyDataset`.
            y: The true classes: whole numbers of shape (samples,), or one-hot of shape
                (samples, classes).

        Returns:
            Array of shape (classes, classes): rows are true classes, columns predicted ones.

        Raises:
            ArgumentError: If the model does not tell classes of whole samples apart, or there are
                no true classes.
        """
        from sklearn.metrics import confusion_matrix

        outputs, y = self._outputs_and_targets(x, y)
        if outputs.ndim != 2:
            rule = "a confusion matrix needs one class for each sample"
            raise ArgumentError(describe("confusion_matrix", rule, outputs=outputs.shape))
        one_hot = y.ndim == 2 and y.shape[1] == outputs.shape[1] > 1
        true = y.argmax(axis=1) if one_hot else y.reshape(-1)
        if outputs.shape[1] == 1:
            predicted = (outputs[:, 0] > self._threshold()).astype(int)
        else:
            predicted = outputs.argmax(axis=1)
        return confusion_matrix(true, predicted, labels=range(max(outputs.shape[1], 2)))

    def _outputs_and_targets(self, x, y):
        """Returns what the model says of some samples, and what is true, as two arrays."""
        if y is not None:
            return self.predict(x), np.asarray(y)
        batches = batches_in(x)
        if batches is None:
            rule = "`x` must come with its `y`, or be batches of both"
            raise ArgumentError(describe("confusion_matrix", rule, x=type(x).__name__))
        pairs = [(self.model.predict_on_batch(x), np.asarray(y)) for x, y, *_ in batches]
        return tuple(np.concatenate(parts) for parts in zip(*pairs, strict=True))

    def _threshold(self):
        """Where one output changes its class: 0.5 of a probability, 0 of a logit."""
        return 0.0 if read_head(self.model).logits else 0.5
