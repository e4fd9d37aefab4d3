"""Data sets, their split, and samples that are in two parts (guide row 43)."""

import numpy as np
import pytest

from recipes import Dataset, find_overlap, load_dataset, make_preprocessing, split_data
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
    message = str(caught.value)  # what is in brackets are scikit-learn's words
    assert message.startswith(
        "split_data: every class needs samples enough for the training, validation and test part. "
        "Received: samples=7, rarest_class=1. It could not be split ("
    )
    assert message.endswith("cannot be less than 2.)")  # and no list of the classes


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


def test_a_table_of_numbers_is_loaded_as_it_is(tmp_path):
    x, y = np.arange(12.0).reshape(4, 3), np.array(["no", "yes", "no", "yes"])
    np.savez(tmp_path / "table.npz", x=x, y=y)
    data = load_dataset(tmp_path / "table.npz")
    assert (data.x.tolist(), data.y.tolist()) == (x.tolist(), [0, 1, 0, 1])
    assert data.class_names == ("no", "yes")


def test_a_table_of_bytes_is_one_of_numbers_so_that_it_is_standardised_as_any_other(tmp_path):
    np.savez(tmp_path / "table.npz", x=np.arange(12, dtype="uint8").reshape(4, 3), y=[0, 1, 0, 1])
    x = load_dataset(tmp_path / "table.npz").x
    assert x.dtype == "float32"
    assert [layer.name for layer in make_preprocessing("auto", x)] == ["standardize"]


def test_a_fingerprint_changes_with_any_image_or_label(digits):
    import dataclasses

    x, y = digits.x.copy(), digits.y.copy()
    x[5, 0, 0, 0] += 0.5
    y[7] = (y[7] + 1) % 10
    changed = [dataclasses.replace(digits, x=x), dataclasses.replace(digits, y=y)]
    prints = {data.fingerprint for data in (digits, *changed)}
    assert len(prints) == 3
    assert dataclasses.replace(digits).fingerprint == digits.fingerprint


@pytest.mark.parametrize(
    "y",
    [
        np.random.default_rng(0).normal(size=50),
        np.random.default_rng(0).integers(20, 90, 50).astype(float),
        np.random.default_rng(0).integers(0, 2, (50, 8)),
        np.random.default_rng(0).integers(0, 3, (50, 4, 4)),
    ],
    ids=["numbers", "ages", "several labels", "masks"],
)
def test_targets_that_are_no_classes_are_split_as_well(y):
    split = split_data(np.arange(50), y)
    assert [len(part[0]) for part in (split.train, split.validation, split.test)] == [32, 8, 10]
    drawn = np.concatenate([split.train[0], split.validation[0], split.test[0]])
    assert sorted(drawn) == list(range(50))
    assert np.array_equal(split.test[1], y[split.test[0]])


@pytest.mark.parametrize(
    "y",
    [np.arange(50) % 2, np.array(["a", "b"] * 25), np.arange(50) % 2.0, np.eye(2)[[0, 1] * 25]],
    ids=["whole numbers", "names", "floats", "one-hot"],
)
def test_classes_of_any_form_have_their_share_in_each_part(y):
    test = split_data(np.arange(50), y).test[0]
    assert np.bincount(test % 2).tolist() == [5, 5]


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ArgumentError) as caught:
        load_dataset("mnist")
    assert str(caught.value) == (
        'load_dataset: `data` must be one of "digits", "cifar10", a folder, or the path of an .npz '
        "file. Received: data='mnist'."
    )


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "none.npz"
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert str(caught.value) == (
        "load_dataset: the .npz file must be readable and hold the arrays `x` and `y`. Received: "
        f"data='{path}'. It could not be read ([Errno 2] No such file or directory: '{path}')."
    )


def save_text(path):
    path.write_text("nothing")


def save_one_array(path):
    with path.open("wb") as file:  # numpy.save would end the name in .npy
        np.save(file, np.zeros((6, 2)))


