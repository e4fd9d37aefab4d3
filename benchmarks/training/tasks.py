"""The tasks: real data, and what is made of the outputs for data that no contender trained on.

- "images": CIFAR-10, the first 2,000 training images of each class; the last 200 of them validate.
  Accuracy, and that on 5,000 test images.
- "membranes": 24 electron-microscopy images to train, 6 to validate, cut into tiles of 256 pixels.
  The Dice coefficient of the membranes, over all pixels.
- "text": Shakespeare in pieces of 100 characters, each to predict the next one; the last tenth
  validates. Bits per character.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

TILE = 256  # pixels
PIECE = 100  # characters
VALIDATING = 200  # of the 2,000 images of each class


@dataclass(frozen=True)
class Data:
    """What contenders train on, and what their outputs are judged on.

    Attributes:
        train: Pair (x, y) of arrays.
        validation: The same.
        tests: Dict of further pairs by name.
        num_classes: Number of classes.
    """

    train: tuple
    validation: tuple
    num_classes: int
    tests: dict


@dataclass(frozen=True)
class Task:
    """What there is to learn.

    Attributes:
        load: Function of the data folder that returns `Data`.
        score: Function of outputs, as a softmax gives them, and targets.
        metric: What the score is called.
        higher: Whether more is better.
    """

    load: Callable
    score: Callable
    metric: str
    higher: bool

    def scores(self, predict, data):
        """Returns the scores of a trained model as a dict by the name of the data.

        Args:
            predict: Function from x to outputs.
            data: The `Data`.
        """
        parts = {"validation": data.validation, **data.tests}
        return {name: float(self.score(predict(x), y)) for name, (x, y) in parts.items()}


# --- data -----------------------------------------------------------------------------------------


def load_images(folder):
    """Returns 18,000 training images of shape (32, 32, 3), 2,000 to validate and 5,000 to test."""
    with zipfile.ZipFile(folder / "cifar10_25k.zip") as archive:
        x, y = _classes(archive, "train")
        tests = {"test": _classes(archive, "test")}
    last = np.concatenate([np.flatnonzero(y == k)[-VALIDATING:] for k in range(y.max() + 1)])
    validating = np.isin(np.arange(len(y)), last)
    train, validation = (x[~validating], y[~validating]), (x[validating], y[validating])
    return Data(train, validation, int(y.max()) + 1, tests)


def _classes(archive, part):
    """Returns the images below a folder with one subfolder for each class, in order of names."""
    files = sorted(name for name in archive.namelist() if Path(name).match(f"{part}/*/*.jpg"))
    names = [Path(name).parent.name for name in files]
    y = np.unique(names, return_inverse=True)[1].astype("int64")
    return np.stack([_decode(archive.read(name)) for name in files]), y


def load_membranes(folder):
    """Returns 96 tiles of shape (256, 256, 1) with masks (1: membrane), and 24 to validate."""
    with zipfile.ZipFile(folder / "isbi2012_membrane.zip") as archive:
        images, labels = (
            np.stack([_decode(archive.read(f"{kind}/{k}.png")) for k in range(30)])
            for kind in ("image", "label")
        )
    masks = (labels[..., 0] < 128).astype("int64")  # membranes are black
    train, validation = ((tiles(images[p]), tiles(masks[p])) for p in (slice(24), slice(24, 30)))
    return Data(train, validation, 2, {})


def tiles(images, side=TILE):
    """Cuts images of shape (count, height, width, …) into squares, in rows and columns."""
    count, height, width = images.shape[:3]
    cut = images.reshape(count, height // side, side, width // side, side, *images.shape[3:])
    return cut.swapaxes(2, 3).reshape(-1, side, side, *images.shape[3:])


def load_text(folder):
    """Returns pieces of shape (100,) with the character that follows each; 0 stands for none."""
    text = (folder / "tinyshakespeare.txt").read_text(encoding="utf-8")
    alphabet, codes = np.unique(list(text), return_inverse=True)
    codes = codes + 1  # 0 is left to padding, as everywhere in Keras
    cut = len(codes) * 9 // 10
    return Data(pieces(codes[:cut]), pieces(codes[cut:]), len(alphabet) + 1, {})


def pieces(codes, length=PIECE):
    """Cuts a text into pairs (x, y) of shape (count, length), y one character further on."""
    count = (len(codes) - 1) // length
    x, y = codes[: count * length], codes[1 : count * length + 1]
    return x.reshape(-1, length).astype("int32"), y.reshape(-1, length).astype("int64")


def _decode(data):
    """Returns an image of shape (height, width, channels) as uint8."""
    image = np.asarray(Image.open(io.BytesIO(data)))
    return image if image.ndim == 3 else image[..., np.newaxis]


# --- scores ---------------------------------------------------------------------------------------


def accuracy(outputs, y):
    """Returns the share of right answers."""
    return np.mean(outputs.argmax(-1) == y)


def dice(outputs, masks):
    """Returns 2·|A∩B| / (|A| + |B|) of the pixels of class 1, over all images together."""
    found = outputs.argmax(-1) == 1
    both = np.logical_and(found, masks == 1).sum()
    return 2 * both / (found.sum() + (masks == 1).sum())


def bits(outputs, y):
    """Returns the mean negative log2 of the probability that the right class was given."""
    given = np.take_along_axis(outputs, y[..., np.newaxis], axis=-1)
    return -np.mean(np.log2(np.maximum(given, 1e-12)))  # float32 cannot tell less from 0


TASKS = {
    "images": Task(load_images, accuracy, "accuracy", higher=True),
    "membranes": Task(load_membranes, dice, "Dice", higher=True),
    "text": Task(load_text, bits, "bits per character", higher=False),
}
