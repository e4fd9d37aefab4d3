"""The networks, each a frozen description that builds itself for some samples."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from recipes import build_fcn, build_mlp, build_resnet

INITIALIZERS = {
    "he": "he_uniform",
    "xavier": "glorot_uniform",
    "orthogonal": "orthogonal",
    "normal 0.01": keras.initializers.RandomNormal(stddev=0.01),  # that of AlexNet
    "normal 0.05": keras.initializers.RandomNormal(stddev=0.05),
}
_EMBEDDING = 32  # features of a character


def _initializer(name):
    """Returns a new initialiser, whose seed comes from Keras' global one."""
    found = INITIALIZERS[name]
    return found if isinstance(found, str) else type(found)(stddev=found.stddev)


@dataclass(frozen=True, kw_only=True)
class ConvNet:
    """3×3 convolutions with norm and activation, a pooling after every second one.

    Attributes:
        depth: Number of convolutions.
        filters: Channels of the first two; twice as many after each pooling.
        norm: "batch" or None.
        order: "norm first", or "activation first".
        activation: Name of an activation.
        initializer: A name of `INITIALIZERS`.
        head: "pooling" (the mean over all pixels), or "dense" (128 units that see every pixel).
        dropout: Share of the features dropped before the last layer.
        inner_dropout: Share of the channels dropped before each convolution but the first.
        penalty: Factor of the L2 penalty.
    """

    depth: int = 4
    filters: int = 32
    norm: str | None = "batch"
    order: str = "norm first"
    activation: str = "relu"
    initializer: str = "he"
    head: str = "pooling"
    dropout: float = 0.0
    inner_dropout: float = 0.0
    penalty: float = 0.0

    def build(self, samples):
        """Returns an uncompiled `keras.Model`."""
        x = inputs = keras.Input(samples.train[0].shape[1:])
        for number in range(self.depth):
            if number and self.inner_dropout:
                x = layers.Dropout(self.inner_dropout)(x)
            x = self._unit(x, self.filters * 2 ** (number // 2))
            if number % 2 and min(x.shape[1:3]) > 1:
                x = layers.MaxPooling2D()(x)
        x = self._head(x)
        x = layers.Dropout(self.dropout)(x) if self.dropout else x
        outputs = layers.Dense(samples.num_classes, activation="softmax")(x)
        return keras.Model(inputs, outputs)

    def _unit(self, x, filters):
        x = layers.Conv2D(
            filters,
            3,
            padding="same",
            use_bias=self.norm is None,
            kernel_initializer=_initializer(self.initializer),
            kernel_regularizer=keras.regularizers.L2(self.penalty) if self.penalty else None,
        )(x)
        parts = [layers.Activation(self.activation)]
        if self.norm:
            parts.insert(self.order != "norm first", layers.BatchNormalization(momentum=0.9))
        for part in parts:
            x = part(x)
        return x

    def _head(self, x):
        if self.head == "pooling":
            return layers.GlobalAveragePooling2D()(x)
        return layers.Dense(128, activation=self.activation)(layers.Flatten()(x))


@dataclass(frozen=True, kw_only=True)
class MLP:
    """`build_mlp`: dense layers without a norm.

    Attributes:
        depth: Number of hidden layers.
        units: Features of each.
        activation: Name of an activation.
        dropout: Share of the features dropped before the last layer.
    """

    depth: int = 2
    units: int = 256
    activation: str = "relu"
    dropout: float = 0.0

    def build(self, samples):
        """Returns an uncompiled `keras.Model`."""
        return build_mlp(
            samples.train[0].shape[1:],
            samples.num_classes,
            depth=self.depth,
            units=self.units,
            norm=None,
            activation=self.activation,
            dropout=self.dropout,
        )


@dataclass(frozen=True, kw_only=True)
class ResNet:
    """`build_resnet`.

    Attributes:
        depth: Number of weight layers.
        width: Factor on the channels.
        shape: None, "deep" or "wide", at equal cost.
        zero_gamma: Whether the last gammas begin as the builder has them; else all begin as 1.
    """

    depth: int = 10
    width: float = 0.5
    shape: str | None = None
    zero_gamma: bool = True

    def build(self, samples):
        """Returns an uncompiled `keras.Model`."""
        model = build_resnet(
            samples.train[0].shape[1:],
            samples.num_classes,
            depth=self.depth,
            width=self.width,
            shape=self.shape,
        )
        if not self.zero_gamma:
            for layer in model.layers:
                if isinstance(layer, layers.BatchNormalization):
                    layer.gamma.assign(np.ones(layer.gamma.shape))
        return model


@dataclass(frozen=True, kw_only=True)
class Recurrent:
    """One recurrent layer; characters are embedded first.

    Attributes:
        cell: "simple" or "lstm".
        units: Number of features.
        activation: Name of its activation.
        recurrent: Initialiser of the recurrent kernel, a name of `INITIALIZERS`.
        dropout: Share dropped of its input and of its output.
        recurrent_dropout: Share dropped on the way from step to step.
    """

    cell: str = "lstm"
    units: int = 128
    activation: str = "tanh"
    recurrent: str = "orthogonal"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0

    def build(self, samples):
        """Returns an uncompiled `keras.Model`."""
        steps = samples.kind == "steps"
        x = inputs = keras.Input(samples.train[0].shape[1:], dtype="int32" if steps else None)
        x = layers.Embedding(samples.num_classes, _EMBEDDING)(x) if steps else x
        x = layers.Dropout(self.dropout)(x) if self.dropout else x
        kind = layers.LSTM if self.cell == "lstm" else layers.SimpleRNN
        x = kind(
            self.units,
            activation=self.activation,
            recurrent_initializer=_initializer(self.recurrent),
            recurrent_dropout=self.recurrent_dropout,
            return_sequences=steps,
        )(x)
        x = layers.Dropout(self.dropout)(x) if self.dropout else x
        outputs = layers.Dense(samples.num_classes, activation="softmax")(x)
        return keras.Model(inputs, outputs)


@dataclass(frozen=True, kw_only=True)
class Denoiser:
    """`build_fcn` with an image as output.

    Attributes:
        norm: "batch" or None.
        depth: Number of stages of two convolutions.
        filters: Channels of the first.
    """

    norm: str | None = None
    depth: int = 2
    filters: int = 16

    def build(self, samples):
        """Returns an uncompiled `keras.Model`."""
        return build_fcn(
            samples.train[0].shape[1:],
            samples.num_classes,
            task="image",
            depth=self.depth,
            filters=self.filters,
            norm=self.norm,
        )
