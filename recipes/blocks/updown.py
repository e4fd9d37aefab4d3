"""The steps of a U-Net: down by half, up by two (Ronneberger et al. 2015, arXiv:1505.04597)."""

from keras import layers

from recipes.blocks.conv import conv_bn_act
from recipes.blocks.style import Style


def double_conv(x, filters, *, style=Style(), name):
    """Two 3×3 convolutions, each with norm and activation.

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Keras tensor of shape (batch, height, width, filters).
    """
    x = conv_bn_act(x, filters, style=style, name=f"{name}_1")
    return conv_bn_act(x, filters, style=style, name=f"{name}_2")


def down_step(x, filters, *, style=Style(), name):
    """A double convolution, then a pooling that halves the sides.

    Args:
        x: Keras tensor of shape (batch, height, width, channels), height and width even.
        filters: Number of output channels.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Pair of Keras tensors: what goes on, of shape (batch, height / 2, width / 2, filters), and
        what `up_step` takes as `skip`, of shape (batch, height, width, filters).
    """
    skip = double_conv(x, filters, style=style, name=name)
    return layers.MaxPooling2D(2, name=f"{name}_pool")(skip), skip


def up_step(x, skip, filters, *, style=Style(), name):
    """A transposed convolution that doubles the sides, the skip beside it, a double convolution.

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        skip: Keras tensor of shape (batch, 2·height, 2·width, channels) from the way down.
        filters: Number of output channels.
        style: The `Style` of the model.
        name: Prefix of the layer names.

    Returns:
        Keras tensor of shape (batch, 2·height, 2·width, filters).
    """
    x = layers.Conv2DTranspose(
        filters,
        2,
        strides=2,
        kernel_initializer=style.upsampling_kernel(f"{name}_up"),
        kernel_regularizer=style.penalty(),
        name=f"{name}_up",
    )(x)
    x = layers.Concatenate(name=f"{name}_concat")([skip, x])
    return double_conv(x, filters, style=style, name=name)
