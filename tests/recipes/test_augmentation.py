"""Augmentation, flips and the training batches (guide rows 2, 10, 18)."""

import keras
import numpy as np
import pytest

from recipes import augmentation, flip_changes_label, load_model, training_batches
from recipes.data.flips import flip_effect
from recipes.errors import ArgumentError, DataError
from recipes.training.session.loader import LoaderWatch


@pytest.fixture(scope="module")
def images():
    """64 colour images of 12×12 pixels in [0, 1]: smooth, as photographs are."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[0:12, 0:12] / 12
    waves = random.uniform(0, 3, (64, 1, 1, 3, 2))
    return (
        0.5 + 0.5 * np.sin(waves[..., 0] * rows[..., None] + waves[..., 1] * columns[..., None])
    ).astype("float32")


def test_level_0_is_nothing():
    assert augmentation(0) is None
    assert augmentation(1, shift=0) is None


@pytest.mark.parametrize("level", [1, 2, 3])
@pytest.mark.parametrize(("low", "high"), [(0, 255), (-1, 1)])
@pytest.mark.parametrize("known", [True, False])
def test_shape_and_range_are_kept(level, low, high, known, images):
    x = low + (high - low) * (images - images.min()) / np.ptp(images)
    layer = augmentation(level, flip="both", value_range=(low, high) if known else None)
    changed = keras.ops.convert_to_numpy(layer(x, training=True))
    assert changed.shape == x.shape
    slack = 1e-3 * (high - low)
    assert changed.min() >= low - slack
    assert changed.max() <= high + slack
    same = (changed == x).all(axis=(1, 2, 3))
    assert same.mean() < 0.1  # at level 1 a few are shifted by 0 pixels and not flipped


@pytest.mark.parametrize("level", [1, 2, 3])
def test_it_is_off_at_inference_in_a_model_that_was_saved(level, images, tmp_path):
    layer = augmentation(level, flip="horizontal")
    model = keras.Sequential([keras.Input((12, 12, 3)), layer])
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded.predict(images, verbose=0), images)
    changed = keras.ops.convert_to_numpy(loaded(images, training=True))
    assert not np.array_equal(changed, images)


def test_a_level_does_what_it_says():
    kinds = {
        level: [type(layer).__name__ for layer in augmentation(level, flip="horizontal").layers]
        for level in (1, 2, 3)
    }
    assert kinds == {
        1: ["RandomTranslation", "RandomFlip"],
        2: ["RandomTranslation", "RandomFlip", "RandomRotation", "ColourChanges"],
        3: ["RandomTranslation", "RandomFlip", "RandomRotation", "RandomZoom", "ColourChanges"],
    }
    changes = [type(layer).__name__ for layer in augmentation(3).layers[-1].changes]
    assert changes == ["RandomContrast", "RandomBrightness", "RandomHue", "RandomSaturation"]


def test_grey_images_have_no_hue_to_change(images):
    grey = images[..., :1]
    assert augmentation(3)(grey, training=True).shape == grey.shape


def test_a_shift_moves_by_whole_pixels_and_fills_up_with_zeros():
    x = np.arange(1, 65, dtype="float32").reshape(1, 8, 8, 1).repeat(300, axis=0)
    moved = keras.ops.convert_to_numpy(augmentation(1, shift=0.25)(x, training=True))
    assert set(np.unique(moved)) == set(range(65))  # nothing between two pixels
    empty = (moved == 0).all(axis=2).sum(axis=1)[:, 0]
    assert set(empty) == {0, 1, 2}  # rows that came in: at most a quarter of 8


def test_the_border_can_be_mirrored():
    x = np.arange(1, 65, dtype="float32").reshape(1, 8, 8, 1).repeat(100, axis=0)
    layer = augmentation(1, shift=0.25, fill_mode="reflect")
    assert keras.ops.convert_to_numpy(layer(x, training=True)).min() == 1


def test_batches_are_equal_for_one_seed_and_others_for_another(images):
    y = np.arange(64)

    def run(seed, level):
        layer = augmentation(level, seed=seed)
        batches = training_batches(images, y, batch_size=24, augmentation=layer, seed=seed)
        return [[(a.numpy(), b.numpy()) for a, b in batches] for _ in range(2)]

    first, second, other, plain = run(0, 3), run(0, 3), run(1, 0), run(0, 0)
    for epoch, again in zip(first, second, strict=True):
        assert [len(labels) for _, labels in epoch] == [24, 24, 16]
        for batch, repeated in zip(epoch, again, strict=True):
            assert all(np.array_equal(a, b) for a, b in zip(batch, repeated, strict=True))
    assert not np.array_equal(first[0][0][1], first[1][0][1])  # another order in each epoch
    assert not np.array_equal(first[0][0][1], other[0][0][1])
    assert np.array_equal(first[0][0][1], plain[0][0][1])
    assert not np.array_equal(first[0][0][0], plain[0][0][0])


def test_a_run_that_goes_on_sees_what_it_would_have_seen(images):
    y = np.arange(64)

    def batches(**options):
        layer = augmentation(1, flip="horizontal")
        return training_batches(images, y, batch_size=24, augmentation=layer, **options)

    whole = batches()
    for _ in range(2):
        list(whole)
    for (x, labels), (other, others) in zip(whole, batches(initial_epoch=2), strict=True):
        assert np.array_equal(x, other)
        assert np.array_equal(labels, others)


def test_each_epoch_has_every_sample_once(images):
    batches = training_batches(images, np.arange(64), batch_size=10)
    assert len(batches) == 7
    for _ in range(2):
        x, y = (np.concatenate(parts) for parts in zip(*batches, strict=True))
        assert sorted(y.tolist()) == list(range(64))
        assert np.array_equal(x, images[y])


def test_no_tuner_is_waited_for_when_an_epoch_ends(images):
    batches = training_batches(images, np.arange(64), batch_size=10)
    assert batches.options().autotune.enabled is False
    stamped = LoaderWatch().watch(batches)
    assert stamped.options().autotune.enabled is False


@pytest.mark.parametrize("channels", [(), (1,)])
def test_masks_are_moved_with_their_images(channels, images):
    masks = (images[..., :1] > 0.5).astype("int32").reshape(64, 12, 12, *channels)
    bright = (images > 0.5).astype("float32")  # so that image and mask can be compared
    layer = augmentation(1, shift=0.25, flip="both")
    batches = training_batches(bright, masks, batch_size=64, augmentation=layer)
    x, y = (part.numpy() for part in next(iter(batches)))
    assert y.dtype == np.int32
    assert y.shape == masks.shape
    assert np.array_equal(x[..., 0], y.reshape(64, 12, 12))
    assert not np.array_equal(x[..., 0].sum(axis=(1, 2)), bright[..., 0].sum(axis=(1, 2)))


def test_colours_of_images_do_not_touch_their_masks(images):
    masks = (images > 0.5).astype("float32")
    batches = training_batches(images, masks, batch_size=64, augmentation=augmentation(3))
    _, y = next(iter(batches))
    assert set(np.unique(y)) == {0.0, 1.0}


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (
            (np.zeros((4, 2)), np.zeros(3)),
            {},
            "training_batches: x and y must be of the same length, at least 1. Received: "
            "x='shape (4, 2)', y='shape (3,)'.",
        ),
        (
            (np.zeros((4, 2)), np.zeros(4)),
            {"augmentation": augmentation(1)},
            "training_batches: what is augmented must be images of shape (samples, height, width, "
            "channels). Received: x='shape (4, 2)'.",
        ),
        (
            (np.zeros((4, 2)), np.zeros(4)),
            {"batch_size": 0},
            "training_batches: `batch_size` must be a whole number of at least 1. Received: "
            "batch_size=0.",
        ),
    ],
)
def test_what_makes_no_batches_is_refused(arguments, options, message):
    with pytest.raises((ArgumentError, DataError)) as caught:
        training_batches(*arguments, **{"batch_size": 2, **options})
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"level": 4},
            "augmentation: `level` must be one of 0, 1, 2, 3. Received: level=4.",
        ),
        (
            {"level": 1, "flip": "sideways"},
            'augmentation: `flip` must be one of "horizontal", "vertical", "both", None. '
            "Received: flip='sideways'.",
        ),
        (
            {"level": 1, "shift": 0.6},
            "augmentation: `shift` must be a number in [0, 0.5]. Received: shift=0.6.",
        ),
        (
            {"level": 1, "fill_mode": "wrap"},
            'augmentation: `fill_mode` must be one of "constant", "reflect". Received: '
            "fill_mode='wrap'.",
        ),
        (
            {"level": 2, "value_range": (1, 0)},
            "augmentation: `value_range` must be a pair (low, high) with low < high, or None. "
            "Received: value_range=(1, 0).",
        ),
    ],
)
def test_an_unknown_setting_is_refused(options, message):
    with pytest.raises(ArgumentError) as caught:
        augmentation(**options)
    assert str(caught.value) == message


def arrows(pointing):
    """200 noisy arrows; the classes differ in which way they point along an axis."""
    random = np.random.default_rng(1)
    y = np.arange(200) % 2
    slope = np.linspace(-1, 1, 8) * (2 * y[:, np.newaxis] - 1)
    x = random.normal(0, 0.3, (200, 8, 8, 1))
    shaped = slope[:, :, np.newaxis] if pointing == "vertical" else slope[:, np.newaxis, :]
    return x + shaped[..., np.newaxis], y


def test_a_flip_changes_digits(digits):
    assert flip_changes_label(digits.x, digits.y) is True
    assert flip_changes_label(digits.x, digits.y, flip="vertical") is True


@pytest.mark.parametrize("pointing", ["horizontal", "vertical"])
def test_a_flip_changes_what_points_along_its_axis_alone(pointing):
    x, y = arrows(pointing)
    flips = {flip: flip_changes_label(x, y, flip=flip) for flip in ("horizontal", "vertical")}
    assert flips == {flip: flip == pointing for flip in flips}
    assert flip_changes_label(x, np.eye(2)[y], flip="both")


def test_a_flip_leaves_classes_that_differ_in_brightness():
    random = np.random.default_rng(0)
    y = np.arange(300) % 3
    x = random.normal(0, 0.5, (300, 40, 33, 3)) + y[:, np.newaxis, np.newaxis, np.newaxis]
    effect = flip_effect(x, y)
    assert (effect.accuracy, effect.mirrored, effect.changes_label) == (1, 1, False)
    assert str(effect) == (
        'A flip ("horizontal") leaves the classes as they are: by their nearest neighbours 100% of '
        "held-out images are named rightly, and 100% of their mirror images."
    )


def test_a_flip_that_does_harm_is_told_with_its_figures():
    effect = flip_effect(*arrows("horizontal"))
    assert str(effect) == (
        'A flip ("horizontal") changes what the images show: by their nearest neighbours 100% of '
        "held-out images are named rightly, and 0% of their mirror images. Leave it out."
    )


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            np.zeros((4, 3)),
            np.zeros(4, int),
            "flip_effect: x must have the shape (samples, height, width, channels), and y one "
            "class for each sample. Received: x='shape (4, 3)', y='shape (4,)'.",
        ),
        (
            np.zeros((4, 3, 3, 1)),
            np.zeros(4, int),
            "flip_effect: y must have at least 2 classes of at least 2 samples. Received: "
            "y='1 class'.",
        ),
        (
            np.full((4, 3, 3, 1), np.nan),
            np.arange(4) % 2,
            "flip_effect: x must not hold NaN or infinity.",
        ),
    ],
)
def test_what_a_flip_cannot_be_judged_on_is_refused(x, y, message):
    with pytest.raises(DataError) as caught:
        flip_changes_label(x, y)
    assert str(caught.value) == message
