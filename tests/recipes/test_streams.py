"""Batches that their owner makes: their images are augmented as those of arrays are (row 18)."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny import StopAt, equal

from recipes import Recipe, fit
from recipes.data.augmentation import augmentation
from recipes.data.batches import as_batches
from recipes.training.session.feeding import augmentation_of

X = np.random.default_rng(0).integers(0, 255, (96, 8, 8, 1)).astype("uint8")
Y = (X.mean(axis=(1, 2, 3)) > 127).astype("int64")
RECIPE = Recipe(batch_size=16, epochs=4, learning_rate=0.01, shift=0.25)  # 6 steps an epoch
PLAIN = RECIPE.replace(augmentation=0)


class Batches(keras.utils.PyDataset):
    """Images and targets in batches of 16."""

    def __init__(self, y=Y, **options):
        super().__init__(**options)
        self.y = y

    def __len__(self):
        return 6

    def __getitem__(self, index):
        part = slice(16 * index, 16 * index + 16)
        return X[part], self.y[part], np.ones(16, "float32")


def shuffled(y=Y):
    keras.utils.set_random_seed(0)  # TensorFlow's own seed has a part in the order, too
    data = tf.data.Dataset.from_tensor_slices((X, y, np.ones(96, "float32")))
    return data.shuffle(96, seed=3).batch(16)


def train(data, recipe=RECIPE, **options):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(2)]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    return fit(model, data, recipe=recipe, preflight=False, verbose=0, **options).model


@pytest.mark.parametrize("make", [shuffled, Batches])
def test_their_images_are_augmented_and_a_run_that_is_broken_off_goes_on(make, tmp_path):
    whole = train(make())
    with pytest.raises(KeyboardInterrupt):
        train(make(), folder=tmp_path, callbacks=StopAt(14))
    assert equal(train(make(), folder=tmp_path), whole)
    assert not equal(train(make(), PLAIN), whole)


def stream_of(data, **options):
    augment = augmentation(1, shift=0.25)
    return as_batches("fit", "train", data).stream(batch_size=16, augment=augment, **options)


@pytest.mark.parametrize("make", [shuffled, Batches])
def test_masks_are_moved_with_their_images(make):
    stream = stream_of(make(X))
    images, masks, weights = stream[0] if make is Batches else next(iter(stream))
    images, masks = np.asarray(images), np.asarray(masks)
    np.testing.assert_array_equal(images, masks)
    assert (images.dtype, masks.dtype) == (np.dtype("float32"), np.dtype("uint8"))
    assert {image.tobytes() for image in masks} - {image.tobytes() for image in X}
    np.testing.assert_array_equal(weights, 1)


def test_each_epoch_changes_them_anew_and_one_that_follows_knows_which_it_is():
    data = tf.data.Dataset.from_tensor_slices((X, Y)).batch(16)
    epochs = [np.asarray(images) for images, _ in stream_of(data).take(12)]
    assert not np.array_equal(epochs[:6], epochs[6:])
    second = [np.asarray(images) for images, _ in stream_of(data, first_epoch=1).take(6)]
    np.testing.assert_array_equal(second, epochs[6:])


def test_batches_from_other_processes_are_not_augmented_and_that_is_said():
    said = []

    def layer(recipe, **options):
        view = as_batches("fit", "train", Batches(workers=2, **options))
        return augmentation_of(recipe, view, task="classification", seed=0, say=said.append)

    assert layer(RECIPE) is not None
    assert layer(PLAIN, use_multiprocessing=True) is None
    assert not said
    assert layer(RECIPE, use_multiprocessing=True) is None
    assert said == ["images of a PyDataset with use_multiprocessing=True are not augmented."]
