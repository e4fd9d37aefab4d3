"""Residual networks (He et al. 2015, arXiv:1512.03385; guide rows 1, 30, 41)."""

import dataclasses

import keras
from keras import layers

from recipes.blocks.conv import Convolution, conv, conv_bn_act, norm_act
from recipes.blocks.heads import classification_head
from recipes.blocks.residual import ORDERS, SHORTCUTS, Shortcut
from recipes.errors import ArgumentError, check_one_of, describe
from recipes.models.options import (
    check_image_shape,
    check_options,
    check_width,
    scaled,
)
from recipes.models.pretrained import build_pretrained, check_weights
from recipes.models.resnet_designs import SHAPES, find_design, reshape_design

_CHOICES = {
    "shape": SHAPES,
    "variant": ("b", "d", None),
    "shortcut": SHORTCUTS,
    "order": ORDERS,
}
_TASKS = {"classification": "batch", "regression": "batch"}


def build_resnet(
    input_shape,
    num_classes,
    *,
    depth=None,
    width=1.0,
    shape=None,
    variant=None,
    order=None,
    shortcut="projection",
    task="classification",
    activation="relu",
    initializer=None,
    norm="batch",
    dropout=0.0,
    regularize=0,
    classifier_activation="softmax",
    pretrained=None,
    custom=False,
    seed=None,
    name=None,
):
    """A residual network: Conv-BN-ReLU, He initialisation, zero last gamma.

    The last gamma of a block begins with 0 where its shortcut has no weights, and with 1 beside a
    projection: 0.736 against 0.695 of CIFAR-10 after 7 epochs of depth 10.

    Args:
        input_shape: Tuple (height, width, channels), in pixels; height and width at least 4 for
            the small-image depths, 32 for the others.
        num_classes: Number of classes, or of outputs with task="regression". 1 class gives one
            sigmoid output, for two classes.
        depth: Number of weight layers. 10, 20, 32, 44, 56 and 110 are for small images (3×3 stem,
            no pooling), 18, 34, 50, 101 and 152 for large ones. None takes 20 up to 64 pixels on
            the shorter side, 18 above. 10 has four stages and not three: most of its weights are
            where the image is small, which makes it the best for minutes on a CPU.
        width: Factor on the number of channels of every convolution.
        shape: "deep" for twice the blocks, "wide" for half of them, each at the width that costs
            as many multiply-adds as the network without it, within 10 % where the first stage has
            at least 8 channels (guide row 71).
        variant: "b": the 3×3 convolution of a bottleneck has the stride (Goyal et al. 2017,
            arXiv:1706.02677). "d": also a pooling in the shortcuts, and for large images three 3×3
            convolutions in place of the 7×7 one (He et al. 2018, arXiv:1812.01187). None takes "d"
            for small images: 0.757 against 0.736 of CIFAR-10 after 7 epochs of depth 10. For large
            ones "b", the one that others publish.
        order: "post": convolution, norm, activation. "preact": norm and activation stand before
            the convolution, and the sums are passed on as they are (He et al. 2016,
            arXiv:1603.05027). None takes "post" with a norm, "preact" without one.
        shortcut: "projection", or "identity" for shortcuts without weights.
        task: "classification", or "regression" for outputs that are numbers of any size.
        activation: "relu", "swish" or "tanh" (row 35).
        initializer: Name of an initialiser or a Keras initialiser; None chooses by the activation
            (rows 57-61).
        norm: "batch", "group", "layer", "instance", or None: then the residual branches and the
            head begin as nothing, which trains at depth 56 too (row 32; Fixup, Zhang et al. 2019,
            arXiv:1901.09321; python -m benchmarks.norms).
        dropout: Share of the features dropped before the last layer, in [0, 1).
        regularize: Rung of the ladder against overfitting, 0 to 3 (row 33).
        classifier_activation: "softmax", "sigmoid" for several labels at once, None for logits.
        pretrained: "imagenet", or a file with the weights of the `keras.applications` network of
            depth 50, 101 or 152 without its top (row 63). It then begins frozen: `unfreeze`
            opens it. Pixels go in from 0 to 1, and `depth=None` is 50.
        custom: Whether any activation that Keras knows, and any depth 6·n + 2, may be named
            (row 42).
        seed: A whole number of at least 0, from which every layer derives its own, or None.
        name: Name of the model. None takes "resnet" and the depth.

    Returns:
        An uncompiled `keras.Model` from images of shape (batch, height, width, channels) to
        outputs of shape (batch, num_classes).

    Raises:
        ArgumentError: If an argument breaks its rule, or contradicts another.
        DataError: If pretrained weights cannot be read or fetched.

    Example:

        model = build_resnet((32, 32, 3), num_classes=10)
        model.compile("adam", "sparse_categorical_crossentropy")
    """
    where = "build_resnet"
    image = check_image_shape(where, input_shape)
    if pretrained is not None:
        check_weights(where, pretrained)
    if order is None:  # without a norm a signal fades in the activations behind 27 sums
        order = "post" if norm or pretrained else "preact"
    plan = {"shape": shape, "variant": variant, "shortcut": shortcut, "order": order}
    for option, value in plan.items():
        check_one_of(where, option, value, _CHOICES[option])
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
    width = check_width(where, width)
    if pretrained is not None:
        made = {"width": width, "activation": activation, "initializer": initializer, "norm": norm}
        _refuse_changes({**plan, **made})
        return build_pretrained(where, image, depth, order, pretrained, head, name)
    depth, design = find_design(where, depth, min(image[:2]), custom=custom)
    design, width = reshape_design(where, design, width, shape)
    variant = variant or ("d" if design.small else "b")
    inputs = keras.Input(image, name="image")
    head["style"] = style = dataclasses.replace(style, branches=design.blocks)
    options = {"order": order, "shortcut": Shortcut(shortcut, variant == "d"), "style": style}
    x = _stem(inputs, scaled(design.filters, width), design.small, variant, order, style)
    x = _stages(x, design, width, options)
    if order == "preact":
        x = norm_act(x, style=style, name="last")
    own = f"resnet{depth}" if shape is None else f"resnet{depth}_{shape}"
    return keras.Model(inputs, classification_head(x, **head), name=name or own)


