"""The contenders of each task: our `fit` with nothing chosen, other packages, recipes by hand.

A contender is a function of `Data`, a `Clock` that has just begun, and a seed. It builds, trains
and returns a `Trained`. Those of other packages are trained as their documentation says, with the
batch size that it names, or Keras' 32; they do not validate before the end, which leaves them all
of the budget.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from benchmarks.training import networks
from benchmarks.training.clock import RateByTime, StopInTime, warmup_and_cosine
from recipes import build_resnet, build_rnn, build_unet, fit

_ENDLESS = 1_000_000  # epochs: the clock ends the training
_SHUFFLED = 20_000  # samples, more than there are

# The recipe by hand, for the two networks that have it.
_PEAK = 0.15
_WARMUP = 0.15  # share of the budget
_MOMENTUM = 0.9
_DECAY = 5e-3
_SMOOTHING = 0.1
_BATCH = 64  # samples
_SHIFT = 2  # pixels


@dataclass(frozen=True)
class Trained:
    """A model after its last step.

    Attributes:
        model: The `keras.Model`.
        predict: Function from the samples of `Data` to outputs.
        seconds: Of the budget, at the end of the last step; with validation where there was one.
        epochs: Passes over the data that were begun.
    """

    model: keras.Model
    predict: Callable
    seconds: float
    epochs: int


# --- ours -----------------------------------------------------------------------------------------


def by_fit(build, data, clock, seed):
    """Trains with `fit`: a builder, data, a budget, a seed, and nothing else chosen."""
    run = fit(
        build(data),
        data.train,
        validation=data.validation,
        budget=clock.left(),
        seed=seed,
        verbose=0,
    )
    return Trained(run.model, run.predict, clock.seconds(), len(run.history["loss"]))


def resnet_builder(data):
    """Returns the builder for the images."""
    return functools.partial(build_resnet, data.train[0].shape[1:], data.num_classes)


def unet_builder(data):
    """Returns the builder for the membranes."""
    return functools.partial(build_unet, data.train[0].shape[1:], data.num_classes)


def rnn_builder(data):
    """Returns the builder for the text: a class for each step, as many token ids as classes."""
    return functools.partial(
        build_rnn,
        data.train[0].shape[1:],
        data.num_classes,
        vocabulary_size=data.num_classes,
        task="next_step",
    )


# --- other packages -------------------------------------------------------------------------------


def resnet50(data, clock, seed):
    """ResNet50 of keras.applications with its own preprocessing, by Adam."""
    model = keras.applications.ResNet50(
        weights=None, input_shape=data.train[0].shape[1:], classes=data.num_classes
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    prepare = keras.applications.resnet50.preprocess_input
    return _fit_keras(model, data, clock, prepare=lambda x: prepare(x.astype("float32")))


def hyper_resnet(data, clock, seed):
    """HyperResNet of keras_tuner with all its defaults, which are its first setting."""
    import keras_tuner

    shape = data.train[0].shape[1:]
    hypermodel = keras_tuner.applications.HyperResNet(input_shape=shape, classes=data.num_classes)
    model = hypermodel.build(keras_tuner.HyperParameters())
    targets = functools.partial(keras.utils.to_categorical, num_classes=data.num_classes)
    return _fit_keras(model, data, clock, prepare=unit, targets=targets)


def documentation_convnet(data, clock, seed):
    """The convnet of the Keras documentation: Adam, batches of 128."""
    model = networks.convnet(data.train[0].shape[1:], data.num_classes)
    model.compile("adam", "sparse_categorical_crossentropy")
    return _fit_keras(model, data, clock, prepare=unit, batch_size=128)


def documentation_resnet20(data, clock, seed):
    """ResNet-20 of the Keras documentation: Adam at 1e-3, flips, shifts by a tenth, mean image."""
    model = networks.resnet20(data.train[0].shape[1:], data.num_classes)
    model.compile(keras.optimizers.Adam(1e-3), "sparse_categorical_crossentropy")
    mean = unit(data.train[0]).mean(axis=0)
    change = keras.Sequential(
        [
            layers.RandomFlip("horizontal", seed=seed),
            layers.RandomTranslation(0.1, 0.1, fill_mode="nearest", seed=seed + 1),
        ]
    )

    def augment(x, y):
        return change(x, training=True), y

    return _fit_keras(model, data, clock, prepare=lambda x: unit(x) - mean, augment=augment)


def documentation_unet(data, clock, seed):
    """The U-Net of the Keras documentation: pixels as they are, rmsprop.

    Its page has 6,390 images and batches of 32, of which five minutes on 2 cores hold 30: too few
    for the mean and variance of its norms. It has batches of 4, as ours.
    """
    model = networks.xception_unet(data.train[0].shape[1:], data.num_classes)
    model.compile("rmsprop", "sparse_categorical_crossentropy")
    return _fit_keras(model, data, clock, batch_size=4)


def two_lstms(data, clock, seed):
    """Two LSTM layers with Keras' defaults, by Adam."""
    model = networks.lstm(data.num_classes)
    model.compile("adam", "sparse_categorical_crossentropy")
    return _fit_keras(model, data, clock)


