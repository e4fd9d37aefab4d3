"""Convolution, batch normalization, activation (guide row 30)."""

import dataclasses

from keras import layers

from recipes.blocks.activations import activation_layer
from recipes.blocks.initializers import make_initializer
from recipes.recommended import RECOMMENDED
from recipes.seeds import derive_seed


@dataclasses.dataclass(frozen=True)
class Style:
    """What all blocks of one model share.

    Args:
        activation: Name of the activation, one of `ACTIVATIONS`.
        initializer: Name of the initialiser, one of `INITIALIZERS`.
        seed: A whole number of at least 0 from which each layer derives its own by its name, or
            None for seeds of Keras' own.
    """

    activation: str = "relu"
    initializer: str = "he"
    seed: int | None = None

    def kernel(self, name):
        """Returns the initialiser of the layer of that name."""
        return make_initializer(self.initializer, derive_seed(self.seed, name))


def conv_bn(x, filters, kernel_size, *, strides=1, style, zero_gamma=False, name):
    """Convolution and batch normalization, without an activation.

    The convolution has no bias: the mean subtraction that follows would cancel it
    (Ioffe & Szegedy 2015, arXiv:1502.03167).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        kernel_size: Side of the square kernel, in pixels.
        strides: Downsampling factor, in pixels.
        style: The `Style` of the model.
        zero_gamma: Whether the scale of the normalization starts at 0, so that a residual branch
            begins as nothing (Goyal et al. 2017, arXiv:1706.02677).
        name: Prefix of the two layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).
    """
    x = layers.Conv2D(
        filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer=style.kernel(f"{name}_conv"),
        name=f"{name}_conv",
    )(x)
    return layers.BatchNormalization(
        momentum=RECOMMENDED["bn_momentum"].value,
        gamma_initializer="zeros" if zero_gamma else "ones",
        name=f"{name}_bn",
    )(x)


def conv_bn_act(x, filters, kernel_size=3, *, strides=1, style, name):
    """Convolution, batch normalization, activation, in this order (guide row 30).

    Args:
        x: Keras tensor of shape (batch, height, width, channels).
        filters: Number of output channels.
        kernel_size: Side of the square kernel, in pixels.
        strides: Downsampling factor, in pixels.
        style: The `Style` of the model.
        name: Prefix of the three layer names.

    Returns:
        Keras tensor of shape (batch, ceil(height / strides), ceil(width / strides), filters).
    """
    x = conv_bn(x, filters, kernel_size, strides=strides, style=style, name=name)
    return activation_layer(style.activation, f"{name}_act")(x)
