"""Networks of the contenders, written after the descriptions in the Keras documentation."""

import keras
from keras import layers

THIRD = 1 / 3


def convnet(input_shape, num_classes):
    """The "Simple MNIST convnet" of keras.io/examples/vision/mnist_convnet."""
    return keras.Sequential(
        [
            keras.Input(input_shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(num_classes, activation="softmax"),
        ]
    )


def resnet20(input_shape, num_classes, *, penalty=1e-4, zero_last_gamma=False):
    """ResNet-20 in the style of the Keras documentation's CIFAR-10 example (version 1).

    Args:
        input_shape: Tuple (height, width, channels), in pixels.
        num_classes: Number of classes.
        penalty: L2 of the kernels; None for none.
        zero_last_gamma: Whether each residual branch begins as zero.
    """

    def convolution(x, filters, kernel_size=3, strides=1, norm=True, activation="relu", gamma=1):
        x = layers.Conv2D(
            filters,
            kernel_size,
            strides=strides,
            padding="same",
            kernel_initializer="he_normal",
            kernel_regularizer=keras.regularizers.L2(penalty) if penalty else None,
        )(x)
        start = keras.initializers.Constant(gamma)
        x = layers.BatchNormalization(gamma_initializer=start)(x) if norm else x
        return layers.Activation(activation)(x) if activation else x

    last = 0 if zero_last_gamma else 1
    inputs = keras.Input(input_shape)
    x = convolution(inputs, 16)
    for stage in range(3):
        filters = 16 * 2**stage
        for block in range(3):
            strides = 2 if stage and not block else 1
            y = convolution(x, filters, strides=strides)
            y = convolution(y, filters, activation=None, gamma=last)
            if strides == 2:
                x = convolution(x, filters, 1, strides, norm=False, activation=None)
            x = layers.Activation("relu")(layers.Add()([x, y]))
    x = layers.Flatten()(layers.AveragePooling2D(8)(x))
    outputs = layers.Dense(num_classes, activation="softmax", kernel_initializer="he_normal")(x)
    return keras.Model(inputs, outputs)


def resnet9(input_shape, num_classes, *, width=THIRD):
    """ResNet-9 of the DAWNBench entry (Page 2018, "How to train your ResNet"), last gammas 0.

    Args:
        input_shape: Tuple (height, width, channels), in pixels; both sides 32.
        num_classes: Number of classes.
        width: Factor on its 64, 128, 256 and 512 filters.
    """

    def convolution(x, filters, gamma="ones"):
        x = layers.Conv2D(
            filters, 3, padding="same", use_bias=False, kernel_initializer="he_normal"
        )(x)
        return layers.ReLU()(layers.BatchNormalization(gamma_initializer=gamma)(x))

    def residual(x, filters):
        return layers.Add()([x, convolution(convolution(x, filters), filters, gamma="zeros")])

    inputs = keras.Input(input_shape)
    first, second, third, fourth = (round(width * filters) for filters in (64, 128, 256, 512))
    x = convolution(inputs, first)
    x = residual(layers.MaxPooling2D()(convolution(x, second)), second)
    x = layers.MaxPooling2D()(convolution(x, third))
    x = residual(layers.MaxPooling2D()(convolution(x, fourth)), fourth)
    x = layers.Flatten()(layers.MaxPooling2D(4)(x))
    logits = layers.Rescaling(0.125)(layers.Dense(num_classes, use_bias=False)(x))
    return keras.Model(inputs, layers.Softmax(dtype="float32")(logits))


def xception_unet(input_shape, num_classes):
    """The U-Net of keras.io/examples/vision/oxford_pets_image_segmentation."""

    def twice(x, filters, layer):
        for _ in range(2):
            x = layer(filters, 3, padding="same")(layers.Activation("relu")(x))
            x = layers.BatchNormalization()(x)
        return x

    inputs = keras.Input(input_shape)
    x = layers.Conv2D(32, 3, strides=2, padding="same")(inputs)
    x = layers.Activation("relu")(layers.BatchNormalization()(x))
    for filters in (64, 128, 256):
        down = layers.MaxPooling2D(3, strides=2, padding="same")
        y = down(twice(x, filters, layers.SeparableConv2D))
        x = layers.Add()([y, layers.Conv2D(filters, 1, strides=2, padding="same")(x)])
    for filters in (256, 128, 64, 32):
        y = layers.UpSampling2D()(twice(x, filters, layers.Conv2DTranspose))
        x = layers.Conv2D(filters, 1, padding="same")(layers.UpSampling2D()(x))
        x = layers.Add()([y, x])
    outputs = layers.Conv2D(num_classes, 3, activation="softmax", padding="same")(x)
    return keras.Model(inputs, outputs)


def lstm(num_classes, *, features=64, units=128):
    """Two LSTM layers with all that Keras takes by default, from characters to the next ones."""
    return keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            layers.Embedding(num_classes, features),
            layers.LSTM(units, return_sequences=True),
            layers.LSTM(units, return_sequences=True),
            layers.Dense(num_classes, activation="softmax"),
        ]
    )
