"""Which sizes of images a network takes, known when it is built or seen when it is called."""

import keras
from keras import layers

from recipes.errors import ArgumentError, describe


def check_sides(where, shape, depth, *, multiple=1, least=1):
    """Returns the shape of an image if its known sides fit.

    Args:
        where: Name of the builder, for messages.
        shape: Tuple (height, width, channels), in pixels; None for an open side.
        depth: The depth that asks for such sides, for messages.
        multiple: Number of pixels of which each side must be a multiple.
        least: Number of pixels that each side must have at least.

    Raises:
        ArgumentError: If a side does not fit.
    """
    for side in shape[:2]:
        if side is not None and side % multiple:
            rule = f"with depth={depth} a side must be a multiple of {multiple}"
            low = side // multiple * multiple
            sizes = f"{low} or {low + multiple}" if low else str(multiple)
            hint = f"Resize or pad to {sizes} pixels, or take less depth."
            raise ArgumentError(describe(where, rule, hint, input_shape=shape))
        if side is not None and side < least:
            rule = f"with depth={depth} a side must have at least {least} pixels"
            hint = "Take larger images, or less depth."
            raise ArgumentError(describe(where, rule, hint, input_shape=shape))
    return shape


@keras.saving.register_keras_serializable("recipes")
class SideCheck(layers.Layer):
    """Hands images on, and refuses those whose sides the network cannot take.

    Args:
        where: As in `check_sides`.
        depth: As in `check_sides`.
        multiple: As in `check_sides`.
        least: As in `check_sides`.
        **kwargs: Those of `keras.layers.Layer`.
    """

    def __init__(self, where, depth, multiple=1, least=1, **kwargs):
        super().__init__(**kwargs)
        self.where, self.depth, self.multiple, self.least = where, depth, multiple, least

    def call(self, x):
        """Returns x, of shape (batch, height, width, channels)."""
        shape = tuple(x.shape[1:])
        check_sides(self.where, shape, self.depth, multiple=self.multiple, least=self.least)
        return x

    def get_config(self):
        """Returns what Keras saves of this layer."""
        own = {"where": self.where, "depth": self.depth}
        own |= {"multiple": self.multiple, "least": self.least}
        return {**super().get_config(), **own}
