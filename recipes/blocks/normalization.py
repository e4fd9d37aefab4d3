"""Normalization by name (guide row 32), and what may not stand before it (row 31)."""

import keras
from keras import layers

from recipes.errors import ArgumentError, describe
from recipes.keras_compat import all_layers, feeders, producer
from recipes.recommended import RECOMMENDED

_SUFFIX = {"batch": "bn", "group": "gn", "layer": "ln", "instance": "in"}
_DROPOUTS = (layers.Dropout, layers.GaussianDropout, layers.AlphaDropout)
_MOST_GROUPS = 32  # Wu & He 2018, arXiv:1803.08494


def normalize(x, *, style, zero_gamma=False, name):
    """Normalises feature maps, sequences or vectors as the style says.

    "batch" (Ioffe & Szegedy 2015, arXiv:1502.03167) takes mean and variance of each channel over
    the batch, "group" (Wu & He 2018, arXiv:1803.08494) over up to 32 groups of channels of one
    sample, "layer" (Ba et al. 2016, arXiv:1607.06450) over the channels of one position,
    "instance" (Ulyanov et al. 2016, arXiv:1607.08022) over the positions of one channel.

    Args:
        x: Keras tensor of shape (batch, …, channels).
        style: The `Style` of the model; without a norm, x is returned as it is.
        zero_gamma: Whether the scale starts at 0, so that a residual branch begins as nothing
            (Goyal et al. 2017, arXiv:1706.02677).
        name: Prefix of the layer name; the suffix is bn, gn, ln or in.

    Returns:
        Keras tensor of the shape of x.

    Raises:
        ArgumentError: If a dropout stands before a batch normalization, or if the norm would see
            one value alone, and so turn every input into 0.
    """
    if style.norm is None:
        return x
    _refuse_single_values(x, style, name)
    if style.norm == "batch":
        _refuse_dropout_before(x, style, name)
    gamma = "zeros" if zero_gamma else "ones"
    return _layer(style.norm, x.shape[-1], gamma, f"{name}_{_SUFFIX[style.norm]}")(x)


def _layer(norm, channels, gamma, name):
    if norm == "batch":
        momentum = RECOMMENDED["bn_momentum"].value
        return layers.BatchNormalization(momentum=momentum, gamma_initializer=gamma, name=name)
    if norm == "layer":
        return layers.LayerNormalization(gamma_initializer=gamma, name=name)
    groups = _groups(channels) if norm == "group" else -1  # -1: as many as channels
    return layers.GroupNormalization(groups, gamma_initializer=gamma, name=name)


def _groups(channels):
    """Returns the number of groups: at most 32, of equal size, of two channels at least."""
    most = min(_MOST_GROUPS, max(1, channels // 2))
    return max(count for count in range(1, most + 1) if channels % count == 0)


def _refuse_single_values(x, style, name):
    """Refuses a norm over one value: it is its own mean, and 0 is what remains."""
    positions = 1
    for side in x.shape[1:-1]:
        positions *= side or 2  # an unknown side is taken to be long enough
    channels = x.shape[-1]
    shared = {
        "batch": 2,  # the batch itself
        "group": positions * channels // _groups(channels),
        "layer": channels,
        "instance": positions,
    }[style.norm]
    if shared == 1:
        rule = f"{style.norm} normalization needs more than one value to take the mean of"
        hint = 'Take larger images, less depth, more width, or norm="batch".'
        received = {"norm": style.norm, "layer": name, "shape": tuple(x.shape[1:])}
        raise ArgumentError(describe(style.where, rule, hint, **received))


def _refuse_dropout_before(x, style, name):
    """Refuses a dropout between the former batch normalization and this one (row 31).

    In training dropout raises the variance that the normalization learns, and at inference it is
    gone (Li et al. 2018, arXiv:1801.05134).
    """
    operations = [producer(x)]
    for operation in operations:  # grows while it is read
        if _drops(operation):
            rule = (
                "dropout must not stand before a batch normalization: the normalization learns the "
                "variance that dropout adds, and inference has none of it"
            )
            hint = 'Put it behind the last normalization, or take norm="layer" or None.'
            received = {"dropout": operation.name, "normalization": name}
            raise ArgumentError(describe(style.where, rule, hint, **received))
        if operation is not None and not isinstance(operation, layers.BatchNormalization):
            operations.extend(one for one in feeders(operation) if one not in operations)


def _drops(operation):
    """Whether a layer drops features at random, or a layer inside it does."""
    inside = all_layers(operation) if isinstance(operation, layers.Layer) else ()
    return any(isinstance(layer, _DROPOUTS) and layer.rate > 0 for layer in inside)


@keras.saving.register_keras_serializable("recipes")
class LocalResponseNormalization(layers.Layer):
    """y = x / (k + alpha · Σ x²)^beta over neighbouring channels (guide row 56).

    It smooths weights, and has been replaced by batch normalization (Krizhevsky et al. 2012, whose
    figures are the defaults).

    Args:
        size: Number of channels in the sum, an odd number; fewer at the edges.
        k: Constant in the denominator.
        alpha: Factor on the sum of the squares.
        beta: Exponent.
        **kwargs: Those of `keras.layers.Layer`.
    """

    def __init__(self, size=5, k=2.0, alpha=1e-4, beta=0.75, **kwargs):
        super().__init__(**kwargs)
        if not isinstance(size, int) or size < 1 or size % 2 == 0:
            rule = "`size` must be an odd number of at least 1"
            raise ArgumentError(describe("LocalResponseNormalization", rule, size=size))
        self.size, self.k, self.alpha, self.beta = size, k, alpha, beta

    def call(self, x):
        """Returns a tensor of the shape of x, (batch, …, channels)."""
        half, channels = self.size // 2, x.shape[-1]
        edges = [(0, 0)] * (len(x.shape) - 1) + [(half, half)]
        wide = keras.ops.cast(x, "float32")  # a square above 65,504 is infinite in float16
        squares = keras.ops.pad(keras.ops.square(wide), edges)
        total = sum(squares[..., first : first + channels] for first in range(self.size))
        return keras.ops.cast(wide / (self.k + self.alpha * total) ** self.beta, x.dtype)

    def get_config(self):
        """Returns what Keras saves of this layer."""
        own = {"size": self.size, "k": self.k, "alpha": self.alpha, "beta": self.beta}
        return {**super().get_config(), **own}
