"""The training batches: shuffled, shifted at random, in an order that a seed fixes (row 18)."""

import keras

from recipes.seeds import derive_seed


def training_batches(x, y, *, batch_size, shift=0.0, seed=0):
    """Returns the training data as batches for `model.fit`.

    The images are shifted in sequence, not in parallel: only then are two runs equal.

    Args:
        x: Array of shape (samples, height, width, channels).
        y: Array of shape (samples, …).
        batch_size: Samples a batch; the last one may be smaller.
        shift: Largest shift to each side, as a share of the height and of the width; what comes in
            is 0. Inference sees the images as they are.
        seed: A whole number of at least 0.

    Returns:
        A `tf.data.Dataset` of pairs (x, y), in another order in each epoch.
    """
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((x, y))
    data = data.shuffle(len(x), seed=derive_seed(seed, "shuffle")).batch(batch_size)
    if shift:
        layer = keras.layers.RandomTranslation(
            shift, shift, fill_mode="constant", seed=derive_seed(seed, "shift")
        )

        @tf.autograph.experimental.do_not_convert  # it has no control flow to convert
        def shifted(images, labels):
            return layer(images, training=True), labels

        data = data.map(shifted)
    return data.prefetch(tf.data.AUTOTUNE)
