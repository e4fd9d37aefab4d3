"""The look at weights and features: smooth above random; what is dead is named (rows 55, 83)."""

import json
import math

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers
from PIL import Image
from scipy.ndimage import gaussian_filter
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from recipes import feature_report, weight_report
from recipes.diagnosis import pictures
from recipes.diagnosis.kernels import kernels_of, smoothness
from recipes.errors import ArgumentError, FolderError


def network(seed=0):
    """Two convolutions, a saturating layer and a head on images of 12×12."""
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(8, 5, activation="relu", name="first"),
            layers.Conv2D(6, 3, activation="relu", name="second"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, activation="tanh", name="squash"),
            layers.Dense(3, activation="softmax", name="head"),
        ],
        name="net",
    )


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    made = network()
    made.compile("sgd", "sparse_categorical_crossentropy")
    return made


@pytest.fixture(scope="module")
def batch():
    generator = np.random.default_rng(0)
    return generator.normal(0, 1, (32, 12, 12, 1)).astype("float32"), np.arange(32) % 3


@pytest.fixture
def restored(model):
    """The model, whose weights are put back after the test."""
    weights = [w.copy() for w in model.get_weights()]
    yield model
    model.set_weights(weights)


# --- smoothness -----------------------------------------------------------------------------------


def test_a_flat_filter_is_smooth_and_a_chessboard_is_the_opposite():
    assert smoothness(np.ones((5, 5, 1, 4)))[0] == pytest.approx(1.0)
    board = np.where(np.indices((5, 5)).sum(0) % 2, 1.0, -1.0)[..., None, None]
    assert smoothness(board)[0] == pytest.approx(-1.0)


def test_smoothness_is_the_one_that_is_worked_out_by_hand():
    image = np.array([[1.0, 2.0], [3.0, 4.0]])[..., None, None]
    # neighbours: 1·3 + 2·4 down, 1·2 + 3·4 across, over 4 pairs; squares: 30 / 4
    value, random = smoothness(image)
    assert value == pytest.approx((3 + 8 + 2 + 12) / 4 / 7.5)
    assert random == pytest.approx(3 / math.sqrt(4))


@given(st.integers(0, 10_000))
def test_random_filters_are_not_smooth_and_blurred_ones_are(seed):
    filters = np.random.default_rng(seed).normal(0, 1, (7, 7, 3, 16))
    value, random = smoothness(filters)
    assert abs(value) < 1.7 * random  # 5 standard deviations
    blurred, random = smoothness(gaussian_filter(filters, (1, 1, 0, 0)))
    assert blurred > 0.5 > random


def test_what_has_no_neighbours_or_no_weights_has_no_smoothness():
    assert math.isnan(smoothness(np.ones((1, 1, 4, 4)))[0])
    assert math.isnan(smoothness(np.zeros((3, 3, 4, 4)))[0])


# --- the report on weights ------------------------------------------------------------------------


def test_the_report_has_every_kernel_with_its_figures(model, batch):
    report = weight_report(model, batch)
    assert [row.layer for row in report.layers] == ["first", "second", "squash", "head"]
    assert [row.shape for row in report.layers][:2] == [(5, 5, 1, 8), (3, 3, 8, 6)]
    assert report.layers[3].smoothness is None  # neighbours in a matrix mean nothing
    assert all(row.gradient_norm > 0 for row in report.layers)
    assert json.loads(json.dumps(report.to_dict()))["layers"][0]["layer"] == "first"


def test_gradient_norms_equal_those_of_finite_differences(model, batch):
    x, y = batch
    norm = next(r for r in weight_report(model, batch).layers if r.layer == "head").gradient_norm
    kernel = model.get_layer("head").kernel
    start, slopes = kernel.numpy(), np.zeros(kernel.shape)
    for place in np.ndindex(*kernel.shape):
        losses = []
        for step in (1e-2, -1e-2):
            moved = start.copy()
            moved[place] += step
            kernel.assign(moved)
            losses.append(-np.log(model(x).numpy()[np.arange(32), y]).mean())
        slopes[place] = (losses[0] - losses[1]) / 2e-2
    kernel.assign(start)
    assert norm == pytest.approx(np.sqrt(np.mean(slopes**2)), rel=1e-2)


def test_a_trained_first_layer_is_smooth_and_a_fresh_one_is_not(restored):
    report = weight_report(restored)
    assert report.layers[0].is_smooth is False
    assert report.checklist[1].ok is False
    assert "Look at the data" in report.checklist[1].answer
    first = restored.get_layer("first").kernel
    first.assign(gaussian_filter(first.numpy(), (1.2, 1.2, 0, 0)))
    report = weight_report(restored)
    assert report.layers[0].is_smooth is True
    assert report.ok


def test_a_dense_layer_that_sees_an_image_has_filters():
    stack = [keras.Input((6, 6, 1)), layers.Flatten(), layers.Dense(4), layers.Dense(2)]
    first, second = kernels_of(keras.Sequential(stack))
    assert first.images.shape == (6, 6, 1, 4)
    assert second.images is None


def test_dead_units_are_those_without_weights_or_without_a_gradient(restored, batch):
    second = restored.get_layer("second")
    kernel, bias = second.kernel.numpy(), second.bias.numpy()
    kernel[..., :2] = 0.0  # no weights
    bias[2:4] = -100.0  # never active
    second.kernel.assign(kernel)
    second.bias.assign(bias)
    rows = {row.layer: row for row in weight_report(restored).layers}
    assert rows["second"].dead_share == pytest.approx(2 / 6)
    report = weight_report(restored, batch)
    rows = {row.layer: row for row in report.layers}
    assert rows["second"].dead_share >= 4 / 6 - 1e-6
    assert not report.ok
    assert str(report.checklist[2]).startswith("[ ] Are the units alive? Dead are second (")