def save_objects(path):
    np.savez(path, x=np.zeros((2, 3)), y=np.array(["cat", "dog"], dtype=object))


@pytest.mark.parametrize(
    ("save", "reason"),
    [
        (lambda path: np.savez(path, x=np.zeros((6, 8, 8))), 'it has no "y", but "x"'),
        (lambda path: np.savez(path), 'it has no "x", "y", but nothing'),
        (save_text, "it is no .npz file, which is a zip file"),
        (save_one_array, "it is no .npz file, which is a zip file"),
        (
            save_objects,
            "it holds Python objects: names are saved by y.astype(str), numbers by astype(float)",
        ),
    ],
    ids=["no labels", "empty", "a text", "one array", "objects"],
)
def test_a_file_without_the_two_arrays_is_refused_with_the_reason(tmp_path, save, reason):
    path = tmp_path / "mine.npz"
    save(path)
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    assert str(caught.value) == (
        "load_dataset: the .npz file must be readable and hold the arrays `x` and `y`. Received: "
        f"data='{path}'. It could not be read ({reason})."
    )


def test_a_file_of_another_kind_is_refused_with_the_way_to_an_npz_file(tmp_path):
    (tmp_path / "table.csv").write_text("1,2,0\n")
    with pytest.raises(ArgumentError) as caught:
        load_dataset(tmp_path / "table.csv")
    assert str(caught.value) == (
        'load_dataset: `data` must be one of "digits", "cifar10", a folder, or the path of an .npz '
        f"file. Received: data='{tmp_path / 'table.csv'}'. A file of another kind becomes one by "
        'numpy.savez("mine.npz", x=x, y=y).'
    )


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": np.zeros((0, 8, 8, 1)), "y": np.zeros(0, int)},
        {"x": np.zeros((4, 8, 8, 1, 1)), "y": np.zeros(4, int)},
        {"x": np.zeros(()), "y": np.zeros(4, int)},
        {"x": np.array([["a", "b"]] * 4), "y": np.zeros(4, int)},
        {"x": np.zeros((4, 8, 8, 1)), "y": np.zeros(4)},
        {"x": np.zeros((4, 8, 8, 1)), "y": np.array([0, 1, -1, 2])},
        {"x": np.zeros((4, 8, 8, 1)), "y": np.array([0, 1, 0])},
    ],
    ids=[
        "empty",
        "videos",
        "one number",
        "texts",
        "labels that are not whole",
        "a negative label",
        "too few",
    ],
)
def test_a_file_whose_labels_tell_no_classes_is_refused(arrays, tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, **arrays)
    with pytest.raises(DataError) as caught:
        load_dataset(path)
    x, y = (f"{array.dtype} {array.shape}" for array in (arrays["x"], arrays["y"]))
    assert str(caught.value) == (
        "load_dataset: `x` must be numbers of the shape (samples, height, width[, channels]) or "
        "(samples, features), and `y` one whole number >= 0 or name for each sample. Received: "
        f"x='{x}', y='{y}'. The file is {path}."
    )


def test_bytes_stay_bytes_and_names_become_classes(tmp_path):
    x, y = np.zeros((4, 8, 8, 3), "uint8"), np.array(["dog", "cat", "dog", "eel"])
    np.savez(tmp_path / "pets.npz", x=x, y=y)
    data = load_dataset(tmp_path / "pets.npz")
    assert data.x.dtype == np.uint8
    assert data.class_names == ("cat", "dog", "eel")
    assert (data.y.tolist(), data.num_classes) == ([1, 0, 1, 2], 3)


def test_classes_without_names_are_called_by_their_numbers(digits):
    assert digits.class_names == tuple("0123456789")


