"""Residual blocks: basic and bottleneck (He et al. 2015, arXiv:1512.03385)."""

import dataclasses

import keras
from keras import layers

from recipes.blocks.activations import activation_layer
from recipes.blocks.conv import Convolution, conv, norm_act
from recipes.blocks.normalization import normalize
from recipes.blocks.style import Style
from recipes.errors import ArgumentError, check_one_of, describe

BOTTLENECK_EXPANSION = 4  # output channels of a bottleneck block over its inner ones
SHORTCUTS = ("projection", "identity")
ORDERS = ("post", "preact")


@dataclasses.dataclass(frozen=True)
class Shortcut:
    """How the input of a block comes to the shape of its output.

    Args:
        kind: "projection" is a 1×1 convolution, "identity" has no weights: it skips pixels and
            pads the channels with 0 (options B and A of He et al. 2015, arXiv:1512.03385).
        pooled: Whether an average pooling takes the stride of a projection, so that no pixel is
            skipped (variant d, He et al. 2018, arXiv:1812.01187).
    """

    kind: str = "projection"
    pooled: bool = False

    def __post_init__(self):
        check_one_of("Shortcut", "kind", self.kind, SHORTCUTS)


def basic_block(x, filters, *, strides=1, order="post", shortcut=Shortcut(), style=Style(), name):
    """Two 3×3 convolutions and a shortcut.

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        strides: Downsampling factor of the first convolution, in pixels.
        order: "post": norm and activation follow each convolution, the last activation follows the
            sum. "preact": they stand before it (He et al. 2016, arXiv:1603.05027).
        shortcut: A `Shortcut`.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).
    """
    convolutions = (Convolution(filters, 3, strides), Convolution(filters, 3))
    return _block(x, convolutions, order, shortcut, style, name)


def bottleneck_block(
    x, filters, *, strides=1, order="post", shortcut=Shortcut(), style=Style(), name
):
    """1×1, 3×3 and 1×1 convolutions and a shortcut.

    The 3×3 convolution has the stride (variant b, Goyal et al. 2017, arXiv:1706.02677).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of inner channels.
        strides: Downsampling factor of the 3×3 convolution, in pixels.
        order: As in `basic_block`.
        shortcut: A `Shortcut`.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), 4·filters).
    """
    outer = BOTTLENECK_EXPANSION * filters
    convolutions = (
        Convolution(filters, 1),
        Convolution(filters, 3, strides),
        Convolution(outer, 1),
    )
    return _block(x, convolutions, order, shortcut, style, name)


def _post_block(x, convolutions, shortcut, style, name):
    """Norm and activation behind each convolution, and behind the sum."""
    branch = _post_branch(x, convolutions, shortcut, style, name)
    if _changes(x, convolutions):
        x = _reshape(x, convolutions, shortcut, style, name)
        if shortcut.kind == "projection":
            x = normalize(x, style=style, name=f"{name}_shortcut")
    x = layers.Add(name=f"{name}_add")([x, branch])
    return activation_layer(style.activation, f"{name}_out")(x)


def _post_branch(x, convolutions, shortcut, style, name):
    """The convolutions of a block.

    The last gamma is 0, so that the block begins as its shortcut (Goyal et al. 2017,
    arXiv:1706.02677). Beside a projection it is 1: else a fresh network would be a chain of 1×1
    convolutions.
    """
    last = len(convolutions)
    projected = _changes(x, convolutions) and shortcut.kind == "projection"
    gains = _branch_gains(style, last)
    for number, (convolution, gain) in enumerate(zip(convolutions, gains, strict=True), start=1):
        own = f"{name}_{number}"
        zero_gamma = number == last and not projected
        x = conv(x, *convolution, style=style, gain=gain, name=own)
        x = normalize(x, style=style, zero_gamma=zero_gamma, name=own)
        x = x if number == last else activation_layer(style.activation, f"{own}_act")(x)
    return x


def _preact_block(x, convolutions, shortcut, style, name):
    """Norm and activation before each convolution; the sum is passed on as it is."""
    branch, gains = x, _branch_gains(style, len(convolutions))
    for number, (convolution, gain) in enumerate(zip(convolutions, gains, strict=True), start=1):
        own = f"{name}_{number}"
        branch = norm_act(branch, style=style, name=own)
        if number == 1 and shortcut.kind == "projection" and _changes(x, convolutions):
            x = branch  # what is projected has been normalised too
        branch = conv(branch, *convolution, style=style, gain=gain, name=own)
    if _changes(x, convolutions):
        x = _reshape(x, convolutions, shortcut, style, name)
    return layers.Add(name=f"{name}_add")([x, branch])


_BLOCKS = {"post": _post_block, "preact": _preact_block}


def _block(x, convolutions, order, shortcut, style, name):
    check_one_of(style.where, "order", order, ORDERS)
    if not isinstance(shortcut, Shortcut):
        rule = "`shortcut` must be a Shortcut"
        raise ArgumentError(describe(style.where, rule, shortcut=shortcut))
    if shortcut.kind == "identity" and x.shape[-1] > convolutions[-1].filters:
        rule = "an identity shortcut can add channels, and take none away"
        received = {"input": x.shape[-1], "output": convolutions[-1].filters}
        raise ArgumentError(describe(style.where, rule, "Take a projection.", **received))
    return _BLOCKS[order](x, convolutions, shortcut, style, name)


def _branch_gains(style, count):
    """Factors on the weights of the convolutions of a branch.

    Without a norm, whose gamma could be 0, the last convolution is 0 itself, and the others are
    scaled by L^(-1 / (2m - 2)): L branches of m convolutions then change the output of the model by
    no more than one would (Fixup, Zhang et al. 2019, arXiv:1901.09321).
    """
    if style.norm:
        return [1.0] * count
    return [style.branches ** (-1 / (2 * count - 2))] * (count - 1) + [0.0]


def _stride(convolutions):
    return max(convolution.strides for convolution in convolutions)


def _changes(x, convolutions):
    """Whether a branch has another shape than the input of its block."""
    return _stride(convolutions) != 1 or x.shape[-1] != convolutions[-1].filters


def _reshape(x, convolutions, shortcut, style, name):
    """Brings the shortcut to the shape of the branch."""
    name, strides, filters = f"{name}_shortcut", _stride(convolutions), convolutions[-1].filters
    if shortcut.pooled and strides != 1:
        x = layers.AveragePooling2D(strides, padding="same", name=f"{name}_pool")(x)
        strides = 1
    if shortcut.kind == "projection":
        return conv(x, filters, 1, strides, style=style, name=name)
    if strides != 1:
        x = layers.MaxPooling2D(1, strides=strides, name=f"{name}_skip")(x)
    return ChannelPadding(filters, name=f"{name}_pad")(x) if x.shape[-1] != filters else x


@keras.saving.register_keras_serializable("recipes")
class ChannelPadding(layers.Layer):
    """Adds channels of 0, half of them in front, up to a given number.

    Args:
        channels: Number of channels of the output.
        **kwargs: Those of `keras.layers.Layer`.
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.channels = channels

    def call(self, x):
        """Returns a tensor of shape (batch, …, channels)."""
        missing = self.channels - x.shape[-1]
        edges = (missing // 2, missing - missing // 2)
        return keras.ops.pad(x, [(0, 0)] * (len(x.shape) - 1) + [edges])

    def get_config(self):
        """Returns what Keras saves of this layer."""
        return {**super().get_config(), "channels": self.channels}
