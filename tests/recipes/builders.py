"""The builders as the contract tests see them: small, with data that fit."""

import dataclasses
import functools

import numpy as np

from recipes import build_fcn, build_mlp, build_resnet, build_rnn, build_unet

SAMPLES = 8
ACTIVATIONS = ("relu", "swish", "tanh")


@dataclasses.dataclass(frozen=True)
class Case:
    """A builder with the arguments that make it small.

    Args:
        build: The builder, called with `norm`, `activation`, `seed` and so on.
        sample: Shape of one sample.
        output: Shape of one output.
        norms: The norms that it takes.
        loss: Name of the Keras loss that fits its output.
        tokens: Number of token ids where the samples are such, or None.
    """

    build: object
    sample: tuple
    output: tuple
    norms: tuple = ("batch", "group", "layer", "instance", None)
    loss: str = "sparse_categorical_crossentropy"
    tokens: int | None = None

    def data(self):
        """Returns inputs and targets of a few samples."""
        generator = np.random.default_rng(0)
        shape = (SAMPLES, *self.sample)
        if self.tokens:
            x = generator.integers(0, self.tokens, shape).astype("int32")
            x[:, 0] = 1  # no sample is padding alone
        else:
            x = generator.random(shape, dtype="float32")
        if self.loss == "mse":
            return x, generator.random((SAMPLES, *self.output), dtype="float32")
        return x, generator.integers(0, self.output[-1], (SAMPLES, *self.output[:-1]))


def _case(build, *args, sample, output, norms=Case.norms, loss=Case.loss, tokens=None, **options):
    return Case(functools.partial(build, *args, **options), sample, output, norms, loss, tokens)


_VECTORS = ("batch", "group", "layer", None)
_STEPS = (None, "layer", "batch")
_IMAGE = {"sample": (8, 8, 2), "output": (3,)}
_PIXELS = {"sample": (8, 8, 2), "output": (8, 8, 3)}
_resnet = functools.partial(_case, build_resnet, (8, 8, 2), 3, depth=8, custom=True, width=0.5)

CASES = {
    "resnet": _resnet(**_IMAGE),
    "resnet-preact-d": _resnet(**_IMAGE, order="preact", variant="d"),
    "resnet-identity": _resnet(**_IMAGE, shortcut="identity"),
    "resnet-large-d": _case(
        *(build_resnet, (64, 64, 2), 3),
        sample=(64, 64, 2),
        output=(3,),
        depth=18,
        shape="wide",
        variant="d",
        width=0.1,
    ),
    "resnet-regression": _resnet(**_IMAGE, loss="mse", task="regression"),
    "unet-mask": _case(build_unet, (8, 8, 2), 3, depth=2, filters=4, **_PIXELS),
    "unet-image": _case(
        build_unet, (None, None, 2), 3, depth=1, filters=4, task="image", loss="mse", **_PIXELS
    ),
    "fcn": _case(build_fcn, (None, None, 2), 3, depth=1, filters=4, **_IMAGE),
    "fcn-mask": _case(build_fcn, (None, None, 2), 3, depth=2, filters=4, task="mask", **_PIXELS),
    "fcn-image": _case(
        build_fcn, (8, 8, 2), 3, depth=2, filters=4, task="image", loss="mse", **_PIXELS
    ),
    "mlp": _case(build_mlp, (6,), 3, units=8, sample=(6,), output=(3,), norms=_VECTORS),
    "rnn-numbers": _case(
        build_rnn, (5, 4), 3, units=8, bidirectional=True, sample=(5, 4), output=(3,), norms=_STEPS
    ),
    "rnn-tokens": _case(
        *(build_rnn, (None,), 3),
        cell="gru",
        depth=2,
        units=8,
        vocabulary_size=11,
        embedding_size=4,
        sample=(5,),
        output=(3,),
        norms=_STEPS,
        tokens=11,
    ),
    "rnn-next-step": _case(
        *(build_rnn, (5,), 11),
        units=8,
        vocabulary_size=11,
        embedding_size=4,
        task="next_step",
        sample=(5,),
        output=(5, 11),
        norms=(None, "layer"),
        tokens=11,
    ),
}
BUILDERS = ("resnet", "unet-mask", "fcn", "mlp", "rnn-numbers")  # one case of each builder
