"""Fully convolutional networks for images of any size (guide rows 26, 34, 41)."""

import keras

from recipes.blocks.conv import conv_bn_act
from recipes.blocks.heads import classification_head, prediction_head
from recipes.errors import check_integer
from recipes.models.options import check_image_shape, check_options, check_scaled
from recipes.models.sides import SideCheck, check_sides

_TASKS = {"classification": "batch", "mask": "instance", "image": None}  # norms: guide row 34


def build_fcn(
    input_shape,
    num_classes,
    *,
    depth=3,
    filters=32,
    width=1.0,
    task="classification",
    activation="relu",
    initializer=None,
    norm="auto",
    dropout=0.0,
    regularize=0,
    classifier_activation="softmax",
    custom=False,
    seed=None,
    name="fcn",
):
    """Convolutions alone: any image size, one output an image or one a pixel.

    For one output an image each stage halves the sides and doubles the channels, and a global
    average takes the place of dense layers (Springenberg et al. 2014, arXiv:1412.6806). For one
    output a pixel each stage doubles the dilation in place of that, so that a pixel sees as far
    and no resolution is lost (Yu & Koltun 2015, arXiv:1511.07122).

    Args:
        input_shape: Tuple (height, width, channels), in pixels; None for a height or width of any
            size. A known side must be as long as the dilation or the halvings of the depth reach.
        num_classes: Number of classes, or of channels with task="image". 1 class gives one sigmoid
            output, for two classes.
        depth: Number of stages, of two 3×3 convolutions each.
        filters: Number of channels of the first convolution.
        width: Factor on the filters.
        task: "classification" of images; "mask" for classes of pixels, with instance normalization;
            "image" for new images, with no norm (row 34).
        activation: "relu", "swish" or "tanh" (row 35).
        initializer: Name of an initialiser or a Keras initialiser; None chooses by the activation
            (rows 57-61).
        norm: "batch", "group", "layer", "instance" or None (row 32); "auto" chooses by the task.
        dropout: Share of the features dropped before the last layer, in [0, 1).
        regularize: Rung of the ladder against overfitting, 0 to 3 (row 33).
        classifier_activation: "softmax", "sigmoid" for several labels at once, None for logits. An
            image has no activation, or the "sigmoid" or "tanh" that is asked for.
        custom: Whether every activation that Keras knows may be named (row 42).
        seed: A whole number of at least 0, from which every layer derives its own, or None.
        name: Name of the model.

    Returns:
        An uncompiled `keras.Model` from images of shape (batch, height, width, channels) to outputs
        of shape (batch, num_classes), or (batch, height, width, num_classes) for "mask" and
        "image".

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model = build_fcn((None, None, 3), num_classes=10)
        model.compile("adam", "sparse_categorical_crossentropy")
    """
    where = "build_fcn"
    shape = check_image_shape(where, input_shape, open_sides=True)
    depth = check_integer(where, "depth", depth, 1)
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
    filters = check_scaled(where, "filters", filters, width)

    if task == "classification":
        check_sides(where, shape, depth, least=2**depth)
    else:  # a kernel whose points lie outside of the image cannot learn
        check_sides(where, shape, depth, least=2**depth + 1)
    x = inputs = keras.Input(shape, name="image")
    if style.norm == "instance" and None in shape:
        least = 2**depth + 1 if task == "classification" else 2
        x = SideCheck(where, depth, least=least, name="sides")(x)
    body, end = _ROUTES[task == "classification"]
    x = conv_bn_act(x, filters, style=style, name="stem")
    for stage in range(1, depth + 1):
        x = body(x, filters, stage, style)
    return keras.Model(inputs, end(x, **head), name=name)


def _smaller_stage(x, filters, stage, style):
    """Half the sides, twice the channels."""
    filters, name = filters * 2**stage, f"stage{stage}"
    x = conv_bn_act(x, filters, strides=2, style=style, name=f"{name}_1")
    return conv_bn_act(x, filters, style=style, name=f"{name}_2")


def _dilated_stage(x, filters, stage, style):
    """The same sides and channels, twice the dilation."""
    for number in (1, 2):
        name = f"stage{stage}_{number}"
        x = conv_bn_act(x, filters, dilation_rate=2**stage, style=style, name=name)
    return x


_ROUTES = {  # by whether the image is classified as a whole
    True: (_smaller_stage, classification_head),
    False: (_dilated_stage, prediction_head),
}