def _stem(x, filters, small, variant, order, style):
    """The first convolutions: at full resolution, or down to a quarter of the side."""
    half = scaled(filters, 0.5)
    if small:
        convolutions = (Convolution(filters, 3),)
    elif variant == "d":
        convolutions = (Convolution(half, 3, 2), Convolution(half, 3), Convolution(filters, 3))
    else:
        convolutions = (Convolution(filters, 7, 2),)
    *former, (last, kernel_size, strides) = convolutions
    for number, (inner, size, step) in enumerate(former, start=1):
        x = conv_bn_act(x, inner, size, strides=step, style=style, name=f"stem_{number}")
    layer = conv if order == "preact" else conv_bn_act  # the first block begins with a norm
    x = layer(x, last, kernel_size, strides=strides, style=style, name="stem")
    return x if small else layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)


def _stages(x, design, width, options):
    """From the stem to the last feature map."""
    for stage, repeats in enumerate(design.repeats):
        for block in range(repeats):
            x = design.block(
                x,
                scaled(design.filters * 2**stage, width),
                strides=2 if stage > 0 and block == 0 else 1,
                name=f"stage{stage + 1}_block{block + 1}",
                **options,
            )
    return x


def _refuse_changes(options):
    """Refuses options that pretrained weights do not leave open."""
    for option, value in options.items():
        default = build_resnet.__kwdefaults__[option]
        if option != "order" and value != default:
            rule = f"pretrained weights fix the network: `{option}` must be {default!r}"
            hint = f"Leave out `{option}`, or `pretrained`."
            raise ArgumentError(describe("build_resnet", rule, hint, **{option: value}))
