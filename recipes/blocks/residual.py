"""Residual blocks: basic and bottleneck (He et al. 2015, arXiv:1512.03385)."""

from keras import layers

from recipes.blocks.activations import activation_layer
from recipes.blocks.conv import conv_bn, conv_bn_act

BOTTLENECK_EXPANSION = 4  # output channels of a bottleneck block over its inner ones


def basic_block(x, filters, *, strides=1, style, name):
    """Two 3×3 convolutions and a shortcut.

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        strides: Downsampling factor of the first convolution, in pixels.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).
    """
    branch = conv_bn_act(x, filters, strides=strides, style=style, name=f"{name}_1")
    branch = conv_bn(branch, filters, 3, style=style, zero_gamma=True, name=f"{name}_2")
    return _join(x, branch, strides, style, name)


def bottleneck_block(x, filters, *, strides=1, style, name):
    """1×1, 3×3 and 1×1 convolutions and a shortcut.

    The 3×3 convolution has the stride (variant b, Goyal et al. 2017, arXiv:1706.02677).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of inner channels.
        strides: Downsampling factor of the 3×3 convolution, in pixels.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), 4·filters).
    """
    outer = BOTTLENECK_EXPANSION * filters
    branch = conv_bn_act(x, filters, 1, style=style, name=f"{name}_1")
    branch = conv_bn_act(branch, filters, 3, strides=strides, style=style, name=f"{name}_2")
    branch = conv_bn(branch, outer, 1, style=style, zero_gamma=True, name=f"{name}_3")
    return _join(x, branch, strides, style, name)


def _join(x, branch, strides, style, name):
    """Adds the shortcut to the branch: the input itself, or its projection to the new shape."""
    filters = branch.shape[-1]
    if strides != 1 or x.shape[-1] != filters:
        x = conv_bn(x, filters, 1, strides=strides, style=style, name=f"{name}_shortcut")
    x = layers.Add(name=f"{name}_add")([x, branch])
    return activation_layer(style.activation, f"{name}_out")(x)