# --- by hand --------------------------------------------------------------------------------------


def resnet20_by_hand(data, clock, seed):
    """The ResNet-20 of the documentation without its penalty, with a recipe by hand."""
    shape = data.train[0].shape[1:]
    model = networks.resnet20(shape, data.num_classes, penalty=None, zero_last_gamma=True)
    return _by_hand(model, data, clock)


def resnet9_by_hand(data, clock, seed):
    """A ResNet-9 of a third of the width, with the same recipe."""
    return _by_hand(networks.resnet9(data.train[0].shape[1:], data.num_classes), data, clock)


def _by_hand(model, data, clock):
    optimizer = keras.optimizers.SGD(_PEAK, momentum=_MOMENTUM, weight_decay=_DECAY)
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    model.compile(optimizer, keras.losses.CategoricalCrossentropy(label_smoothing=_SMOOTHING))
    mean, deviation = (f(data.train[0], axis=(0, 1, 2)) for f in (np.mean, np.std))
    rate = functools.partial(warmup_and_cosine, peak=_PEAK, warmup=_WARMUP)
    return _fit_keras(
        model,
        data,
        clock,
        prepare=lambda x: ((x - mean) / deviation).astype("float32"),
        targets=functools.partial(keras.utils.to_categorical, num_classes=data.num_classes),
        augment=lambda x, y: (flip_and_shift(x, _SHIFT), y),
        batch_size=_BATCH,
        callbacks=[RateByTime(clock, rate)],
    )


def flip_and_shift(images, most):
    """Mirrors half of the images, and moves each by whole pixels; what comes in is 0.

    Args:
        images: Tensor of shape (batch, height, width, channels).
        most: Largest shift, in pixels.
    """
    import tensorflow as tf

    count, side = tf.shape(images)[0], images.shape[1]
    flipped = tf.random.uniform((count, 1, 1, 1)) < 0.5
    images = tf.where(flipped, images[:, :, ::-1], images)
    images = tf.pad(images, [(0, 0), (most, most), (most, most), (0, 0)])
    for axis in (1, 2):
        start = tf.random.uniform((count, 1), maxval=2 * most + 1, dtype="int32")
        images = tf.gather(images, start + tf.range(side), axis=axis, batch_dims=1)
    return images


# --- what they share ------------------------------------------------------------------------------


def unit(x):
    """Returns pixels in [0, 1]."""
    return x.astype("float32") / 255


def _fit_keras(
    model,
    data,
    clock,
    *,
    prepare=lambda x: x,
    targets=lambda y: y,
    augment=None,
    batch_size=32,
    callbacks=(),
):
    """Trains with `model.fit` until the budget is used.

    Args:
        model: A compiled `keras.Model`.
        data: The `Data`.
        clock: The `Clock`.
        prepare: Function from samples to what the model takes.
        targets: Function from labels to what the loss takes.
        augment: Function of a batch (x, y) of tensors that returns another one, or None.
        batch_size: Samples a step.
        callbacks: More Keras callbacks.
    """
    watch = StopInTime(clock)
    x, y = prepare(data.train[0]), targets(data.train[1])
    batches = {"x": x, "y": y, "batch_size": batch_size}
    if augment is not None:
        batches = {"x": _stream(x, y, augment, batch_size)}
    made = model.fit(**batches, epochs=_ENDLESS, callbacks=[*callbacks, watch], verbose=0)

    def predict(x):
        return model.predict(prepare(x), verbose=0)

    return Trained(model, predict, watch.last, len(made.epoch))


def _stream(x, y, augment, batch_size):
    """Returns augmented batches as a `tf.data.Dataset`."""
    import tensorflow as tf

    samples = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(_SHUFFLED)
    batches = samples.batch(batch_size).map(augment, num_parallel_calls=tf.data.AUTOTUNE)
    return batches.prefetch(tf.data.AUTOTUNE)


FIT = "fit"
CONTENDERS = {
    "images": {
        FIT: functools.partial(by_fit, resnet_builder),
        "ResNet50": resnet50,
        "HyperResNet": hyper_resnet,
        "convnet": documentation_convnet,
        "ResNet-20": documentation_resnet20,
        "ResNet-20 by hand": resnet20_by_hand,
        "ResNet-9 by hand": resnet9_by_hand,
    },
    "membranes": {FIT: functools.partial(by_fit, unet_builder), "U-Net": documentation_unet},
    "text": {FIT: functools.partial(by_fit, rnn_builder), "LSTM": two_lstms},
}
