"""Data sets and their split."""

import numpy as np
import pytest

from recipes import load_dataset, split_data
from recipes.data.pipeline import training_batches
from recipes.errors import ArgumentError, DataError


def test_the_digits_are_1797_grey_images_of_ten_classes(digits):
    assert digits.x.shape == (1_797, 8, 8, 1)
    assert (digits.x.min(), digits.x.max()) == (0, 1)
    assert np.unique(digits.y).tolist() == list(range(10))


def test_the_three_parts_share_no_sample_and_hold_all(digits):
    numbered = np.arange(len(digits.y))
    split = split_data(numbered, digits.y)
    parts = [set(part[0].tolist()) for part in (split.train, split.validation, split.test)]
    assert sum(map(len, parts)) == len(set.union(*parts)) == 1_797
    assert [len(part) for part in parts] == [1_149, 288, 360]


def test_each_part_has_its_share_of_every_class(split):
    shares = [np.bincount(part[1]) / len(part[1]) for part in (split.train, split.test)]
    assert shares[0] == pytest.approx(shares[1], abs=0.005)


def test_the_split_follows_from_its_seed(digits):
    tests = [split_data(digits.x, digits.y, seed=seed).test[1] for seed in (0, 0, 1)]
    assert np.array_equal(tests[0], tests[1])
    assert not np.array_equal(tests[0], tests[2])


def test_a_class_with_one_sample_cannot_be_split():
    with pytest.raises(DataError) as caught:
        split_data(np.zeros((7, 2)), np.array([0, 0, 0, 0, 0, 0, 1]))
    assert str(caught.value).startswith(
        "split_data: every class needs samples enough for the training, validation and test part. "
        "Received: samples=7, rarest_class=1. It could not be split ("
    )


def test_labels_that_are_too_few_are_not_split_silently():
    with pytest.raises(DataError) as caught:
        split_data([[0.0]] * 20, [0, 1] * 9)
    assert str(caught.value) == (
        "split_data: x and y must be of the same length. Received: x='20 samples', y='18 labels'."
    )


def test_a_file_of_ones_own_is_loaded(tmp_path):
    x, y = np.zeros((6, 8, 8), "uint8"), np.array([[0], [1], [2], [0], [1], [2]])
    np.savez(tmp_path / "mine.npz", x=x, y=y)
    data = load_dataset(tmp_path / "mine.npz")
    assert (data.name, data.x.shape, data.num_classes) == ("mine", (6, 8, 8, 1), 3)
    assert data.y.tolist() == [0, 1, 2, 0, 1, 2]


def test_a_fingerprint_changes_with_any_image_or_label(digits):
    import dataclasses

    x, y = digits.x.copy(), digits.y.copy()
    x[5, 0, 0, 0] += 0.5
    y[7] = (y[7] + 1) % 10
    changed = [dataclasses.replace(digits, x=x), dataclasses.replace(digits, y=y)]
    prints = {data.fingerprint for data in (digits, *changed)}
    assert len(prints) == 3
    assert dataclasses.replace(digits).fingerprint == digits.fingerprint


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ArgumentError) as caught:
        load_dataset("mnist")
    assert str(caught.value) == (
        'load_dataset: `data` must be one of "digits", or the path of an .npz file. '
        "Received: data='mnist'."
    )


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "none.npz"
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert str(caught.value) == (
        "load_dataset: the .npz file must be readable and hold the arrays `x` and `y`. Received: "
        f"data='{path}'. It could not be read ([Errno 2] No such file or directory: '{path}')."
    )


def test_a_file_without_labels_is_refused(tmp_path):
    np.savez(tmp_path / "mine.npz", x=np.zeros((6, 8, 8)))
    with pytest.raises(DataError, match="must be readable and hold the arrays `x` and `y`"):
        load_dataset(tmp_path / "mine.npz")


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((0, 8, 8, 1)), "y": np.zeros(0, int)},
        {"x": np.zeros((4, 8)), "y": np.zeros(4, int)},
        {"x": np.zeros((4, 8, 8, 1)), "y": np.zeros(4)},
        {"x": np.zeros((4, 8, 8, 1)), "y": np.array([0, 1, -1, 2])},
        {"x": np.zeros((4, 8, 8, 1)), "y": np.array([0, 1, 0])},
    ],
    ids=["empty", "no images", "labels that are not whole", "a negative label", "too few"],
)
def test_a_file_whose_labels_tell_no_classes_is_refused(arrays, tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    x, y = (f"{array.dtype} {array.shape}" for array in (arrays["x"], arrays["y"]))
    assert str(caught.value) == (
        "load_dataset: `x` must have the shape (samples, height, width[, channels]) and `y` one "
        f"whole number >= 0 for each sample. Received: x='{x}', y='{y}'. The file is {path}."
    )


def test_training_images_are_shifted_by_whole_batches_that_a_seed_repeats(split):
    x, y = split.train
    runs = [
        [(a.numpy(), b.numpy()) for a, b in training_batches(x, y, batch_size=64, shift=s, seed=0)]
        for s in (0.125, 0.125, 0.0)
    ]
    first, second, still = runs
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(first, second, strict=True))
    assert len(first) == 18  # 1,149 / 64
    assert np.array_equal(first[0][1], still[0][1])
    assert not np.array_equal(first[0][0], still[0][0])


def test_a_shift_moves_an_image_and_fills_up_with_zeros():
    x = np.ones((200, 8, 8, 1), "float32")
    batch = next(iter(training_batches(x, np.zeros(200), batch_size=200, shift=0.25)))[0].numpy()
    rows = batch.sum(axis=(2, 3)) > 0.5
    assert rows.sum(axis=1).min() >= 6  # at most a quarter of 8 rows is pushed out
    assert rows.sum(axis=1).min() < 8
