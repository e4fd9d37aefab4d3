"""Every message has one shape: function, rule, what was received, what to do."""

import numpy as np
import pytest

from recipes.errors import (
    ArgumentError,
    FolderError,
    check_flag,
    check_integer,
    check_one_of,
    check_range,
    describe,
)
from recipes.files import replacing, writable_folder, write_text


def test_a_message_names_function_rule_value_and_remedy():
    message = describe("fit", "`epochs` must be above 0", "Take 10.", epochs=-1)
    assert message == "fit: `epochs` must be above 0. Received: epochs=-1. Take 10."


def test_a_message_can_do_without_value_and_remedy():
    assert describe("fit", "there is no data") == "fit: there is no data."


@pytest.mark.parametrize("value", ["tanhh", 3, True, None, ["relu"]])
def test_an_unknown_name_is_refused_with_the_known_ones(value):
    with pytest.raises(ArgumentError) as caught:
        check_one_of("build", "activation", value, ("relu", "swish"))
    assert str(caught.value) == (
        f'build: `activation` must be one of "relu", "swish". Received: activation={value!r}.'
    )


def test_whole_numbers_of_numpy_count_as_such():
    assert type(check_one_of("build", "depth", np.int64(20), (18, 20))) is int
    assert type(check_integer("build", "depth", np.int64(20), 1)) is int
    assert check_flag("build", "custom", np.bool_(True)) is True


@pytest.mark.parametrize("value", ["false", 0, None])
def test_a_flag_is_true_or_false_and_no_text(value):
    with pytest.raises(ArgumentError) as caught:
        check_flag("build", "bidirectional", value)
    assert str(caught.value) == (
        f"build: `bidirectional` must be True or False. Received: bidirectional={value!r}."
    )


@pytest.mark.parametrize("value", [0, 1.0, "1", True, None, float("nan")])
def test_what_is_no_whole_number_from_the_minimum_is_refused(value):
    with pytest.raises(ArgumentError) as caught:
        check_integer("build", "depth", value, 1)
    assert str(caught.value) == (
        f"build: `depth` must be a whole number of at least 1. Received: depth={value!r}."
    )


@pytest.mark.parametrize("value", [0, -0.1, 1.1, float("nan"), "0.5", True])
def test_a_number_outside_its_range_is_refused(value):
    with pytest.raises(ArgumentError) as caught:
        check_range("build", "width", value, 0, 1, open_low=True)
    assert str(caught.value) == (
        f"build: `width` must be a number in (0, 1]. Received: width={value!r}."
    )


def test_an_argument_error_is_a_value_error_for_whoever_catches_those():
    assert issubclass(ArgumentError, ValueError)
    assert issubclass(FolderError, OSError)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    folder = tmp_path / "file" / "below"
    with pytest.raises(FolderError) as caught:
        writable_folder("fit", folder)
    assert str(caught.value) == (
        "fit: the folder must be one that can be written to (Not a directory). "
        f"Received: folder='{folder}'. Name another one."
    )


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "run.json"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(str(1 / 0))
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_a_text_has_the_same_bytes_on_every_system(tmp_path):
    write_text(tmp_path / "run.json", "α\n2\n")
    assert (tmp_path / "run.json").read_bytes() == b"\xce\xb1\n2\n"


def test_a_file_takes_the_place_of_no_folder(tmp_path):
    folder = tmp_path / "figures"
    folder.mkdir()
    (folder / "mine").touch()
    hint = f"Received: path='{folder}'. Add the file's name."
    with pytest.raises(ArgumentError) as caught:
        write_text(folder, "{}")
    assert str(caught.value) == (
        f"write_text: `path` must be that of a file, and this is a folder. {hint}"
    )
    with pytest.raises(ArgumentError) as caught, replacing(folder) as temporary:
        temporary.touch()
    assert str(caught.value) == (
        f"replacing: `path` must be that of a file, and this is a folder. {hint}"
    )
    assert [file.name for file in folder.iterdir()] == ["mine"]
    assert [file.name for file in tmp_path.iterdir()] == ["figures"]


def test_a_folder_takes_the_place_of_a_former_one_whole(tmp_path):
    path = tmp_path / "export"
    path.mkdir()
    (path / "former").touch()
    with replacing(path) as temporary:
        temporary.mkdir()
        (temporary / "new").touch()
    assert [file.name for file in path.iterdir()] == ["new"]
