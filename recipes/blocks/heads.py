"""Heads: from features to the output of the model, always in float32."""

from keras import layers

from recipes.blocks.initializers import make_initializer
from recipes.blocks.style import Style
from recipes.seeds import derive_seed

_POOLINGS = {  # by the number of axes, that of the batch included
    3: layers.GlobalAveragePooling1D,
    4: layers.GlobalAveragePooling2D,
    5: layers.GlobalAveragePooling3D,
}


def classification_head(
    x,
    num_classes,
    *,
    dropout=0.0,
    classifier_activation="softmax",
    style=Style(),
    name="predictions",
):
    """Global average pooling, dropout, one dense layer (guide rows 26, 31).

    Dropout stands behind the last batch normalization: before one it would shift the variance
    that the normalization has learned (Li et al. 2018, arXiv:1801.05134).

    Args:
        x: Keras tensor of shape (batch, …, channels); (batch, features) needs no pooling.
        num_classes: Number of outputs.
        dropout: Share of the features that are dropped in training, in [0, 1).
        classifier_activation: "softmax" for one class of several, "sigmoid" for two classes or
            several labels at once, None for logits.
        style: The `Style` of the model.
        name: Name of the last layer.

    Returns:
        Keras tensor of shape (batch, num_classes), in float32.
    """
    if len(x.shape) > 2:
        x = _POOLINGS[len(x.shape)](name="pool" if name == "predictions" else f"{name}_pool")(x)
    return prediction_head(
        x,
        num_classes,
        dropout=dropout,
        classifier_activation=classifier_activation,
        style=style,
        name=name,
    )


def regression_head(x, num_outputs, *, dropout=0.0, style=Style(), name="predictions"):
    """Global average pooling, dropout, one dense layer whose outputs are numbers of any size.

    Args:
        x: Keras tensor of shape (batch, height, width, channels) or (batch, features).
        num_outputs: Number of outputs.
        dropout: Share of the features that are dropped in training, in [0, 1).
        style: The `Style` of the model.
        name: Name of the last layer.

    Returns:
        Keras tensor of shape (batch, num_outputs), in float32.
    """
    return classification_head(
        x, num_outputs, dropout=dropout, classifier_activation=None, style=style, name=name
    )


def prediction_head(
    x,
    num_classes,
    *,
    dropout=0.0,
    classifier_activation="softmax",
    style=Style(),
    name="predictions",
):
    """An output at each position: at each pixel, at each step, or of a vector.

    Args:
        x: Keras tensor of shape (batch, …, channels).
        num_classes: Number of outputs of each position.
        dropout: Share of the features that are dropped in training, in [0, 1).
        classifier_activation: As in `classification_head`; None for numbers too.
        style: The `Style` of the model.
        name: Name of the last layer.

    Returns:
        Keras tensor of shape (batch, …, num_classes), in float32.
    """
    if dropout:
        own = "dropout" if name == "predictions" else f"{name}_dropout"
        x = layers.Dropout(dropout, seed=derive_seed(style.seed, own), name=own)(x)
    # Xavier, whatever the style: the output is linear, or close to it where it starts.
    xavier = make_initializer("xavier", derive_seed(style.seed, name))
    options = {
        "activation": classifier_activation,
        "kernel_initializer": "zeros" if style.fixup else xavier,
        "kernel_regularizer": style.penalty(),
        "dtype": "float32",
        "name": name,
    }
    if len(x.shape) == 4:
        return layers.Conv2D(num_classes, 1, **options)(x)
    return layers.Dense(num_classes, **options)(x)
