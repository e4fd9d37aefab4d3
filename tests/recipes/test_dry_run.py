"""`dry_run`: parts of the data tell what all of it costs and brings (guide rows 6, 7)."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from recipes import Recipe, dry_run, learning_curve
from recipes.cli import main
from recipes.errors import ArgumentError, DataError
from recipes.training.experiments.dry_run import DryRun, Pace, Part, forecast_accuracy
from recipes.training.experiments.trial import stratified_part


def build():
    return keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(16, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


@pytest.fixture(scope="module")
def forecast(split):
    recipe = Recipe(epochs=5, batch_size=10)
    return dry_run(build, split.train, validation=split.validation, recipe=recipe)


def test_the_parts_are_a_hundredth_and_a_tenth_with_every_class(forecast):
    # 1,149 digits: 11 would be a hundredth, 5 of each class are 50; 115 are a tenth
    assert [part.samples for part in forecast.parts] == [50, 115]
    assert [part.epochs for part in forecast.parts] == [20, 9]  # 100 steps, of 5 and 12 an epoch
    assert forecast.samples == 1149
    assert forecast.epochs == 5


def test_the_forecast_has_time_and_an_accuracy_in_its_interval(forecast):
    low, high = forecast.interval
    assert 0 <= low < forecast.accuracy <= high <= 1
    assert forecast.accuracy > 1 - forecast.parts[-1].error - 1e-9
    assert 0 < forecast.pace.epoch < forecast.seconds < forecast.spent + 60
    assert forecast.seconds == forecast.pace.start + 5 * forecast.pace.epoch
    assert str(forecast).startswith("5 epochs on 1,149 samples will take about ")
    assert f"Expected accuracy {forecast.accuracy:.3f}, from {low:.3f} to {high:.3f}." in str(
        forecast
    )


@pytest.mark.parametrize(("spent", "told"), [(9.5, True), (6.9, False)])
def test_a_forecast_that_takes_longer_than_the_training_says_so(spent, told):
    pace = Pace(start=2.0, epoch=1.0)
    made = DryRun(100, 5, pace, (Part(50, 20, None),), None, None, spent)
    said = "\nThe forecast took 9.5 s: so few samples, just train."
    assert str(made).endswith(said) is told


def test_an_error_that_follows_a_power_law_is_forecast_exactly():
    # 0.4 with 100 and 0.2 with 1,000 samples: the next factor of ten halves it again
    accuracy, (low, high) = forecast_accuracy([100, 1_000], [0.4, 0.2], 10_000, 10_000)
    assert accuracy == pytest.approx(0.9)
    assert low == pytest.approx(0.8 - 2 * 0.004)  # the error of the tenth: sqrt(0.2 · 0.8 / 10,000)
    assert high == pytest.approx(0.98 + 2 * 0.0014)  # exponent 1, a tenth of 0.2


def test_more_data_that_did_not_help_are_not_forecast_to_help():
    accuracy, (low, high) = forecast_accuracy([100, 1_000], [0.2, 0.3], 10_000, 1_000)
    assert accuracy == pytest.approx(0.7)
    assert low < 0.7 < high


@settings(max_examples=40, deadline=None)
@given(
    sizes=st.lists(st.integers(2, 80), min_size=2, max_size=6),
    fraction=st.floats(0.001, 1.0),
    seed=st.integers(0, 5),
)
def test_a_part_has_every_class_in_its_share_and_a_few_of_each(sizes, fraction, seed):
    y = np.repeat(np.arange(len(sizes)), sizes)
    x, labels = stratified_part(np.arange(len(y)), y, fraction, seed=seed)
    assert len(set(x.tolist())) == len(x)
    assert np.array_equal(y[x], labels)
    counts = np.bincount(labels, minlength=len(sizes))
    for size, count in zip(sizes, counts, strict=True):
        assert min(size, 5) <= count <= size
    if min(sizes) * fraction >= 6:  # then no class is topped up
        nearly_all = round(fraction * len(y)) >= len(y) - len(sizes)
        allowed = len(sizes) if nearly_all else 1
        assert np.abs(counts - np.array(sizes) * fraction).max() <= allowed + 1e-9


@pytest.mark.parametrize("y", [np.linspace(0, 1, 200), np.arange(200)])
def test_targets_that_are_no_classes_are_drawn_without_them(y):
    x, targets = stratified_part(y, y, 0.1)
    assert np.array_equal(x, targets)
    assert len(x) == 20


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"fractions": (0.1,)},
            "`fractions` must be at least 2 different ones. Received: fractions=(0.1,).",
        ),
        (
            {"fractions": (0, 0.1)},
            "`fractions` must be a number in (0, 1]. Received: fractions=0.",
        ),
        ({"recipe": "fast"}, "`recipe` must be a Recipe. Received: recipe='fast'."),
        (
            {"validation": [1]},
            "`validation` must be a pair (x, y) of arrays, or a folder of images. Received: "
            "validation='list'.",
        ),
    ],
)
def test_wrong_arguments_are_refused(options, message, split):
    with pytest.raises(ArgumentError) as caught:
        dry_run(build, split.train, **options)
    assert str(caught.value) == f"dry_run: {message}"


def one_batch(kind):
    """Four samples in batches of two, and an array of them."""
    x, y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0])
    if kind == "tf.data":
        return tf.data.Dataset.from_tensor_slices((x, y)).batch(2), (x, y)

    class Batches(keras.utils.PyDataset):
        num_batches = 2

        def __getitem__(self, index):
            return x[2 * index : 2 * index + 2], y[2 * index : 2 * index + 2]

    return Batches(), (x, y)


@pytest.mark.parametrize("kind", ["tf.data", "PyDataset"])
def test_batches_are_refused_with_a_way_that_works(kind):
    train, arrays = one_batch(kind)
    with pytest.raises(ArgumentError) as caught:
        dry_run(build, train)
    way = "x, y = map(np.concatenate, zip(*train))"
    assert str(caught.value) == (
        "dry_run: `train` must be a pair (x, y) of arrays, or a folder of images. Received: "
        f"train={type(train).__name__!r}. Put its batches together: {way}."
    )
    found = {"np": np, "train": train}
    exec(way, found)  # as a person would
    assert np.array_equal(found["x"], arrays[0])
    assert np.array_equal(found["y"], arrays[1])


@pytest.mark.parametrize("function", [dry_run, learning_curve])
def test_data_too_few_for_parts_of_two_sizes_are_refused_before_any_training(function):
    data = np.zeros((76, 4), "float32"), np.arange(76) % 3
    with pytest.raises(DataError) as caught:
        function(None, data, validation=data, fractions=(0.01, 0.1))
    assert str(caught.value) == (
        f"{function.__name__}: parts must differ in size, and have 5 samples of each class. "
        "Received: samples=[15, 15]. Take larger fractions of so few data, such as 0.3 and 1."
    )


def test_data_without_samples_are_refused():
    with pytest.raises(DataError) as caught:
        dry_run(build, (np.zeros((0, 8, 8, 1)), np.zeros(0, int)))
    assert str(caught.value) == (
        "dry_run: x and y of `train` must have a row for each sample, as many, and one at least. "
        "Received: x=(0, 8, 8, 1), y=(0,)."
    )


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr("sys.argv", ["recipes", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, *capsys.readouterr()

    return run


def test_the_command_prints_the_forecast(command):
    words = ("--model", "mlp", "--epochs", "2", "--fractions", "0.3,1", "--json")
    code, out, _ = command("dry-run", *words)
    values = json.loads(out)
    assert code == 0
    assert values["samples"] == 1149
    assert values["seconds"] == pytest.approx(values["pace"]["start"] + 2 * values["pace"]["epoch"])


def test_the_command_find_lr_prints_a_rate(command):
    code, out, _ = command("find-lr", "--model", "mlp", "--steps", "40", "--json")
    values = json.loads(out)
    assert code == 0
    assert values["steepest"] <= values["learning_rate"] <= values["lowest"]


@pytest.mark.parametrize("name", ["dry-run", "find-lr"])
def test_both_commands_have_an_example_and_refuse_wrong_use(command, name):
    code, out, _ = command(name, "--help")
    assert (code, f"    recipes {name} --model resnet" in out) == (0, True)
    code, out, err = command(name, "--model", "vgg")
    assert (code, out) == (2, "")
    assert err == (
        f'Error: {name}: `model` must be one of "resnet", "fcn", "mlp". Received: model=\'vgg\'.\n'
    )


def test_data_that_cannot_be_read_are_a_problem_not_wrong_use(command, tmp_path):
    path = tmp_path / "data.npz"
    path.write_bytes(b"nothing")
    assert command("dry-run", "--data", str(path))[0] == 1
    assert command("find-lr", "--data", str(path))[0] == 1


def test_fractions_that_are_no_numbers_are_wrong_use(command):
    code, _, err = command("dry-run", "--fractions", "a tenth")
    assert code == 2
    assert err == (
        "Error: dry-run: `--fractions` must be numbers with commas between. Received: "
        "fractions='a tenth'. Such as --fractions 0.01,0.1.\n"
    )
