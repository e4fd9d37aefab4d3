"""Dense layer, normalization, activation."""

from keras import layers

from recipes.blocks.conv import norm_act
from recipes.blocks.style import Style


def dense_bn_act(x, units, *, style=Style(), name):
    """Dense layer, normalization (batch normalization by default), activation.

    Args:
        x: Keras tensor of shape (batch, …, features).
        units: Number of output features.
        style: The `Style` of the model.
        name: Prefix of the three layer names.

    Returns:
        Keras tensor of shape (batch, …, units).
    """
    x = layers.Dense(
        units,
        use_bias=style.norm is None,
        kernel_initializer=style.kernel(f"{name}_dense"),
        kernel_regularizer=style.penalty(),
        name=f"{name}_dense",
    )(x)
    return norm_act(x, style=style, name=name)
