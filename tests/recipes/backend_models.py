"""Every builder, small, with data that fit; as a program it tries them on one backend of Keras.

KERAS_BACKEND=jax python backend_models.py FOLDER [NAME…]

On TensorFlow each model leaves weights in the folder, and what it makes of them; on any other
backend it takes up those weights. A JSON line each says how it went.
"""

import dataclasses
import functools
import json
import sys
import tempfile
import traceback
from pathlib import Path

import numpy as np

import recipes  # which loads no Keras before a model is built

SAMPLES = 8
CLASSES = 3
TOKENS = 11
CROSSENTROPY = "sparse_categorical_crossentropy"
ONE_HOT = "categorical_crossentropy"
RATE = 0.01  # of the steps, small enough for each loss to go down


@dataclasses.dataclass(frozen=True)
class Example:
    """A model and one batch for it.

    Args:
        build: Makes the model, without arguments, always from the same seed.
        x: Inputs, an array.
        y: Targets, an array or a dict of them.
        loss: Name of a Keras loss.
    """

    build: object
    x: np.ndarray
    y: np.ndarray | dict
    loss: str = CROSSENTROPY


# --- data -----------------------------------------------------------------------------------------

_GENERATOR = np.random.default_rng(0)


def _numbers(*shape):
    return _GENERATOR.random((SAMPLES, *shape), dtype="float32")


def _classes(*shape, count=CLASSES):
    return _GENERATOR.integers(0, count, (SAMPLES, *shape)).astype("int32")


IMAGES, ODD_IMAGES, LARGE_IMAGES = _numbers(8, 8, 3), _numbers(9, 7, 3), _numbers(32, 32, 3)
NEW_IMAGES, VECTORS, LABELS = _numbers(8, 8, CLASSES), _numbers(6), _classes()
MASKS, BITS, TARGETS = _classes(8, 8), _classes(1, count=2), _numbers(CLASSES)
ONE_HOT_MASKS = np.eye(CLASSES, dtype="float32")[MASKS]
_PADDED = np.arange(5) >= _GENERATOR.integers(2, 6, (SAMPLES, 1))  # the ends of short sequences
SEQUENCES = np.where(_PADDED[..., None], np.float32(0), _numbers(5, 4))
TEXTS = np.where(_PADDED, np.int32(0), 1 + _classes(5, count=TOKENS - 1))
NEXT_TOKENS = _classes(5, count=TOKENS)

# --- models: Keras loads when the first is built --------------------------------------------------


def _later(name, *arguments, **options):
    return lambda: getattr(recipes, name)(*arguments, seed=0, **options)


_small = functools.partial(_later, "build_resnet", depth=8, custom=True, width=0.25)
_resnet = functools.partial(_small, (8, 8, 3), CLASSES)
_odd = functools.partial(_small, (9, 7, 3), CLASSES)
_large = functools.partial(_later, "build_resnet", (32, 32, 3), CLASSES, width=1 / 16)
_unet = functools.partial(_later, "build_unet", (8, 8, 3), CLASSES, depth=2, filters=4)
_fcn = functools.partial(_later, "build_fcn", (None, None, 3), CLASSES, depth=2, filters=4)
_mlp = functools.partial(_later, "build_mlp", (6,), CLASSES, units=8)
_flat = _later("build_mlp", (8, 8, 3), 1, units=8)
_rnn = functools.partial(_later, "build_rnn", (5, 4), CLASSES, units=8)
_texts = {"vocabulary_size": TOKENS, "embedding_size": 4, "units": 8}


def _local_response():
    """A convolution, and the normalization over neighbouring channels behind it."""
    from keras import Input, Model

    from recipes.blocks import LocalResponseNormalization, Style, classification_head, conv_bn_act

    x = Input((8, 8, 3))
    y = conv_bn_act(x, 8, style=Style(norm=None, seed=0), name="first")
    y = LocalResponseNormalization(alpha=0.1)(y)
    return Model(x, classification_head(y, CLASSES, style=Style(seed=0)))


def _separable():
    """A depthwise and a pointwise convolution, the first of them with a stride."""
    from keras import Input, Model

    from recipes.blocks import Style, classification_head, separable_conv_bn_act

    x, style = Input((9, 7, 3)), Style(seed=0)
    y = separable_conv_bn_act(x, 8, strides=2, style=style, name="first")
    return Model(x, classification_head(y, CLASSES, style=style))


