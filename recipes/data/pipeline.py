"""The training batches: shuffled and augmented as seed, epoch and step say (guide rows 2, 10)."""

import os
import sys

import keras
import numpy as np

from recipes.errors import ArgumentError, DataError, check_integer, describe
from recipes.seeds import derive_seed

_MOST_PARALLEL = 8  # batches that are made at once
_PREFETCHED = 2  # batches


def training_batches(
    x, y, sample_weight=None, *, batch_size, augmentation=None, seed=0, initial_epoch=0
):
    """Returns the training data as batches for `model.fit`.

    Order and augmentation of a batch follow from the seed, the epoch and the step alone. So two
    runs are equal, a run that goes on at epoch 10 sees what it would have seen, and batches can be
    made in parallel. Each pass over the batches is the next epoch, one that is broken off too.

    The arrays stay in memory; batches are made while the model trains on the one before.

    Args:
        x: Array of shape (samples, …), or a dict or tuple of them that is not augmented.
        y: Array of shape (samples, …). Targets of the height and width of the images are moved
            with them.
        sample_weight: Array of shape (samples,), or None.
        batch_size: Samples a batch; the last one may be smaller.
        augmentation: A Keras layer that takes images, as `augmentation` makes one, or None.
            Inference sees the images as they are.
        seed: A whole number of at least 0.
        initial_epoch: Number of the first epoch, from 0.

    Returns:
        A `tf.data.Dataset` of pairs (x, y), or of triples with the weights, in another order in
        each epoch; x is float32 if it is augmented.

    Raises:
        DataError: If there is no sample, or x and y differ in length.
        ArgumentError: If an argument breaks its rule, or what is to be augmented are no images.

    Example:

        batches = training_batches(x, y, batch_size=64, augmentation=augmentation(1))
        model.fit(batches, epochs=30, shuffle=False)  # they are shuffled already
    """
    import tensorflow as tf

    batch_size = check_integer("training_batches", "batch_size", batch_size, 1)
    initial_epoch = check_integer("training_batches", "initial_epoch", initial_epoch, 0)
    x, y = _check(x, y, augmentation)
    weights = () if sample_weight is None else (np.asarray(sample_weight),)
    steps = -(-len(y) // batch_size)
    with tf.device("CPU:0"):  # where tf.data works; on a GPU the arrays would take its memory
        arrays = keras.tree.map_structure(tf.convert_to_tensor, (x, y, *weights))
        epoch = tf.Variable(initial_epoch, dtype="int64")
    order = _epochs(tf, epoch, len(y), steps, batch_size, derive_seed(seed, "shuffle"))
    change = augmenter(augmentation, x, y, seed=seed)

    @tf.autograph.experimental.do_not_convert  # it has no control flow to convert
    def batch(step, chosen):
        found = keras.tree.map_structure(lambda array: tf.gather(array, chosen), arrays)
        return (*change(step, *found[:2]), *found[2:])

    batches = order.map(batch, num_parallel_calls=_parallel_calls(augmentation))
    counted = batches.apply(tf.data.experimental.assert_cardinality(steps))
    return counted.prefetch(_PREFETCHED).with_options(_untuned(tf))


def augmented_batches(batches, augmentation, sample, *, seed=0, first_step=0):
    """Returns batches whose images are changed, as the seed and the number of the batch say.

    Args:
        batches: A `tf.data.Dataset` of batches (x, y) or (x, y, sample_weight), x being images.
        augmentation: As in `training_batches`.
        sample: Pair (x, y) of arrays: some of the samples.
        seed: A whole number of at least 0.
        first_step: Number of the first batch, from 0.

    Returns:
        A `tf.data.Dataset` of as many batches.
    """
    import tensorflow as tf

    change = augmenter(augmentation, *sample, seed=seed)

    @tf.autograph.experimental.do_not_convert
    def changed(step, batch):
        return (*change(step, *batch[:2]), *batch[2:])

    numbered = tf.data.Dataset.zip(tf.data.Dataset.range(first_step, sys.maxsize), batches)
    made = numbered.map(changed, num_parallel_calls=_parallel_calls(augmentation))
    return made.prefetch(_PREFETCHED)


def augmenter(layer, x, y, *, seed=0):
    """Returns what changes a batch: a function (step, images, targets) -> (images, targets).

    Args:
        layer: As `augmentation` of `training_batches`.
        x: Array of shape (samples, …): some of the inputs.
        y: Array of shape (samples, …): their targets; of the height and width of the images they
            are moved with them.
        seed: A whole number of at least 0. What happens to a batch follows from it and the step.
    """
    import tensorflow as tf

    if layer is None:
        return lambda step, images, targets: (images, targets)
    call = _seeded(tf, layer, x, derive_seed(seed, "augmentation"))
    if not (y.ndim > 2 and y.shape[1:3] == x.shape[1:3]):
        return lambda step, images, targets: (call(step, images), targets)

    def together(step, images, targets):
        targets = tf.convert_to_tensor(targets)
        masks = tf.cast(targets if targets.shape.rank == 4 else targets[..., None], "float32")
        moved = call(step, {"images": images, "segmentation_masks": masks})
        masks = tf.reshape(moved["segmentation_masks"], tf.shape(targets))
        return moved["images"], tf.cast(tf.ensure_shape(masks, targets.shape), targets.dtype)

    return together


def _check(x, y, augmentation):
    several = isinstance(x, (dict, tuple))
    x, y = keras.tree.map_structure(np.asarray, x) if several else np.asarray(x), np.asarray(y)
    inputs = keras.tree.flatten(x)
    if not y.ndim or not len(y) or any(not i.ndim or len(i) != len(y) for i in inputs):
        rule = "x and y must be of the same length, at least 1"
        received = {"x": f"shape {inputs[0].shape}", "y": f"shape {y.shape}"}
        raise DataError(describe("training_batches", rule, **received))
    if augmentation is not None and (several or x.ndim != 4):
        rule = "what is augmented must be images of shape (samples, height, width, channels)"
        raise ArgumentError(describe("training_batches", rule, x=f"shape {inputs[0].shape}"))
    return x, y


def _epochs(tf, epoch, samples, steps, batch_size, seed):
    """Returns a data set of (number of the step, the batch's samples), another in each pass."""

    @tf.autograph.experimental.do_not_convert
    def one_epoch(_):
        number = epoch.assign_add(1) - 1
        key = tf.stack([tf.constant(seed, "int64"), number])
        shuffled = tf.random.experimental.stateless_shuffle(tf.range(samples), seed=key)
        numbers = tf.data.Dataset.range(number * steps, (number + 1) * steps)
        chosen = tf.data.Dataset.from_tensor_slices(shuffled).batch(batch_size)
        return tf.data.Dataset.zip(numbers, chosen)

    return tf.data.Dataset.range(1).flat_map(one_epoch)


def _parallel_calls(augmentation):
    """Returns how many batches are made at once; None where a layer counts its calls itself."""
    stateless = augmentation is None or keras.backend.backend() == "tensorflow"
    return min(os.cpu_count() or 1, _MOST_PARALLEL) if stateless else None


def _untuned(tf):
    """Returns options without the tuner of tf.data.

    When an iterator ends, which it does after each epoch, its tuner's thread is waited for: 2 to
    18 s of epochs of 11 to 20 s on 2 cores, though not after each (TensorFlow 2.21.0).
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return options


def _seeded(tf, layer, x, seed):
    """Returns a function (step, data) whose random numbers follow from the step alone.

    With other backends than TensorFlow the layer counts its calls itself, so that batches must be
    made in sequence, and a run that goes on does not see what it would have seen.
    """
    if keras.backend.backend() != "tensorflow":
        return lambda step, data: layer(data, training=True)
    layer(x[:1], training=False)  # it makes its weights
    trainable, others = layer.trainable_variables, layer.non_trainable_variables
    keys = [_key(variable, seed) for variable in others]

    def call(step, data):
        count = tf.cast(step, "uint32")
        states = [
            variable if key is None else tf.stack([tf.constant(key, "uint32"), count])
            for key, variable in zip(keys, others, strict=True)
        ]
        return layer.stateless_call(trainable, states, data, training=True)[0]

    return call


def _key(variable, seed):
    """Returns what the random numbers of a Keras generator depend on; None for another variable."""
    if not variable.path.endswith("seed_generator_state"):
        return None
    own = int(keras.ops.convert_to_numpy(variable)[0])
    return derive_seed(seed, own)
