"""Augmentation by level, from Keras layers, for the data pipeline (guide row 18)."""

import keras

from recipes.errors import ArgumentError, check_one_of, check_range, describe
from recipes.seeds import derive_seed

LEVELS = (0, 1, 2, 3)
FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}
_FILLS = ("constant", "reflect")

# What levels 2 and 3 add. A turn is a share of a full one; contrast, brightness and zoom are shares
# of what is there; hue is a share of the circle of colours; saturation s is times s / (1 − s).
_ROTATION = {2: 0.02, 3: 0.04}
_CONTRAST = {2: 0.2, 3: 0.4}
_BRIGHTNESS = {2: 0.1, 3: 0.2}
_ZOOM = (-0.25, 0.0)  # negative: into the image, which crops it
_HUE = 0.1
_SATURATION = (0.4, 0.6)


def augmentation(level, *, shift=0.125, flip=None, fill_mode="constant", value_range=None, seed=0):
    """Returns a layer that changes training images at random; shape and range stay.

    Level 1 shifts, and flips if `flip` says so: what is published for small images (He et al.
    2015, arXiv:1512.03385, pad 32×32 pixels by 4 and crop). Level 2 turns the image by up to 7°
    and changes contrast and brightness as well. Level 3 does so twice as much, crops, and changes
    hue and saturation of coloured images.

    The layer does nothing at inference. It is meant for `training_batches`, which applies it while
    the model trains on the batch before; in a model it works, too.

    Args:
        level: 0 for none, 1, 2 or 3.
        shift: Largest shift to each side, in whole pixels, as a share of the height and width, in
            [0, 0.5].
        flip: "horizontal", "vertical", "both" or None. `flip_changes_label` says whether a mirror
            image is of the same class.
        fill_mode: What comes in at the border: "constant" for 0, or "reflect" for the mirrored
            border, which is better where the targets are images: they are moved alike.
        value_range: Pair (low, high) of the pixels, such as (0, 255); None takes smallest and
            largest value of each batch. From level 2 on, values stay within.
        seed: A whole number of at least 0.

    Returns:
        A `keras.layers.Pipeline` that takes images of shape (batch, height, width, channels), or
        None where there is nothing to do, as at level 0.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        batches = training_batches(x, y, batch_size=64, augmentation=augmentation(1))
        model.fit(batches, epochs=30, shuffle=False)  # they are shuffled already
    """
    check_one_of("augmentation", "level", level, LEVELS)
    check_one_of("augmentation", "flip", flip, (*FLIPS, None))
    check_one_of("augmentation", "fill_mode", fill_mode, _FILLS)
    shift = check_range("augmentation", "shift", shift, 0, 0.5)
    value_range = _check_value_range(value_range)
    moves = [*_moves(level, shift, flip, fill_mode, seed)] if level else []
    colours = [*_colours(level, seed)] if level >= 2 else []
    layers = moves + ([ColourChanges(colours, value_range)] if colours else [])
    return keras.layers.Pipeline(layers, name="augmentation") if layers else None


def _moves(level, shift, flip, fill_mode, seed):
    """Yields the layers that move pixels: masks go along."""

    def options(name):
        return {"seed": derive_seed(seed, name), "dtype": "float32"}

    if shift:
        yield keras.layers.RandomTranslation(
            shift, shift, fill_mode=fill_mode, interpolation="nearest", **options("shift")
        )
    if flip:
        yield keras.layers.RandomFlip(FLIPS[flip], **options("flip"))
    if level >= 2:
        yield keras.layers.RandomRotation(
            _ROTATION[level], fill_mode=fill_mode, **options("rotation")
        )
    if level == 3:
        yield keras.layers.RandomZoom(_ZOOM, fill_mode=fill_mode, **options("zoom"))


def _colours(level, seed):
    """Yields the layers that change values, of pixels in [0, 1]."""

    def options(name):
        return {"seed": derive_seed(seed, name), "value_range": (0, 1), "dtype": "float32"}

    yield keras.layers.RandomContrast(_CONTRAST[level], **options("contrast"))
    yield keras.layers.RandomBrightness(_BRIGHTNESS[level], **options("brightness"))
    if level == 3:
        yield keras.layers.RandomHue(_HUE, **options("hue"))
        yield keras.layers.RandomSaturation(_SATURATION, **options("saturation"))


def _check_value_range(value_range):
    if value_range is None:
        return None
    pair = tuple(value_range) if isinstance(value_range, (tuple, list)) else ()
    if len(pair) == 2 and pair[0] < pair[1]:
        return float(pair[0]), float(pair[1])
    rule = "`value_range` must be a pair (low, high) with low < high, or None"
    raise ArgumentError(describe("augmentation", rule, value_range=value_range))


@keras.saving.register_keras_serializable("recipes")
class ColourChanges(keras.layers.Layer):
    """Applies layers that are made for pixels in [0, 1] to pixels of any range.

    Hue and saturation are left out where the images have other than 3 channels.

    Args:
        changes: Keras layers for images in [0, 1].
        value_range: Pair (low, high), or None for the smallest and largest value of each batch.
        **kwargs: Those of `keras.layers.Layer`.
    """

    def __init__(self, changes, value_range=None, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        self.changes = changes
        self.value_range = value_range
        # In a tf.data pipeline TensorFlow's tensors stay what they are, whatever the backend.
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    def build(self, input_shape):
        """Has nothing to make: the changes have no weights."""
        self.built = True

    def call(self, data, training=True):
        """Returns images of the same shape and range; of a dict, its `images` are changed."""
        if not training:
            return data
        if isinstance(data, dict):
            return {**data, "images": self._change(data["images"])}
        return self._change(data)

    def _change(self, images):
        low, high = self.value_range or _extremes(images)
        width = high - low + 1e-12  # a batch may have one value alone
        images = (images - low) / width
        for layer in self.changes:
            if images.shape[-1] == 3 or not isinstance(layer, _COLOURED):
                images = layer(images, training=True)
        return images * width + low

    def compute_output_shape(self, input_shape):
        """Returns the shape of the input."""
        return input_shape

    def get_config(self):
        """Returns what Keras saves of this layer."""
        changes = keras.saving.serialize_keras_object(self.changes)
        return {**super().get_config(), "changes": changes, "value_range": self.value_range}

    @classmethod
    def from_config(cls, config):
        """Makes the layer of what Keras has saved."""
        changes = keras.saving.deserialize_keras_object(config["changes"])
        return cls(**{**config, "changes": changes})


_COLOURED = (keras.layers.RandomHue, keras.layers.RandomSaturation)


def _extremes(images):
    """Returns the smallest and largest value, by TensorFlow for its own tensors."""
    if type(images).__module__.startswith("tensorflow"):
        import tensorflow as tf

        return tf.reduce_min(images), tf.reduce_max(images)
    return keras.ops.min(images), keras.ops.max(images)
