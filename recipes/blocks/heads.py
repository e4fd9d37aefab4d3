"""Heads: from feature maps to the output of the model."""

from keras import layers

from recipes.blocks.initializers import make_initializer
from recipes.seeds import derive_seed


def classification_head(x, num_classes, *, dropout=0.0, classifier_activation="softmax", seed=None):
    """Global average pooling, dropout, one dense layer (guide rows 26, 31).

    Dropout stands behind the last batch normalization: before one it would shift the variance
    that the normalization has learned (Li et al. 2018, arXiv:1801.05134).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        num_classes: Number of outputs.
        dropout: Share of the features that are dropped in training, in [0, 1).
        classifier_activation: Keras activation of the output, or None for logits.
        seed: A whole number of at least 0, or None.

    Returns:
        Keras tensor of shape (batch, num_classes), always in float32.
    """
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    if dropout:
        x = layers.Dropout(dropout, seed=derive_seed(seed, "dropout"), name="dropout")(x)
    return layers.Dense(
        num_classes,
        activation=classifier_activation,
        kernel_initializer=make_initializer("xavier", derive_seed(seed, "predictions")),
        dtype="float32",
        name="predictions",
    )(x)
