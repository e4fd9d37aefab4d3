"""The data sets: real ones, of which each seed draws its own training samples.

- "digits": 1,797 handwritten digits of 8×8 pixels, of scikit-learn; half of them test. As images,
  as "digit rows" (8 steps of 8 numbers) and as "digit pixels" (64 steps of one number).
- "images": 25,000 images of CIFAR-10 of 32×32 pixels; 5,000 of them test, the same for all seeds.
- "text": Shakespeare in pieces of 100 characters, each to predict the next one; 1,000 pieces of the
  last tenth test.
- "noisy digits", "noisy images": the same images with noise, to give back without it.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

NOISE = 0.3  # standard deviation, of pixels from 0 to 1
PIECES = 1_000  # of text that test
CHANCE = 1e-12  # the least probability that float32 can tell from 0

folder = Path("../shared/data")  # of the data that are not digits; a command may name another


@dataclass(frozen=True)
class Samples:
    """What a network learns from, and what it is judged on.

    Attributes:
        train: Pair (x, y) of arrays; pixels from 0 to 255.
        test: The same.
        kind: "classes", "steps" (a class at each step) or "pixels" (images).
        num_classes: Number of classes, or of channels.
    """

    train: tuple
    test: tuple
    kind: str
    num_classes: int

    def score(self, predict):
        """Returns the scores, as a dict, of a function from samples to outputs."""
        x, y = self.test
        return scores(predict(x), y, self.kind)

    def hold_out(self, share, seed):
        """Returns `Samples` with a share of the training samples in the place of the test ones."""
        x, y = self.train
        order = np.random.default_rng(seed).permutation(len(x))
        kept, held = np.split(order, [round(len(x) * (1 - share))])
        return Samples((x[kept], y[kept]), (x[held], y[held]), self.kind, self.num_classes)

    def classes(self, first, last):
        """Returns `Samples` of the classes from `first` up to `last` alone, counted from 0."""
        parts = []
        for x, y in (self.train, self.test):
            own = (y >= first) & (y < last)
            parts.append((x[own], y[own] - first))
        return Samples(*parts, self.kind, last - first)

    def few(self, count):
        """Returns `Samples` with the first training samples alone; they are in random order."""
        x, y = self.train
        return Samples((x[:count], y[:count]), self.test, self.kind, self.num_classes)


@dataclass(frozen=True)
class DataSet:
    """Which data, and how many of them.

    Attributes:
        name: A name of `LOADERS`.
        samples: Number of training samples; None for all there are.
    """

    name: str
    samples: int | None = None

    def load(self, seed):
        """Returns the `Samples` of a seed."""
        return LOADERS[self.name](seed).few(self.samples)

    def __str__(self):
        return self.name if self.samples is None else f"{self.name}, {self.samples:,} samples"


# --- loaders: functions of a seed that return `Samples` -------------------------------------------


def load_digits(seed, shape=(8, 8, 1)):
    """Returns digits, half of each class to train."""
    from sklearn.model_selection import train_test_split

    x, y = _digits()
    x = x.reshape(-1, *shape)
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.5, stratify=y, random_state=seed
    )
    return Samples((x_train, y_train), (x_test, y_test), "classes", 10)


def load_images(seed):
    """Returns images in an order of the seed."""
    x, y, test = _images()
    order = np.random.default_rng(seed).permutation(len(x))
    return Samples((x[order], y[order]), test, "classes", 10)


def load_text(seed):
    """Returns pieces of text in an order of the seed."""
    (x, y), (x_test, y_test), alphabet = _text()
    order = np.random.default_rng(seed).permutation(len(x))
    return Samples((x[order], y[order]), (x_test[:PIECES], y_test[:PIECES]), "steps", alphabet)


def with_noise(load, seed):
    """Returns images with noise as inputs, and those without it as targets, from 0 to 1."""
    clean = load(seed)
    generator = np.random.default_rng(seed)
    parts = []
    for x, _ in (clean.train, clean.test):
        noise = NOISE * generator.standard_normal(x.shape).astype("float32")
        parts.append(((x / 255 + noise) * 255, (x / 255).astype("float32")))
    return Samples(*parts, "pixels", parts[0][1].shape[-1])


@functools.cache
def _digits():
    from sklearn.datasets import load_digits as bunch

    digits = bunch()
    return (digits.images * (255 / 16)).astype("float32"), digits.target.astype("int64")


@functools.cache
def _images():
    from benchmarks.training import tasks

    data = tasks.load_images(folder)
    x, y = (np.concatenate(pair) for pair in zip(data.train, data.validation, strict=True))
    x_test, y_test = data.tests["test"]
    return x.astype("float32"), y, (x_test.astype("float32"), y_test)


@functools.cache
def _text():
    from benchmarks.training import tasks

    data = tasks.load_text(folder)
    return data.train, data.validation, data.num_classes


LOADERS: dict[str, Callable] = {
    "digits": load_digits,
    "digit rows": functools.partial(load_digits, shape=(8, 8)),
    "digit pixels": functools.partial(load_digits, shape=(64, 1)),
    "images": load_images,
    "text": load_text,
    "noisy digits": functools.partial(with_noise, load_digits),
    "noisy images": functools.partial(with_noise, load_images),
}


# --- scores: functions of outputs and targets -----------------------------------------------------


def scores(outputs, y, kind):
    """Returns the scores of outputs as a dict.

    Args:
        outputs: Array of probabilities of shape (…, classes), or of pixels from 0 to 1.
        y: Array of classes, of shape (…,), or of pixels.
        kind: As in `Samples`.
    """
    if kind == "pixels":
        error = np.mean(np.square(np.nan_to_num(outputs, nan=0.5).clip(0, 1) - y))
        return {"psnr": float(-10 * np.log10(error))}
    given = np.nan_to_num(outputs, nan=1 / outputs.shape[-1])  # what broke has learned nothing
    own = np.take_along_axis(given, y[..., np.newaxis], axis=-1)
    return {
        "accuracy": float(100 * np.mean(given.argmax(-1) == y)),
        "bits": float(-np.mean(np.log2(np.maximum(own, CHANCE)))),
    }