def _pixels(mode):
    """The way in of a network of `keras.applications`, and a head."""
    from keras import Input, Model

    from recipes.blocks import Style, classification_head, conv_bn_act
    from recipes.models.pretrained import ImageNetPixels

    x, style = Input((8, 8, 3)), Style(seed=0)
    y = conv_bn_act(ImageNetPixels(mode)(x), 8, style=style, name="first")
    return Model(x, classification_head(y, CLASSES, style=style))


MODELS = {
    "resnet": Example(_resnet(), IMAGES, LABELS),
    "resnet-group": Example(_resnet(norm="group"), IMAGES, LABELS),
    "resnet-layer": Example(_resnet(norm="layer"), IMAGES, LABELS),
    "resnet-instance": Example(_resnet(norm="instance"), IMAGES, LABELS),
    "resnet-no-norm": Example(_resnet(norm=None), IMAGES, LABELS),
    "resnet-preact": Example(_resnet(order="preact"), IMAGES, LABELS),
    "resnet-identity": Example(_resnet(shortcut="identity"), IMAGES, LABELS),
    "resnet-preact-identity": Example(_resnet(order="preact", shortcut="identity"), IMAGES, LABELS),
    "resnet-swish-penalties": Example(_resnet(activation="swish", regularize=1), IMAGES, LABELS),
    "resnet-svd": Example(_resnet(initializer="svd"), IMAGES, LABELS),
    "resnet-regression": Example(_resnet(task="regression"), IMAGES, TARGETS, "mse"),
    "resnet-d": Example(_resnet(variant="d"), IMAGES, LABELS),
    "resnet-large-b": Example(_large(depth=18, shape="wide"), LARGE_IMAGES, LABELS),
    "resnet-large-d": Example(_large(depth=50, shape="wide", variant="d"), LARGE_IMAGES, LABELS),
    "resnet-odd-b": Example(_odd(), ODD_IMAGES, LABELS),
    "resnet-odd-d": Example(_odd(variant="d"), ODD_IMAGES, LABELS),
    "resnet-odd-identity": Example(_odd(shortcut="identity"), ODD_IMAGES, LABELS),
    "unet-mask": Example(_unet(), IMAGES, ONE_HOT_MASKS, ONE_HOT),
    "unet-mask-sparse": Example(_unet(), IMAGES, MASKS),
    "unet-image": Example(_unet(task="image"), IMAGES, NEW_IMAGES, "mse"),
    "unet-deep": Example(
        _unet(deep_supervision=True),
        IMAGES,
        {"predictions": ONE_HOT_MASKS, "predictions_2": ONE_HOT_MASKS},
        ONE_HOT,
    ),
    "fcn": Example(_fcn(), IMAGES, LABELS),
    "fcn-odd": Example(_fcn(norm="group"), ODD_IMAGES, LABELS),
    "fcn-mask": Example(_fcn(task="mask"), IMAGES, ONE_HOT_MASKS, ONE_HOT),
    "fcn-image": Example(_fcn(task="image"), IMAGES, NEW_IMAGES, "mse"),
    "mlp": Example(_mlp(), VECTORS, LABELS),
    "mlp-logits": Example(_mlp(norm="layer", task="regression"), VECTORS, TARGETS, "mse"),
    "mlp-flattened": Example(
        _later("build_mlp", (8, 8, 3), 1), IMAGES, BITS, "binary_crossentropy"
    ),
    "rnn-lstm": Example(_rnn(), SEQUENCES, LABELS),
    "rnn-gru": Example(_rnn(cell="gru", norm="layer"), SEQUENCES, LABELS),
    "rnn-svd": Example(_rnn(initializer="svd", depth=2), SEQUENCES, LABELS),
    "rnn-masked": Example(_rnn(mask_value=0, norm="batch"), SEQUENCES, LABELS),
    "rnn-both-ways": Example(_rnn(bidirectional=True, mask_value=0, depth=2), SEQUENCES, LABELS),
    "rnn-both-ways-gru": Example(_rnn(bidirectional=True, cell="gru"), SEQUENCES, LABELS),
    "rnn-texts": Example(_later("build_rnn", (None,), CLASSES, **_texts), TEXTS, LABELS),
    "rnn-texts-both-ways": Example(
        _later("build_rnn", (5,), CLASSES, cell="gru", bidirectional=True, **_texts), TEXTS, LABELS
    ),
    "rnn-next-step": Example(
        _later("build_rnn", (5,), TOKENS, task="next_step", **_texts), TEXTS, NEXT_TOKENS
    ),
    "rnn-next-step-layer": Example(
        _later("build_rnn", (5,), TOKENS, task="next_step", cell="gru", norm="layer", **_texts),
        *(TEXTS, NEXT_TOKENS),
    ),
    "local-response": Example(_local_response, IMAGES, LABELS),
    "separable": Example(_separable, ODD_IMAGES, LABELS),
    "pixels-caffe": Example(lambda: _pixels("caffe"), IMAGES, LABELS),
    "pixels-tf": Example(lambda: _pixels("tf"), IMAGES, LABELS),
}