def test_cifar10_that_cannot_be_loaded_is_told_in_one_message(tmp_path, monkeypatch):

    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # where nothing listens
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))  # nothing is kept
    with pytest.raises(DataError) as caught:
        load_dataset("cifar10")
    assert str(caught.value).startswith(
        "load_dataset: CIFAR-10 must be there to be downloaded or read. Received: data='cifar10'. "
        "It failed (URL fetch failure on https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    )


@pytest.mark.parametrize(
    ("came", "lengths"),
    [
        (None, (64, 16, 20)),
        ({"test": 10}, (74, 16, 10)),  # 16 % of all are cut off for validation
        ({"validation": 10}, (70, 10, 20)),
        ({"validation": 10, "test": 30}, (60, 10, 30)),
    ],
    ids=["none", "test", "validation", "both"],
)
def test_parts_that_came_with_the_data_are_kept_and_others_cut_off(came, lengths):
    parts = np.full(100, "train", object)
    start = 0
    for part, length in (came or {}).items():
        parts[start : start + length] = part
        start += length
    x, y = np.arange(100), np.arange(100) % 2
    data = Dataset("made", x, y, 2, parts=None if came is None else parts.astype(str))
    split = data.split()
    found = {name: getattr(split, name)[0] for name in ("train", "validation", "test")}
    assert tuple(map(len, found.values())) == lengths
    assert sorted(np.concatenate(list(found.values())).tolist()) == list(range(100))
    for part in came or {}:
        assert found[part].tolist() == np.flatnonzero(parts == part).tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"class_names": ("a",)},
            "Dataset: `class_names` must name 2 classes. Received: class_names=('a',).",
        ),
        (
            {"y": np.zeros(3, int)},
            "Dataset: x, y and parts must be of the same length. Received: x=4, y=3, parts=3.",
        ),
        (
            {"parts": np.array(["train", "dev", "dev", "test"])},
            "Dataset: each of `parts` must be one of train, validation, test. Received: "
            "parts=['dev', 'test', 'train'].",
        ),
    ],
)
def test_a_data_set_checks_itself(change, message):
    values = {"name": "made", "x": np.zeros((4, 2)), "y": np.arange(4) % 2, "num_classes": 2}
    with pytest.raises(DataError) as caught:
        Dataset(**{**values, **change})
    assert str(caught.value) == message


def test_samples_in_both_parts_are_found_whatever_their_type(split):
    x, y = split.train
    mixed = np.concatenate([split.validation[0][:5], x[[7, 40]]])
    digits_seen_twice = find_overlap(split.train, split.validation)
    assert len(digits_seen_twice) == 0
    assert find_overlap(x, mixed).tolist() == [[5, 7], [6, 40]]
    assert find_overlap((x, y), (mixed.astype("float64"), None)).tolist() == [[5, 7], [6, 40]]


def test_an_overlap_names_the_first_of_equal_samples():
    train = np.array([[1, 2], [3, 4], [1, 2]], "uint8")
    assert find_overlap(train, np.array([[9.0, 9.0], [1.0, 2.0]])).tolist() == [[1, 0]]
    assert find_overlap(train, np.zeros((0, 2))).shape == (0, 2)


def test_20000_colour_images_are_compared_in_under_a_second():
    import time

    images = np.random.default_rng(0).integers(0, 256, (20_000, 32, 32, 3), "uint8")
    started = time.process_time()  # of this process: others may be busy
    found = find_overlap(images[:18_000], images[17_990:])
    assert time.process_time() - started < 1
    assert found.tolist() == [[number, 17_990 + number] for number in range(10)]


@pytest.mark.parametrize(
    ("validation", "message"),
    [
        (
            np.zeros((2, 3)),
            "find_overlap: the samples of both parts must be of one shape. Received: train=(2,), "
            "validation=(3,).",
        ),
        (
            5,
            "find_overlap: a part must be an array of samples, or a pair (x, y). Received: part=5.",
        ),
    ],
)
def test_parts_that_cannot_be_compared_are_refused(validation, message):
    with pytest.raises(DataError) as caught:
        find_overlap(np.zeros((4, 2)), validation)
    assert str(caught.value) == message
