"""Folders of images, good and bad."""

import warnings

import numpy as np
import pytest
import tensorflow as tf

from recipes import load_dataset, load_images
from recipes.errors import ArgumentError, DataError


def write(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    encode = tf.io.encode_jpeg if path.suffix == ".jpg" else tf.io.encode_png
    path.write_bytes(encode(np.asarray(image, "uint8")).numpy())


def plain(value, height=6, width=8, channels=3):
    return np.full((height, width, channels), value)


@pytest.fixture
def folder(tmp_path):
    """Two classes of plain images, 6×8 pixels: red ones and blue ones of rising strength."""
    for number in range(6):
        for place, name in enumerate(("red", "blue")):
            image = plain(0)
            image[..., 2 * place] = 40 * number
            write(tmp_path / "paint" / name / f"{number}.png", image)
    return tmp_path / "paint"


def test_each_subfolder_is_a_class_in_alphabetical_order(folder):
    data = load_images(folder)
    assert (data.name, data.class_names, data.num_classes) == ("paint", ("blue", "red"), 2)
    assert (data.x.shape, data.x.dtype) == ((12, 6, 8, 3), np.uint8)
    assert data.y.tolist() == [0] * 6 + [1] * 6
    assert data.x[:6, 0, 0, 2].tolist() == [0, 40, 80, 120, 160, 200]
    assert data.x[6:, 0, 0, 0].tolist() == [0, 40, 80, 120, 160, 200]


def test_a_folder_is_a_data_set_by_its_path(folder):
    assert load_dataset(folder).fingerprint == load_images(folder).fingerprint


def test_nested_folders_are_read_and_hidden_ones_are_not(folder):
    write(folder / "red" / "more" / "deep" / "7.PNG", plain(9))
    write(folder / "red" / ".cache" / "8.png", plain(9))
    write(folder / ".git" / "9.png", plain(9))
    (folder / "notes.txt").write_text("no class")
    (folder / "red" / "notes.txt").write_text("no image")
    assert np.bincount(load_images(folder).y).tolist() == [6, 7]


def test_folders_called_train_and_test_are_the_parts(folder, tmp_path):
    for part in ("train", "test"):
        for name in ("red", "blue"):
            for number in range(5 if part == "train" else 2):
                write(tmp_path / "parted" / part / name / f"{number}.png", plain(number))
    data = load_images(tmp_path / "parted")
    assert data.class_names == ("blue", "red")
    assert np.unique(data.parts, return_counts=True)[1].tolist() == [4, 10]
    split = data.split(validation=2 / 14)
    assert [len(part[1]) for part in (split.train, split.validation, split.test)] == [8, 2, 4]


def test_grey_images_get_one_channel_unless_colour_is_asked_for(tmp_path):
    for number in range(4):
        write(tmp_path / "ab"[number % 2] / f"{number}.png", plain(50 * number))
    assert load_images(tmp_path).x.shape == (4, 6, 8, 1)
    assert load_images(tmp_path, color="rgb").x.shape == (4, 6, 8, 3)


def test_colour_can_be_turned_into_grey(folder):
    grey = load_images(folder, color="grayscale").x
    assert grey.shape == (12, 6, 8, 1)
    assert abs(int(grey[-1, 0, 0, 0]) - 0.299 * 200) <= 1  # red's share of brightness, BT.601


def test_images_of_other_sizes_keep_their_ratio(folder):
    write(folder / "red" / "7.png", plain(255, height=6, width=6))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        image = load_images(folder).x[-1]  # 6×6 in the middle of 6×8
    assert image.shape == (6, 8, 3)
    assert image[:, 1:-1].min() == 255
    assert image[:, [0, -1]].max() == 0


def test_all_images_get_the_size_that_is_asked_for(folder):
    assert load_images(folder, size=(12, 12)).x.shape == (12, 12, 12, 3)


def test_a_large_change_of_scale_is_told_once(folder):
    with pytest.warns(UserWarning, match="scale") as caught:
        load_images(folder, size=(30, 30))
    assert [str(warning.message) for warning in caught] == [
        "load_images: 12 of 12 images change their scale a lot: images of 6×8 pixels become 30×30, "
        "3.75 times as large. Stay within a factor of 2."
    ]


def spoil(folder, count=1):
    (folder / "blue" / "0.png").write_bytes(b"no image")
    if count > 1:
        whole = (folder / "red" / "5.png").read_bytes()
        (folder / "red" / "5.png").write_bytes(whole[: len(whole) // 2])
    if count > 2:
        (folder / "red" / "6.jpg").touch()
        for number in range(7, 11):
            (folder / "red" / f"{number}.bmp").write_bytes(b"BM")


def test_unreadable_images_are_named_and_refused(folder):
    spoil(folder)
    with pytest.raises(DataError) as caught:
        load_images(folder)
    assert str(caught.value) == (
        f"load_images: 1 image could not be read: blue/0.png. Received: folder='{folder}'. Remove "
        'them, or pass unreadable="skip".'
    )


def test_many_unreadable_images_are_counted(folder):
    spoil(folder, count=3)
    with pytest.raises(DataError) as caught:
        load_images(folder)
    assert str(caught.value).startswith(
        "load_images: 7 images could not be read: blue/0.png, red/10.bmp, red/5.png, red/6.jpg, "
        "red/7.bmp and 2 more. Received:"
    )


def test_unreadable_images_are_skipped_if_that_is_chosen(folder):
    spoil(folder, count=2)
    with pytest.warns(UserWarning, match="skipped") as caught:
        data = load_images(folder, unreadable="skip")
    assert [str(warning.message) for warning in caught] == [
        "load_images: 2 images could not be read and were skipped: blue/0.png, red/5.png."
    ]
    assert np.bincount(data.y).tolist() == [5, 5]
    assert data.x[:, 0, 0].max(axis=1).tolist() == [40, 80, 120, 160, 200, 0, 40, 80, 120, 160]


def test_a_class_of_which_no_image_can_be_read_is_named(tmp_path):
    write(tmp_path / "a" / "0.png", plain(1))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "0.png").touch()
    with (
        pytest.warns(UserWarning, match=r"1 image could not be read and were skipped: b/0.png"),
        pytest.raises(DataError) as caught,
    ):
        load_images(tmp_path, unreadable="skip")
    assert str(caught.value) == (
        "load_images: every class must have an image that can be read. Received: "
        f"folder='{tmp_path}', empty=['b']."
    )


@pytest.mark.parametrize("classes", [[], ["only"]])
def test_a_folder_without_two_classes_is_refused(classes, tmp_path):
    for name in classes:
        write(tmp_path / name / "0.png", plain(1))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as caught:
        load_images(tmp_path)
    assert str(caught.value) == (
        "load_images: the folder must have one subfolder with images for each class, and 2 "
        f"classes. Received: folder='{tmp_path}', classes={classes}. Images end in .jpg, .jpeg, "
        ".png, .gif, .bmp."
    )


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError) as caught:
        load_images(tmp_path / "none")
    assert str(caught.value) == (
        f"load_images: the folder must be there. Received: folder='{tmp_path / 'none'}'."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"color": "blue"},
            'load_images: `color` must be one of "auto", "rgb", "grayscale". Received: '
            "color='blue'.",
        ),
        (
            {"unreadable": "ignore"},
            'load_images: `unreadable` must be one of "raise", "skip". Received: '
            "unreadable='ignore'.",
        ),
        (
            {"size": 32},
            "load_images: `size` must begin with a height and a width in pixels, of at least 1. "
            "Received: size=32.",
        ),
    ],
)
def test_an_unknown_wish_is_refused(options, message, tmp_path):
    with pytest.raises(ArgumentError) as caught:
        load_images(tmp_path, **options)
    assert str(caught.value) == message
