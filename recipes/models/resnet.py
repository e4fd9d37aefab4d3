"""Residual networks (He et al. 2015, arXiv:1512.03385; guide rows 1, 30, 41)."""

import dataclasses

import keras
from keras import layers

from recipes.blocks.activations import check_activation
from recipes.blocks.conv import Style, conv_bn_act
from recipes.blocks.heads import classification_head
from recipes.blocks.initializers import check_initializer
from recipes.blocks.residual import basic_block, bottleneck_block
from recipes.errors import ArgumentError, check_integer, check_one_of, check_range, describe

_LARGEST_SMALL_SIDE = 64  # pixels: up to here the small-image networks are the default
_CLASSIFIER_ACTIVATIONS = ("softmax", "sigmoid")


@dataclasses.dataclass(frozen=True)
class Variant:
    """One depth of the family.

    Args:
        block: The residual block that is repeated.
        repeats: Number of blocks in each stage; every stage but the first halves the image.
        filters: Number of channels of the first stage; every stage doubles it.
        small: Whether the stem is one 3×3 convolution at full resolution, for small images, and
            not a 7×7 convolution of stride 2 and a pooling.
    """

    block: object
    repeats: tuple
    filters: int
    small: bool

    @property
    def total_stride(self):
        """Side of the input over the side of the last feature map."""
        halvings = len(self.repeats) - 1 + (0 if self.small else 2)
        return 2**halvings


def _small(repeats):
    return Variant(basic_block, (repeats,) * 3, filters=16, small=True)


def _large(block, *repeats):
    return Variant(block, repeats, filters=64, small=False)


VARIANTS = {
    20: _small(3),
    32: _small(5),
    44: _small(7),
    56: _small(9),
    110: _small(18),
    18: _large(basic_block, 2, 2, 2, 2),
    34: _large(basic_block, 3, 4, 6, 3),
    50: _large(bottleneck_block, 3, 4, 6, 3),
    101: _large(bottleneck_block, 3, 4, 23, 3),
    152: _large(bottleneck_block, 3, 8, 36, 3),
}


def build_resnet(
    input_shape,
    num_classes,
    *,
    depth=None,
    width=1.0,
    activation="relu",
    initializer=None,
    dropout=0.0,
    classifier_activation="softmax",
    seed=None,
    name=None,
):
    """A residual network: Conv-BN-ReLU, He initialisation, zero last gamma.

    Args:
        input_shape: Tuple (height, width, channels), in pixels; height and width at least 4 for
            the small-image depths, 32 for the others.
        num_classes: Number of classes. 1 gives one sigmoid output, for two classes.
        depth: Number of weight layers. 20, 32, 44, 56 and 110 are for small images (3×3 stem, no
            pooling), 18, 34, 50, 101 and 152 for large ones. None takes 20 up to 64 pixels on the
            shorter side, 18 above.
        width: Factor on the number of channels of every convolution.
        activation: "relu", "swish" or "tanh" (guide row 35).
        initializer: "he", "xavier" or "svd"; None chooses by the activation (guide rows 57-61).
        dropout: Share of the features dropped before the last layer, in [0, 1).
        classifier_activation: "softmax", "sigmoid", or None for logits. With `num_classes=1` the
            output is a sigmoid or a logit.
        seed: A whole number of at least 0, from which every layer derives its own, or None.
        name: Name of the model. None takes "resnet" and the depth.

    Returns:
        An uncompiled `keras.Model` from images of shape (batch, height, width, channels) to
        outputs of shape (batch, num_classes).

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        model = build_resnet((32, 32, 3), num_classes=10)
        model.compile("adam", "sparse_categorical_crossentropy")
    """
    height, width_in_pixels, channels = _check_image_shape(input_shape)
    num_classes = check_integer("build_resnet", "num_classes", num_classes, 1)
    side = min(height, width_in_pixels)
    depth = _check_depth(depth, side)
    width = check_range("build_resnet", "width", width, 0, 16, open_low=True)
    dropout = check_range("build_resnet", "dropout", dropout, 0, 0.99)
    activation = check_activation("build_resnet", activation)
    if seed is not None:
        seed = check_integer("build_resnet", "seed", seed, 0)
    style = Style(activation, check_initializer("build_resnet", initializer, activation), seed)
    output = _check_classifier_activation(classifier_activation, num_classes)

    inputs = keras.Input((height, width_in_pixels, channels), name="image")
    x = _body(inputs, VARIANTS[depth], width, style)
    outputs = classification_head(
        x, num_classes, dropout=dropout, classifier_activation=output, seed=seed
    )
    return keras.Model(inputs, outputs, name=name or f"resnet{depth}")


def _body(x, variant, width, style):
    """From the image to the last feature map: stem, then the stages."""
    filters = max(1, round(variant.filters * width))
    x = _stem(x, filters, variant.small, style)
    for stage, repeats in enumerate(variant.repeats):
        for block in range(repeats):
            x = variant.block(
                x,
                filters * 2**stage,
                strides=2 if stage > 0 and block == 0 else 1,
                style=style,
                name=f"stage{stage + 1}_block{block + 1}",
            )
    return x


def _stem(x, filters, small, style):
    """The first convolution: at full resolution, or down to a quarter of the side."""
    if small:
        return conv_bn_act(x, filters, 3, style=style, name="stem")
    x = conv_bn_act(x, filters, 7, strides=2, style=style, name="stem")
    return layers.MaxPooling2D(3, strides=2, padding="same", name="stem_pool")(x)


def _check_image_shape(input_shape):
    try:
        shape = tuple(input_shape)
    except TypeError:
        shape = ()
    if len(shape) != 3:
        rule = "`input_shape` must be (height, width, channels), without the batch"
        hint = "A grey image has one channel: (28, 28, 1)."
        raise ArgumentError(describe("build_resnet", rule, hint, input_shape=input_shape))
    return tuple(check_integer("build_resnet", "input_shape", side, 1) for side in shape)


def _check_depth(depth, side):
    if depth is None:
        depth = 20 if side <= _LARGEST_SMALL_SIDE else 18
    depth = check_one_of("build_resnet", "depth", depth, sorted(VARIANTS))
    stride = VARIANTS[depth].total_stride
    if side < stride:
        rule = f"depth {depth} halves the image down to 1/{stride}: a side needs {stride} pixels"
        hint = "Resize the images" + (", or take depth=20." if stride > 4 <= side else ".")
        raise ArgumentError(describe("build_resnet", rule, hint, shorter_side=side))
    return depth


def _check_classifier_activation(name, num_classes):
    """Returns the activation of the output; a softmax over one class would always be 1."""
    if name is None:
        return None
    check_one_of("build_resnet", "classifier_activation", name, _CLASSIFIER_ACTIVATIONS)
    return "sigmoid" if num_classes == 1 else name
