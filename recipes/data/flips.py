"""Does a mirror image keep its class (guide row 18)?"""

import dataclasses

import numpy as np

from recipes.data.augmentation import FLIPS
from recipes.errors import DataError, check_one_of, describe
from recipes.seeds import derive_seed
from recipes.words import plural

_SAMPLES = 4_000  # of which half is judged: nearest neighbours among 2,000 take under a second
_SIDE = 16  # pixels; details do not show which way round an image is
_NEIGHBOURS = 5
_AXES = {"horizontal": (2,), "vertical": (1,), "both": (1, 2)}
_LOST = 0.1  # of the accuracy above chance
_CHANCE = 0.01  # probability of such a loss if the flip did nothing


@dataclasses.dataclass(frozen=True)
class FlipEffect:
    """What a flip does to the classes.

    Attributes:
        flip: "horizontal", "vertical" or "both".
        accuracy: Share of held-out images that their nearest neighbours name rightly.
        mirrored: The same share for their mirror images.
        changes_label: True if the mirror images are named wrongly too often for chance.
    """

    flip: str
    accuracy: float
    mirrored: float
    changes_label: bool

    def __str__(self):
        shares = (
            f"by their nearest neighbours {self.accuracy:.0%} of held-out images are named "
            f"rightly, and {self.mirrored:.0%} of their mirror images"
        )
        if self.changes_label:
            return f'A flip ("{self.flip}") changes what the images show: {shares}. Leave it out.'
        return f'A flip ("{self.flip}") leaves the classes as they are: {shares}.'


def flip_changes_label(x, y, *, flip="horizontal", seed=0):
    """Says whether a flip would change the class of images; `flip_effect` gives the figures.

    Args:
        x: Array of shape (samples, height, width, channels).
        y: Whole numbers of shape (samples,), or one-hot of shape (samples, classes).
        flip: "horizontal", "vertical" or "both".
        seed: A whole number of at least 0: which samples are looked at.

    Returns:
        True if augmentation with this flip would teach wrong classes.

    Raises:
        DataError: If x or y has another form, x holds NaN or infinity, or a class has fewer than 2
            samples.
        ArgumentError: If `flip` is unknown.

    Example:

        flip = None if flip_changes_label(x, y) else "horizontal"
    """
    return flip_effect(x, y, flip=flip, seed=seed).changes_label


def flip_effect(x, y, *, flip="horizontal", seed=0):
    """Measures what a flip does to the classes, with a simple classifier.

    One half of up to 4,000 samples, made small, is what the other half and its mirror images are
    compared with: 5 nearest neighbours name them. Where mirror images are named wrongly more often
    (a tenth of the accuracy above chance, and by McNemar's test no accident at 1 %), they look like
    something else. Digits do; photographs do not.

    Args:
        x: Array of shape (samples, height, width, channels).
        y: Whole numbers of shape (samples,), or one-hot of shape (samples, classes).
        flip: "horizontal", "vertical" or "both".
        seed: A whole number of at least 0: which samples are looked at.

    Returns:
        A `FlipEffect`.

    Raises:
        DataError: If x or y has another form, x holds NaN or infinity, or a class has fewer than 2
            samples.
        ArgumentError: If `flip` is unknown.
    """
    from sklearn.model_selection import train_test_split
    from sklearn.neighbors import KNeighborsClassifier

    check_one_of("flip_effect", "flip", flip, FLIPS)
    x, y = _check(x, y)
    random = np.random.default_rng(derive_seed(seed, "flip"))
    chosen = random.permutation(len(x))[:_SAMPLES]
    labels, counts = np.unique(y[chosen], return_counts=True)
    chosen = chosen[np.isin(y[chosen], labels[counts >= 2])]
    if not len(chosen) or len(labels) < 2:
        rule = "y must have at least 2 classes of at least 2 samples"
        raise DataError(describe("flip_effect", rule, y=plural(len(labels), "class")))
    known, asked = train_test_split(
        chosen, test_size=0.5, stratify=y[chosen], random_state=derive_seed(seed, "halves")
    )
    images = _shrink(x[known])
    neighbours = KNeighborsClassifier(min(_NEIGHBOURS, len(known)))
    neighbours.fit(images.reshape(len(known), -1), y[known])
    held = _shrink(x[asked])
    right, mirrored = (
        neighbours.predict(seen.reshape(len(asked), -1)) == y[asked]
        for seen in (held, np.flip(held, _AXES[flip]))
    )
    return _judge(flip, right, mirrored, chance=np.bincount(_codes(y[asked])).max() / len(asked))


def _check(x, y):
    x, y = np.asarray(x), np.asarray(y)
    if y.ndim == 2:
        y = y.argmax(axis=1) if y.shape[1] > 1 else y[:, 0]
    if not (x.ndim == 4 and y.ndim == 1 and len(x) == len(y)):
        shape = "(samples, height, width, channels)"
        rule = f"x must have the shape {shape}, and y one class for each sample"
        received = {"x": f"shape {x.shape}", "y": f"shape {y.shape}"}
        raise DataError(describe("flip_effect", rule, **received))
    if not np.isfinite(x).all():
        raise DataError(describe("flip_effect", "x must not hold NaN or infinity"))
    return x, y


def _codes(y):
    return np.unique(y, return_inverse=True)[1]


def _shrink(images):
    """Returns the means of squares of pixels, so that no side has more than 16 and a half as many.

    A remainder is cut off at both ends alike: the image stays in the middle for its mirror image.
    """
    images = images.astype("float32")
    for axis in (1, 2):
        step = max(1, images.shape[axis] // _SIDE)
        over = images.shape[axis] % step
        inner = np.take(images, range(over // 2, images.shape[axis] - (over - over // 2)), axis)
        shape = (*inner.shape[:axis], inner.shape[axis] // step, step, *inner.shape[axis + 1 :])
        images = inner.reshape(shape).mean(axis=axis + 1)
    return images


def _judge(flip, right, mirrored, chance):
    """McNemar's exact test on the images of which one form alone is named rightly."""
    from scipy.stats import binomtest

    lost, won = int((right & ~mirrored).sum()), int((~right & mirrored).sum())
    accident = binomtest(lost, lost + won, alternative="greater").pvalue if lost + won else 1.0
    large = right.mean() - mirrored.mean() > _LOST * max(right.mean() - chance, 0.0)
    changes = bool(accident < _CHANCE and large)
    return FlipEffect(flip, float(right.mean()), float(mirrored.mean()), changes)
