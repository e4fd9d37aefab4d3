"""U-Net (Ronneberger et al. 2015, arXiv:1505.04597; guide rows 34, 41)."""

import keras
from keras import layers

from recipes.blocks.heads import prediction_head
from recipes.blocks.updown import double_conv, down_step, up_step
from recipes.errors import check_flag, check_integer
from recipes.models.options import check_image_shape, check_options, check_scaled
from recipes.models.sides import SideCheck, check_sides

_TASKS = {"mask": "instance", "image": None}  # norms: guide row 34


def build_unet(
    input_shape,
    num_classes,
    *,
    depth=4,
    filters=64,
    width=1.0,
    task="mask",
    deep_supervision=False,
    activation="relu",
    initializer=None,
    norm="auto",
    dropout=0.0,
    regularize=0,
    classifier_activation="softmax",
    custom=False,
    seed=None,
    name="unet",
):
    """A U-Net: from an image to a class, or to new values, for each of its pixels.

    Args:
        input_shape: Tuple (height, width, channels), in pixels. A side must be a multiple of
            2**depth, or None for any such size; with instance normalization twice that at least.
        num_classes: Number of classes of a pixel, or of channels with task="image". 1 class gives
            one sigmoid output, for two classes.
        depth: Number of times that the image is halved and doubled again.
        filters: Number of channels at full resolution; each halving doubles it.
        width: Factor on the filters.
        task: "mask" for classes of pixels, with instance normalization; "image" for new images,
            with no norm, which may be useless or harmful there (row 34).
        deep_supervision: Whether every level on the way up has a prediction of its own, brought to
            full resolution (Lee et al. 2015, arXiv:1409.5185). The output is then a dict of
            "predictions" and "predictions_2", "predictions_3", …, and each takes the same targets.
        activation: "relu", "swish" or "tanh" (row 35).
        initializer: Name of an initialiser or a Keras initialiser; None chooses by the activation
            (rows 57-61).
        norm: "batch", "group", "layer", "instance" or None (row 32); "auto" chooses by the task.
        dropout: Share of the features dropped before the last layer, in [0, 1).
        regularize: Rung of the ladder against overfitting, 0 to 3 (row 33).
        classifier_activation: "softmax", "sigmoid" for several labels of a pixel at once, None for
            logits. An image has no activation, or the "sigmoid" or "tanh" that is asked for. On the
            torch backend whole-number targets of pixels need logits (pytorch issue 175084).
        custom: Whether every activation that Keras knows may be named (row 42).
        seed: A whole number of at least 0, from which every layer derives its own, or None.
        name: Name of the model.

    Returns:
        An uncompiled `keras.Model` from images of shape (batch, height, width, channels) to outputs
        of shape (batch, height, width, num_classes), or to a dict of them.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model = build_unet((128, 128, 1), num_classes=2)
        model.compile("adam", "sparse_categorical_crossentropy")

        deep = build_unet((128, 128, 1), num_classes=2, deep_supervision=True)
        deep.compile("adam", "sparse_categorical_crossentropy")  # the same loss for each output
        deep.fit(x, dict.fromkeys(deep.output, masks))  # so are metrics and loss_weights: dicts
        model = keras.Model(deep.input, deep.output["predictions"])  # what is kept in the end
    """
    where = "build_unet"
    depth = check_integer(where, "depth", depth, 1)
    shape = check_image_shape(where, input_shape, open_sides=True)
    check_sides(where, shape, depth, multiple=2**depth)
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
    inputs = keras.Input(shape, name="image")
    x = inputs
    if None in shape:
        # One pixel at the bottom has no spread for instance normalization to divide by.
        least = 2 ** (depth + 1) if style.norm == "instance" else 1
        x = SideCheck(where, depth, 2**depth, least, name="sides")(x)
    levels = _down_and_up(x, depth, filters, style)
    outputs = prediction_head(levels[0], **head)
    if check_flag(where, "deep_supervision", deep_supervision):
        outputs = {"predictions": outputs, **_deep_outputs(levels, head)}
    return keras.Model(inputs, outputs, name=name)


def _down_and_up(x, depth, filters, style):
    """Returns the feature maps of the way up, those at full resolution first."""
    skips = []
    for level in range(depth):
        x, skip = down_step(x, filters * 2**level, style=style, name=f"down{level + 1}")
        skips.append(skip)
    x = double_conv(x, filters * 2**depth, style=style, name="bottom")
    levels = []
    for level in reversed(range(depth)):
        x = up_step(x, skips[level], filters * 2**level, style=style, name=f"up{level + 1}")
        levels.insert(0, x)
    return levels


def _deep_outputs(levels, head):
    """Returns the predictions of all levels but the first, brought to full resolution."""
    outputs = {}
    for number, features in enumerate(levels[1:], start=2):
        name = f"predictions_{number}"
        x = prediction_head(features, **head, name=f"{name}_small")
        outputs[name] = layers.UpSampling2D(
            2 ** (number - 1), interpolation="bilinear", dtype="float32", name=name
        )(x)
    return outputs