def test_weights_that_are_not_finite_are_named(restored):
    restored.get_layer("head").bias.assign([0.0, math.nan, 0.0])
    check = weight_report(restored).checklist[0]
    assert not check.ok
    assert check.answer == "Not net/head/bias: a learning rate that is too large?"


def test_nothing_of_the_model_changes(model, batch):
    before = [w.copy() for w in model.get_weights()]
    weight_report(model, batch)
    feature_report(model, batch[0])
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_the_report_is_a_table_with_a_checklist(model, batch):
    lines = str(weight_report(model, batch)).splitlines()
    assert lines[0].split() == ["layer", "weight", "shape", "smoothness", "dead", "gradient"]
    assert lines[1].startswith("first   kernel  5×5×1×8")
    assert lines[-4] == "[x] Are all weights finite? Yes."
    assert lines[-1].startswith("[x] Do all layers get gradients of a like size? ")
    assert str(weight_report(model)).splitlines()[-1] == (
        "[?] Do all layers get gradients of a like size? It takes a batch of samples and labels "
        "to see."
    )


# --- pictures -------------------------------------------------------------------------------------


def test_a_picture_is_black_at_the_least_and_white_at_the_largest_entry():
    picture = pictures.tile(np.array([[[0.0, 1.0], [2.0, 4.0]]]))
    inside = picture[1:-1, 1:-1, 0]
    side = inside.shape[0] // 2
    corners = inside[::side, ::side][:2, :2]
    assert corners.tolist() == [[0, 64], [128, 255]]
    assert (picture[0] == 255).all()


def test_the_pictures_are_written_as_png_and_for_tensorboard(model, batch, tmp_path):
    weight_report(model, batch, png=tmp_path / "w.png", logdir=tmp_path / "logs")
    feature_report(model, batch[0], png=tmp_path / "f.png", logdir=tmp_path / "logs")
    for name in ("w.png", "f.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.format == "PNG"
    events = EventAccumulator(str(tmp_path / "logs")).Reload()
    tags = events.Tags()
    assert {"weights/first/kernel", "features/second"} <= set(tags["images"])
    assert {"smoothness/first/kernel", "gradient_norm/head/kernel"} <= set(tags["scalars"])
    texts = {"weight_report/checklist", "weight_report/layers", "feature_report/layers"}
    assert texts <= set(tags["tensors"])
    value = events.Scalars("smoothness/first/kernel")[0].value
    assert value == pytest.approx(weight_report(model).layers[0].smoothness)


def test_a_second_report_takes_the_place_of_the_first(model, tmp_path):
    for _ in range(2):
        weight_report(model, logdir=tmp_path)
    assert len(list(tmp_path.glob("*.weight_report"))) == 1


# --- the report on features -----------------------------------------------------------------------


def test_a_healthy_model_is_silent(model, batch):
    report = feature_report(model, batch[0])
    assert report.ok
    assert [layer.layer for layer in report.layers] == ["first", "second", "squash"]
    assert str(report) == "net: the features of all 3 layers are alive."


def test_a_planted_dead_layer_is_named(restored, batch):
    restored.get_layer("second").bias.assign([-100.0] * 6)
    report = feature_report(restored, batch[0])
    assert report.findings[0] == "second: 6 of 6 channels are dead on this batch."
    assert report.layers[0].dead == ()
    assert report.layers[1].dead == (0, 1, 2, 3, 4, 5)
    assert not report.ok


def test_single_dead_channels_are_told_but_are_no_finding(restored, batch):
    second = restored.get_layer("second")
    second.bias.assign([-100.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    report = feature_report(restored, batch[0])
    assert report.layers[1].dead == (0,)
    assert not any(finding.startswith("second") for finding in report.findings)


def test_a_planted_saturated_layer_is_named(restored, batch):
    squash = restored.get_layer("squash")
    squash.kernel.assign(squash.kernel.numpy() * 1e6)
    report = feature_report(restored, batch[0])
    assert report.findings == ("squash: 5 of 5 channels are saturated on this batch.",)


# --- what is refused ------------------------------------------------------------------------------


def test_what_cannot_be_looked_at_is_refused(model, batch, tmp_path):
    cases = [
        (
            lambda: weight_report("model"),
            "weight_report: `model` must be a Keras model that is built. Received: model='str'.",
        ),
        (
            lambda: weight_report(model, batch[0]),
            "weight_report: `data` must be a pair (x, y): one batch with its targets. Received: "
            "data='ndarray'.",
        ),
        (
            lambda: weight_report(network(), batch),
            "weight_report: the model must have a loss, and `data` the targets of each output. "
            "Received: compiled=False, outputs=1, targets=1. Compile the model, or give loss=.",
        ),
        (
            lambda: feature_report("model", batch[0]),
            "feature_report: `model` must be a functional or sequential Keras model that is built. "
            "Received: model='str'.",
        ),
        (
            lambda: feature_report(model, batch[0][:1]),
            "feature_report: `batch` must have at least 2 samples: a channel is dead if they are "
            "all alike. Received: samples=1.",
        ),
    ]
    for call, message in cases:
        with pytest.raises(ArgumentError) as caught:
            call()
        assert str(caught.value) == message
    with pytest.raises(FolderError) as caught:
        weight_report(model, png=tmp_path / "none" / "w.png")
    assert str(caught.value) == (
        "weight_report: the picture must be where files can be written (No such file or "
        f"directory). Received: png='{tmp_path / 'none' / 'w.png'}'."
    )
