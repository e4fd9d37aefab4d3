"""Networks of keras.applications with our head, frozen and unfrozen (guide row 63)."""

from pathlib import Path

import keras
from keras import layers

from recipes.blocks.heads import classification_head
from recipes.errors import ArgumentError, DataError, describe

BACKBONE = "backbone"  # the name of the layer that is frozen
_NETWORKS = {  # by order: how pixels go in, and the network of each depth
    "post": (
        "caffe",
        {
            50: keras.applications.ResNet50,
            101: keras.applications.ResNet101,
            152: keras.applications.ResNet152,
        },
    ),
    "preact": (
        "tf",
        {
            50: keras.applications.ResNet50V2,
            101: keras.applications.ResNet101V2,
            152: keras.applications.ResNet152V2,
        },
    ),
}


@keras.saving.register_keras_serializable("recipes")
class ImageNetPixels(layers.Layer):
    """Brings pixels from 0 to 1 to the form that a network of keras.applications was trained on.

    Args:
        mode: "caffe", "tf" or "torch", as in `keras.applications.imagenet_utils`.
        **kwargs: Those of `keras.layers.Layer`.
    """

    def __init__(self, mode, **kwargs):
        super().__init__(**kwargs)
        self.mode = mode

    def call(self, x):
        """Returns a tensor of the shape of x, (batch, height, width, 3)."""
        return keras.applications.imagenet_utils.preprocess_input(255.0 * x, mode=self.mode)

    def get_config(self):
        """Returns what Keras saves of this layer."""
        return {**super().get_config(), "mode": self.mode}


def build_pretrained(where, image, depth, order, weights, head, name):
    """Returns a residual network of keras.applications under our head; all but the head is frozen.

    Args:
        where: Name of the builder, for messages.
        image: Tuple (height, width, 3), in pixels.
        depth: 50, 101 or 152; None takes 50.
        order: "post", or "preact" for the networks V2.
        weights: "imagenet", or the path of a weights file of the network without its top.
        head: What `classification_head` takes by name.
        name: Name of the model, or None.

    Returns:
        An uncompiled `keras.Model` from pixels between 0 and 1.

    Raises:
        ArgumentError: If no such network is there.
        DataError: If the weights cannot be read or fetched.
    """
    mode, networks = _NETWORKS[order]
    depth = _check_depth(where, 50 if depth is None else depth, tuple(networks))
    _check_image(where, image)
    backbone = _load(where, networks[depth], image, weights)
    inputs = keras.Input(image, name="image")
    x = ImageNetPixels(mode, name="pixels")(inputs)
    outputs = classification_head(backbone(x), **head)
    return freeze(keras.Model(inputs, outputs, name=name or f"resnet{depth}"))


def freeze(model):
    """Freezes the backbone of a pretrained model, so that the head alone learns.

    Args:
        model: What a builder returned with `pretrained`.

    Returns:
        The model. Compile it again before it is trained.

    Raises:
        ArgumentError: If the model has no backbone.

    Example:

        model = build_resnet((224, 224, 3), num_classes=5, depth=50, pretrained="imagenet")
        unfreeze(model).trainable  # True: all of it
        freeze(model).compile("adam", "sparse_categorical_crossentropy")  # the head alone, again
    """
    _find_backbone("freeze", model).trainable = False
    return model


def unfreeze(model):
    """Opens the backbone of a pretrained model, so that all of it learns.

    Its batch normalizations stay frozen, which in Keras means in inference mode: the statistics of
    a few new images would spoil what the weights around them were trained with.

    Args:
        model: What a builder returned with `pretrained`.

    Returns:
        The model. Compile it again before it is trained, with a rate about a tenth of the first.

    Raises:
        ArgumentError: If the model has no backbone.

    Example:

        model = build_resnet((224, 224, 3), num_classes=5, depth=50, pretrained="imagenet")
        fit(model, (x, y), epochs=5)  # the head
        fit(unfreeze(model), (x, y), recipe=Recipe(learning_rate=0.01))  # all of it
    """
    backbone = _find_backbone("unfreeze", model)
    backbone.trainable = True
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.trainable = False
    return model


def _find_backbone(where, model):
    for layer in getattr(model, "layers", ()):
        if layer.name == BACKBONE:
            return layer
    rule = f"the model must have a layer named {BACKBONE!r}"
    hint = 'build_resnet(…, pretrained="imagenet") makes one.'
    raise ArgumentError(describe(where, rule, hint, model=getattr(model, "name", model)))


def _check_depth(where, depth, known):
    if isinstance(depth, int) and depth in known:
        return depth
    hint = "keras.applications has weights of these alone."
    rule = f"with `pretrained`, `depth` must be one of {', '.join(map(str, known))}"
    raise ArgumentError(describe(where, rule, hint, depth=depth))


def _check_image(where, image):
    if image[2] != 3 or min(image) < 3 or min(image[:2]) < 32:
        rule = "pretrained networks take images of 3 channels and at least 32 pixels a side"
        hint = "Repeat a grey channel three times, and resize smaller images."
        raise ArgumentError(describe(where, rule, hint, input_shape=image))


def _load(where, network, image, weights):
    """Returns the network without its top, with its weights."""
    file = None if weights == "imagenet" else Path(weights)
    if file is not None and not file.is_file():
        rule = '`pretrained` must be "imagenet" or a weights file that is there'
        raise DataError(describe(where, rule, pretrained=str(weights)))
    try:
        return network(
            include_top=False, weights=str(file or weights), input_shape=image, name=BACKBONE
        )
    except Exception as error:  # Keras raises a bare one without a network
        rule = "the pretrained weights must be there to be fetched or read"
        first = str(error).strip().splitlines()[0]
        hint = f"It failed ({first}). A file that is here already can be named by its path."
        raise DataError(describe(where, rule, hint, pretrained=str(weights))) from error


def check_weights(where, weights):
    """Refuses what is neither "imagenet" nor a path."""
    if isinstance(weights, (str, Path)):
        return
    rule = '`pretrained` must be "imagenet" or the path of a weights file'
    raise ArgumentError(describe(where, rule, pretrained=weights))
