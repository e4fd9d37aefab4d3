"""Convolution, normalization, activation, in this order (guide row 30)."""

from typing import NamedTuple

from keras import layers

from recipes.blocks.activations import activation_layer
from recipes.blocks.normalization import normalize
from recipes.blocks.style import Style


class Convolution(NamedTuple):
    """The shape of a convolution.

    Attributes:
        filters: Number of output channels.
        kernel_size: Side of the square kernel, in pixels.
        strides: Downsampling factor, in pixels.
    """

    filters: int
    kernel_size: int
    strides: int = 1


def conv(x, filters, kernel_size, strides=1, *, dilation_rate=1, style, gain=1.0, name):
    """A convolution alone.

    Before a norm it has no bias: the mean subtraction that follows would cancel it
    (Ioffe & Szegedy 2015, arXiv:1502.03167).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        kernel_size: Side of the square kernel, in pixels.
        strides: Downsampling factor, in pixels.
        dilation_rate: Distance between the points that the kernel sees, in pixels.
        style: The `Style` of the model.
        gain: Factor on the initial weights; 0 for a convolution that starts as nothing.
        name: Prefix of the layer name.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).
    """
    name = f"{name}_conv"
    return layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        dilation_rate=dilation_rate,
        use_bias=style.norm is None,
        kernel_initializer=style.kernel(name, gain=gain) if gain else "zeros",
        kernel_regularizer=style.penalty(),
        name=name,
    )(x)


def norm_act(x, *, style=Style(), name):
    """Normalization and activation.

    Args:
        x: Keras tensor of shape (batch, …, channels).
        style: The `Style` of the model.
        name: Prefix of the two layer names.

    Returns:
        Keras tensor of the shape of x.
    """
    x = normalize(x, style=style, name=name)
    return activation_layer(style.activation, f"{name}_act")(x)


def conv_bn_act(
    x, filters, kernel_size=3, *, strides=1, dilation_rate=1, style=Style(), gain=1.0, name
):
    """Convolution, normalization (batch normalization by default), activation (guide row 30).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        kernel_size: Side of the square kernel, in pixels.
        strides: Downsampling factor, in pixels.
        dilation_rate: Distance between the points that the kernel sees, in pixels.
        style: The `Style` of the model: activation, norm, initialiser, seed.
        gain: Factor on the initial weights.
        name: Prefix of the three layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).

    Example:

        x = conv_bn_act(images, 32, strides=2, style=Style(activation="swish"), name="first")
    """
    x = conv(
        x,
        filters,
        kernel_size,
        strides,
        dilation_rate=dilation_rate,
        style=style,
        gain=gain,
        name=name,
    )
    return norm_act(x, style=style, name=name)


def separable_conv_bn_act(x, filters, kernel_size=3, *, strides=1, style=Style(), name):
    """Depthwise and pointwise convolution, each with norm and activation.

    It does the work of `conv_bn_act` with about 1 / kernel_size² of the multiply-adds
    (Howard et al. 2017, arXiv:1704.04861).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        kernel_size: Side of the square depthwise kernel, in pixels.
        strides: Downsampling factor of the depthwise convolution, in pixels.
        style: The `Style` of the model.
        name: Prefix of the six layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).
    """
    x = layers.DepthwiseConv2D(
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=style.norm is None,
        depthwise_initializer=style.depthwise_kernel(f"{name}_depth_conv", x.shape[-1]),
        depthwise_regularizer=style.penalty(),
        name=f"{name}_depth_conv",
    )(x)
    x = norm_act(x, style=style, name=f"{name}_depth")
    return conv_bn_act(x, filters, 1, style=style, name=f"{name}_point")
