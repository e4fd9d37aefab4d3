"""Cross-entropy with label smoothing for labels that are whole numbers."""

import keras


@keras.saving.register_keras_serializable(package="recipes")
class SmoothedSparseCategoricalCrossentropy(keras.losses.Loss):
    """`keras.losses.CategoricalCrossentropy(label_smoothing=…)` for labels that are whole numbers.

    Keras smooths one-hot labels alone. Here they become one-hot a batch at a time, so that the
    labels of the data, and the metrics for them, stay whole numbers.

    Args:
        from_logits: Whether the outputs are logits, no probabilities.
        label_smoothing: Share of each target that is spread over all classes, in [0, 1] (Szegedy et
            al. 2015, arXiv:1512.00567). With share e and n classes the loss cannot fall below the
            entropy of (1 - e + e/n, e/n, …): 0.50 at e = 0.1 and n = 10.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Example:

        model.compile("adam", SmoothedSparseCategoricalCrossentropy(label_smoothing=0.1))
    """

    def __init__(
        self,
        from_logits=False,
        label_smoothing=0.0,
        reduction="sum_over_batch_size",
        name="smoothed_sparse_categorical_crossentropy",
        dtype=None,
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing

    def call(self, y_true, y_pred):
        """Returns the loss of each sample, step or pixel.

        Args:
            y_true: Whole numbers of shape (batch, …) or (batch, …, 1).
            y_pred: Outputs of shape (batch, …, classes).
        """
        if len(y_true.shape) == len(y_pred.shape):
            y_true = keras.ops.squeeze(y_true, -1)
        one_hot = keras.ops.one_hot(
            keras.ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype
        )
        return keras.losses.categorical_crossentropy(
            one_hot,
            y_pred,
            from_logits=self.from_logits,
            label_smoothing=self.label_smoothing,
        )

    def get_config(self):
        """Returns what a saved model needs to make the loss again."""
        own = {"from_logits": self.from_logits, "label_smoothing": self.label_smoothing}
        return {**super().get_config(), **own}