# --- what is tried --------------------------------------------------------------------------------


def outputs_of(model, x):
    """Returns all outputs of a model at inference, as one vector."""
    from keras import ops, tree

    outputs = tree.flatten(model(x, training=False))
    return np.concatenate([ops.convert_to_numpy(output).ravel() for output in outputs])


def train_a_step(model, example):
    """Returns the loss in training before and after a step; a second step tells the latter."""
    losses = []
    for _ in range(2):
        model.reset_metrics()
        losses.append(float(model.train_on_batch(example.x, example.y, return_dict=True)["loss"]))
    return losses


def save_and_load(model):
    """Returns what a model is when it comes back from its file."""
    from keras.saving import load_model

    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        return load_model(Path(folder) / "model.keras")


def shake(model):
    """Moves each weight a little, so that nothing which starts at 0 hides a part of the model."""
    generator = np.random.default_rng(0)
    for weight in model.weights:
        change = generator.uniform(-0.1, 0.1, weight.shape)
        weight.assign_add(abs(change) if "variance" in weight.path else change)


def in_common(model, example, folder, name):
    """Returns how far outputs, and weights after two steps, are from those of TensorFlow.

    The distance of two weights is counted in 1, or in their own size where it is larger.
    """
    from keras import backend

    weights, results = folder / f"{name}.weights.h5", folder / f"{name}.npz"
    if backend.backend() == "tensorflow":
        shake(model)
        model.save_weights(weights)
    else:
        model.load_weights(weights)
    outputs = outputs_of(model, example.x)
    train_a_step(model, example)
    arrays = {"outputs": outputs, **{str(i): w for i, w in enumerate(model.get_weights())}}
    if backend.backend() == "tensorflow":
        np.savez(results, **arrays)
    expected = np.load(results)
    outputs = abs(arrays.pop("outputs") - expected["outputs"])
    weights = [
        abs(weight - expected[key]) / np.maximum(1, abs(expected[key]))
        for key, weight in arrays.items()
    ]
    return {"outputs": float(outputs.max()), "weights": float(max(map(np.max, weights)))}


def try_out(name, folder):
    """Returns how one model fares, as a dict."""
    from keras import backend, optimizers

    example = MODELS[name]
    model = example.build()
    outputs = outputs_of(model, example.x)
    jit = backend.backend() == "jax"  # which compiles each operation by itself otherwise: slower
    model.compile(optimizers.SGD(RATE), example.loss, jit_compile=jit)
    before, after = train_a_step(model, example)
    reloaded = abs(outputs_of(save_and_load(model), example.x) - outputs_of(model, example.x))
    return {
        "name": name,
        "backend": backend.backend(),
        "before": before,
        "after": after,
        "outputs": {"mean": float(outputs.mean()), "std": float(outputs.std())},
        "reloaded": float(reloaded.max()),
        "from_tensorflow": in_common(model, example, folder, name),
    }


def main(folder, *names):
    """Prints how each model fares, one JSON line each; one that fails does not stop the others."""
    for name in names or MODELS:
        try:
            report = try_out(name, Path(folder))
        except Exception:
            report = {"name": name, "error": traceback.format_exc()}
        print(json.dumps(report), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
