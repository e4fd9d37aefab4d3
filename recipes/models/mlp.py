"""Multilayer perceptrons: for samples that are vectors of features."""

import keras
from keras import layers

from recipes.blocks.dense import dense_bn_act
from recipes.blocks.heads import classification_head
from recipes.errors import check_integer
from recipes.models.options import check_options, check_scaled, check_vector_shape

_TASKS = {"classification": "batch", "regression": "batch"}


def build_mlp(
    input_shape,
    num_classes,
    *,
    depth=2,
    units=256,
    width=1.0,
    task="classification",
    activation="relu",
    initializer=None,
    norm="batch",
    dropout=0.0,
    regularize=0,
    classifier_activation="softmax",
    custom=False,
    seed=None,
    name="mlp",
):
    """Dense layers, each with norm and activation.

    Args:
        input_shape: Shape of one sample, such as (30,) for 30 features; more axes are flattened.
        num_classes: Number of classes, or of outputs with task="regression". 1 class gives one
            sigmoid output, for two classes.
        depth: Number of hidden layers.
        units: Number of features of each hidden layer.
        width: Factor on the units.
        task: "classification", or "regression" for outputs that are numbers of any size.
        activation: "relu", "swish" or "tanh" (guide row 35).
        initializer: Name of an initialiser or a Keras initialiser; None chooses by the activation
            (rows 57-61).
        norm: "batch", "group", "layer" or None (row 32); "instance" needs more than a vector.
        dropout: Share of the features dropped before the last layer, in [0, 1).
        regularize: Rung of the ladder against overfitting, 0 to 3 (row 33).
        classifier_activation: "softmax", "sigmoid" for several labels at once, None for logits.
        custom: Whether every activation that Keras knows may be named (row 42).
        seed: A whole number of at least 0, from which every layer derives its own, or None.
        name: Name of the model.

    Returns:
        An uncompiled `keras.Model` from samples of shape (batch, *input_shape) to outputs of shape
        (batch, num_classes).

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model = build_mlp((30,), num_classes=2)
        model.compile("adam", "sparse_categorical_crossentropy")
    """
    where = "build_mlp"
    shape = check_vector_shape(where, input_shape)
    style, head = check_options(
        where,
        num_classes,
        task,
        _TASKS,
        activation=activation,
        initializer=initializer,
        norm=norm,
        dropout=dropout,
        regularize=regularize,
        classifier_activation=classifier_activation,
        custom=custom,
        seed=seed,
    )
    units = check_scaled(where, "units", units, width)

    x = inputs = keras.Input(shape, name="features")
    if len(shape) > 1:
        x = layers.Flatten(name="flatten")(x)
    for number in range(1, check_integer(where, "depth", depth, 0) + 1):
        x = dense_bn_act(x, units, style=style, name=f"hidden{number}")
    return keras.Model(inputs, classification_head(x, **head), name=name)
