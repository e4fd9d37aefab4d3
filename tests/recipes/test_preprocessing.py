"""Preprocessing as layers that are saved with the model (guide rows 20, 21, 22, 23, 24)."""

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA

from recipes import (
    PCAWhitening,
    ZCAWhitening,
    build_mlp,
    build_unet,
    check_graph,
    export_graph,
    find_double_rescaling,
    load_model,
    make_preprocessing,
    resizing,
    suggest_grayscale,
    with_preprocessing,
)
from recipes.data.pixels import pixel_range
from recipes.data.preprocessing import copy_layers, standardization
from recipes.errors import ArgumentError, DataError

BYTES = np.array([0, 127.5, 255], "float32").reshape(3, 1, 1, 1)


def values(layers, x):
    for layer in layers:
        x = layer(x)
    return keras.ops.convert_to_numpy(x)


@pytest.fixture(scope="module")
def photos():
    """300 colour images of 6×4 pixels, as bytes; channels of other means and spreads."""
    random = np.random.default_rng(0)
    x = random.normal([100, 120, 60], [20, 30, 10], (300, 6, 4, 3))
    return np.clip(x, 0, 255).round().astype("uint8")


@pytest.mark.parametrize(
    ("name", "output", "expected"),
    [
        ("auto", "image", [-1, 0, 1]),
        ("signed", "label", [-1, 0, 1]),
        ("unit", "label", [0, 0.5, 1]),
        ("none", "image", [0, 127.5, 255]),
        ("auto", "label", [-(1.5**0.5), 0, 1.5**0.5]),  # the spread of 0, 127.5, 255 is 104.1
    ],
)
def test_bytes_are_scaled_as_the_guide_says(name, output, expected):
    scaled = values(make_preprocessing(name, BYTES, output=output), BYTES)
    assert scaled.ravel() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "name", "expected"),
    [
        (BYTES / 255, "unit", [0, 0.5, 1]),
        (BYTES / 255, "signed", [-1, 0, 1]),
        (BYTES / 127.5 - 1, "unit", [0, 0.5, 1]),
        (BYTES / 127.5 - 1, "auto", [-1, 0, 1]),
        (BYTES * 257, "signed", [-1, 0, 1]),  # 16 bits
    ],
)
def test_pixels_that_are_scaled_already_are_not_divided_by_255(x, name, expected):
    scaled = values(make_preprocessing(name, x, output="image"), x)
    assert scaled.ravel() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        (np.array([3, 7], "uint8"), (0, 255)),
        (np.array([0.0, 1.004]), (0, 1)),
        (np.array([-0.98, 0.3]), (-1, 1)),
        (np.array([0, 200]), (0, 255)),
        (np.array([0, 60_000]), (0, 65_535)),
        (np.array([-2.5, 3.0]), (-2.5, 3)),
        (np.array([0.0, 16.0]), (0, 16)),  # the digits as scikit-learn has them
        (np.array([7.0, 7.0]), (7, 7)),
    ],
)
def test_the_range_of_pixels_is_told_from_their_values(x, expected):
    assert pixel_range(x) == expected


@pytest.mark.parametrize("x", [np.array([0.0, np.nan]), np.zeros((0, 2))])
def test_values_without_a_range_are_refused(x):
    with pytest.raises(DataError) as caught:
        pixel_range(x)
    assert str(caught.value) == (
        "pixel_range: x must hold numbers, and no NaN or infinity. Received: "
        f"x='float64 of shape {x.shape}'."
    )


def test_channels_are_standardized_as_in_numpy(photos):
    (layer,) = make_preprocessing("auto", photos)
    mean, spread = (getattr(photos.astype("float64"), f)(axis=(0, 1, 2)) for f in ("mean", "std"))
    assert values([layer], photos) == pytest.approx((photos - mean) / spread, abs=1e-5)
    assert type(layer).__module__.startswith("keras.")


def test_pixels_are_standardized_as_in_numpy_and_a_constant_one_gives_0(photos):
    x = photos / np.float32(255)
    x[:, 2, 1, 0] = 0.1  # which float32 does not hold exactly
    (layer,) = make_preprocessing("standardize_pixels", x)
    spread = x.std(axis=0, dtype="float64")
    spread[2, 1, 0] = 1
    expected = (x - x.mean(axis=0, dtype="float64")) / spread
    expected[:, 2, 1, 0] = 0
    scaled = values([layer], x)
    assert scaled == pytest.approx(expected, abs=1e-5)
    assert (scaled[:, 2, 1, 0] == 0).all()
    other = x[:1].copy()
    other[0, 2, 1, 0] = 0.9  # of a validation image: not made huge by a spread of 0
    assert values([layer], other)[0, 2, 1, 0] == pytest.approx(0.8)


def test_many_float_values_are_summed_up_exactly():
    x = np.random.default_rng(0).random((2_000, 32, 32, 1), dtype="float32") + 100
    layer = standardization(x)
    exact = x.astype("float64")
    assert float(layer.variance[0, 0, 0, 0]) == pytest.approx(exact.var(), rel=1e-5)
    assert float(layer.mean[0, 0, 0, 0]) == pytest.approx(exact.mean(), rel=1e-6)


def test_features_are_standardized_and_tokens_are_not():
    features = np.random.default_rng(0).normal(5, 3, (50, 4)).astype("float32")
    assert values(make_preprocessing("auto", features), features).std(axis=0) == pytest.approx(1)
    assert make_preprocessing("auto", np.arange(20).reshape(4, 5)) == []


def test_steps_are_fitted_on_what_the_steps_before_give(photos):
    layers = make_preprocessing(("grayscale", "standardize"), photos)
    scaled = values(layers, photos)
    assert scaled.shape == (300, 6, 4, 1)
    assert (scaled.mean(), scaled.std()) == (pytest.approx(0, abs=1e-4), pytest.approx(1, rel=1e-4))
    grey = photos @ np.array([0.2989, 0.587, 0.114])  # BT.601
    assert np.corrcoef(scaled.ravel(), grey.ravel())[0, 1] == pytest.approx(1)


def test_pca_whitening_equals_scikit_learn(digits):
    x = digits.x[:500]
    layer = PCAWhitening(n_components=20)
    layer.adapt(x)
    theirs = PCA(20, whiten=True, svd_solver="full").fit_transform(x.reshape(500, 64))
    ours = keras.ops.convert_to_numpy(layer(x))
    assert ours * np.sign((ours * theirs).sum(axis=0)) == pytest.approx(theirs, abs=1e-3)


@pytest.mark.parametrize("whitening", [PCAWhitening, ZCAWhitening])
@pytest.mark.parametrize("samples", [500, 40])  # more samples than features, and fewer
def test_the_covariance_of_what_varies_becomes_the_identity(whitening, samples, digits):
    x = digits.x[:samples]
    layer = whitening()
    layer.adapt(x)
    white = keras.ops.convert_to_numpy(layer(x)).reshape(samples, 64)
    strengths = np.linalg.eigvalsh(np.cov(white.T))
    rank = np.linalg.matrix_rank(x.reshape(samples, 64) - x.reshape(samples, 64).mean(axis=0))
    assert 38 < rank < 64  # the corners of digits are always 0
    kept = strengths > 0.5
    assert rank - 2 <= kept.sum() <= rank  # a direction may vary too little to count
    assert strengths[kept] == pytest.approx(1, abs=1e-2)
    assert strengths[~kept] == pytest.approx(0, abs=1e-2)


def test_zca_changes_no_shape_and_is_symmetric(digits):
    layer = ZCAWhitening()
    layer.adapt(digits.x)
    assert layer(digits.x[:3]).shape == (3, 8, 8, 1)
    matrix = keras.ops.convert_to_numpy(layer.matrix)
    assert matrix == pytest.approx(matrix.T, abs=1e-4)
    assert np.linalg.eigvalsh(matrix).min() > -1e-3  # no axis is turned round


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: PCAWhitening(0),
            "PCAWhitening: `n_components` must be a whole number of at least 1. Received: "
            "n_components=0.",
        ),
        (
            lambda: ZCAWhitening(epsilon=1),
            "ZCAWhitening: `epsilon` must be a number in [0, 0.999]. Received: epsilon=1.",
        ),
        (
            lambda: PCAWhitening(5).adapt(np.eye(4)),
            "PCAWhitening: `n_components` must be at most 4, the number of features. Received: "
            "n_components=5.",
        ),
        (
            lambda: ZCAWhitening().adapt(np.ones((1, 3))),
            "ZCAWhitening: adapt needs at least 2 samples, and no NaN or infinity. Received: "
            "x='float64 of shape (1, 3)'.",
        ),
        (
            lambda: ZCAWhitening().build((None, None, 3)),
            "ZCAWhitening: every side of the samples must be known. Received: "
            "input_shape=(None, None, 3).",
        ),
    ],
)
def test_whitening_that_cannot_be_is_refused(make, message):
    with pytest.raises((ArgumentError, DataError)) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("grayscale", "standardize"), (6, 4, 1)),
        (("zca",), (6, 4, 3)),
        (("pca",), (72,)),
        (("unit",), (6, 4, 3)),
    ],
)
def test_a_model_is_saved_and_loaded_with_its_preprocessing(names, taken, photos, tmp_path):
    layers = make_preprocessing(names, photos)
    inner = build_mlp(taken, 3, seed=0)
    model = with_preprocessing(inner, layers, input_shape=photos.shape[1:])
    expected = inner.predict(values(layers, photos.astype("float32")), verbose=0)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    assert loaded.predict(photos, verbose=0) == pytest.approx(expected, abs=1e-5)
    assert model.name == inner.name
    names = [layer.name for layer in model.layers]
    assert names[1 : 1 + len(layers)] == [layer.name for layer in layers]
    assert names[1 + len(layers) :] == [layer.name for layer in inner.layers[1:]]  # flat
    assert loaded.input_shape == (None, 6, 4, 3)


def test_a_model_with_preprocessing_is_checked_trained_and_exported(photos, tmp_path):
    layers = make_preprocessing(("grayscale", "standardize"), photos)
    inner = keras.Sequential(
        [
            keras.Input((6, 4, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    model = with_preprocessing(inner, layers, input_shape=(6, 4, 3))
    assert check_graph(model, level="trace").ok
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = inner.get_weights()[0]
    model.fit(photos, np.arange(300) % 2, epochs=1, verbose=0)
    assert not np.array_equal(before, inner.get_weights()[0])  # the weights are shared
    export_graph(model, tmp_path, formats=("keras", "tflite"))  # compares the outputs itself
    assert {path.name for path in tmp_path.iterdir()} >= {"model.keras", "model.tflite"}


def test_without_layers_the_model_stays_as_it_is(small_network):
    model = small_network()
    assert with_preprocessing(model, []) is model


def two_inputs():
    inputs = [keras.Input((2,)), keras.Input((2,))]
    return keras.Model(inputs, keras.layers.Add()(inputs), name="two")


@pytest.mark.parametrize(
    ("model", "layers", "message"),
    [
        (
            two_inputs,
            lambda: [keras.layers.Rescaling(2.0)],
            "with_preprocessing: `model` must be functional or sequential, with one input. "
            "Received: model='two'. Begin a Sequential with keras.Input(shape).",
        ),
        (
            lambda: build_mlp((3,), 2),
            lambda: [keras.layers.Reshape((1, 3))],
            "with_preprocessing: the layers must lead to samples of shape (3,), the model's input. "
            "Received: samples=(1, 3). input_shape=… is the shape before the layers.",
        ),
        (
            lambda: build_mlp((3,), 2),
            lambda: [keras.layers.Rescaling(2.0, name="a"), keras.layers.Rescaling(2.0, name="a")],
            "with_preprocessing: no layer may have the name of one in the model. Received: "
            "layer='a'.",
        ),
    ],
)
def test_what_cannot_be_put_in_front_is_refused(model, layers, message):
    with pytest.raises(ArgumentError) as caught:
        with_preprocessing(model(), layers())
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"name": "whiten"},
            'make_preprocessing: `name` must be one of "auto", "none", "unit", "signed", '
            '"standardize", "standardize_pixels", "zca", "pca", "grayscale". Received: '
            "name='whiten'.",
        ),
        (
            {"name": "auto", "output": "sound"},
            'make_preprocessing: `output` must be one of "label", "image". Received: '
            "output='sound'.",
        ),
    ],
)
def test_an_unknown_preprocessing_is_refused(options, message, photos):
    with pytest.raises(ArgumentError) as caught:
        make_preprocessing(x=photos, **options)
    assert str(caught.value) == message


def test_dense_predictions_come_back_at_the_size_of_the_input():
    model = build_unet((16, 16, 3), 2, depth=1, width=0.125, seed=0)
    layer = resizing((16, 16), input_shape=(10, 14, 3))
    whole = with_preprocessing(model, [layer], input_shape=(10, 14, 3))
    assert whole.output_shape == (None, 10, 14, 2)
    share = whole.predict(np.random.default_rng(0).random((2, 10, 14, 3)), verbose=0)
    assert share.sum(axis=-1) == pytest.approx(1, abs=1e-5)  # still probabilities


@pytest.mark.parametrize("size", [(20, 28), (27, 20), (17, 32)])
def test_what_is_resized_and_brought_back_lies_where_it_was(size):
    identity = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Activation("linear")])
    layer = resizing((32, 32), input_shape=(*size, 1), keep_ratio=True)
    whole = with_preprocessing(identity, [layer], input_shape=(*size, 1))
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    slope = (rows + 2 * columns).astype("float32")[np.newaxis, ..., np.newaxis]
    back = whole.predict(slope, verbose=0)
    inner = (slice(None), slice(2, -2), slice(2, -2))
    assert back[inner] == pytest.approx(slope[inner], abs=0.1)  # in pixels


def test_a_resizing_within_a_factor_of_2_is_silent():
    layer = resizing((64, 64), input_shape=(32, 48, 3))
    assert (layer.pad_to_aspect_ratio, layer.antialias) == (True, False)
    assert resizing((16, 24), input_shape=(32, 48, 3), keep_ratio=False).antialias


@pytest.mark.parametrize(
    ("size", "old", "keep", "message"),
    [
        (
            (96, 96),
            (32, 40),
            True,
            "resizing: images of 32×40 pixels become 96×96, 2.4 times as large. Stay within a "
            "factor of 2.",
        ),
        (
            (10, 10),
            (32, 32),
            True,
            "resizing: images of 32×32 pixels become 10×10, 3.2 times as small. Stay within a "
            "factor of 2.",
        ),
        (
            (32, 32),
            (32, 40),
            False,
            "resizing: images of 32×40 pixels become 32×32, which changes their ratio. "
            "keep_ratio=True pads them.",
        ),
    ],
)
def test_a_resizing_that_changes_a_lot_is_told(size, old, keep, message):
    with pytest.warns(UserWarning, match="pixels become") as caught:
        resizing(size, input_shape=(*old, 3), keep_ratio=keep)
    assert [str(warning.message) for warning in caught] == [message]


def test_a_prediction_for_pixels_that_were_cut_off_is_refused():
    identity = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Activation("linear")])
    cut = keras.layers.Resizing(8, 8, crop_to_aspect_ratio=True, name="cut")
    with pytest.raises(ArgumentError) as caught:
        with_preprocessing(identity, [cut], input_shape=(8, 10, 1))
    assert str(caught.value) == (
        "undo_resizing: a prediction for every pixel needs a resizing that cuts none off. "
        "Received: layer='cut'. Use pad_to_aspect_ratio=True."
    )


def shapes(coloured):
    """Images of a disc or nothing in noise; if coloured, the class is in the hue alone."""
    random = np.random.default_rng(0)
    y = np.arange(60) % 2
    rows, columns = np.mgrid[0:12, 0:12] - 5.5
    disc = (rows**2 + columns**2 < 16)[np.newaxis, ..., np.newaxis]
    if coloured:  # red and green of one brightness: 0.299 × 200 = 0.587 × 102
        colours = np.where(y[:, np.newaxis] == 0, [200, 0, 0], [0, 102, 0])
        x = 40 + disc * colours[:, np.newaxis, np.newaxis]
    else:
        x = 40 + disc * y[:, np.newaxis, np.newaxis, np.newaxis] * np.full(3, 150)
    return x + random.normal(0, 2, (60, 12, 12, 1)), y


def test_grey_images_may_be_grey():
    x, y = shapes(coloured=False)
    for suggestion in (suggest_grayscale(x, y), suggest_grayscale(x)):
        assert suggestion.grayscale
        assert suggestion.edge_score > 0.99
        assert suggestion.color_score < 0.01
    assert str(suggest_grayscale(x[..., :1])) == (
        "Grey should do: the edges stay clear and colour tells little (edge score 1.00, color "
        "score 0.00)."
    )


def test_classes_that_differ_in_colour_must_not_become_grey():
    x, y = shapes(coloured=True)
    with_classes, without = suggest_grayscale(x, y), suggest_grayscale(x)
    assert not with_classes.grayscale
    assert not without.grayscale
    assert with_classes.color_score > 0.9
    assert with_classes.edge_score < 0.6
    assert str(with_classes).startswith("Keep the colours: edges or classes would lose by grey (")


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (
            np.zeros((4, 5, 5, 2)),
            None,
            "suggest_grayscale: x must have the shape (samples, height, width, 1 or 3). Received: "
            "x='shape (4, 5, 5, 2)'.",
        ),
        (
            np.zeros((4, 5, 5, 3)),
            np.zeros(3),
            "suggest_grayscale: x and y must be of the same length. Received: x='4 samples', "
            "y='3 labels'.",
        ),
    ],
)
def test_what_has_no_colours_to_judge_is_refused(x, y, message):
    with pytest.raises(DataError) as caught:
        suggest_grayscale(x, y)
    assert str(caught.value) == message


def scaled_model(*layers):
    head = [keras.layers.Conv2D(2, 3), keras.layers.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input((6, 4, 3)), *layers, *head])


def divided_by_an_operation():
    inputs = keras.Input((6, 4, 3))
    return keras.Model(inputs, keras.layers.Conv2D(2, 3)(inputs / 255.0))


@pytest.mark.parametrize(
    "build",
    [
        lambda x: scaled_model(keras.layers.Rescaling(1 / 255, name="rescale")),
        lambda x: scaled_model(keras.layers.Rescaling(1 / 127.5, -1)),
        lambda x: scaled_model(*make_preprocessing("standardize", x)),
        lambda x: scaled_model(keras.Sequential([keras.layers.Rescaling(1 / 255)])),
        lambda x: scaled_model(keras.layers.Resizing(6, 4), keras.layers.Rescaling(1 / 255)),
        lambda x: divided_by_an_operation(),
        lambda x: make_preprocessing("standardize", x),  # layers alone
    ],
    ids=["255", "127.5", "standardize", "nested", "resized", "operation", "layers"],
)
def test_a_second_scaling_is_found_and_a_single_one_is_not(build, photos):
    model = build(photos)
    assert find_double_rescaling(photos, model) == []
    assert len(find_double_rescaling(photos / 255, model)) == 1
    assert len(find_double_rescaling(photos / 127.5 - 1, model)) == 1
    standardized = (photos - photos.mean()) / photos.std()
    assert len(find_double_rescaling(standardized, model)) == 1


def test_a_second_scaling_is_told_with_layer_and_range():
    model = scaled_model(keras.layers.Rescaling(1 / 255, name="rescale"))
    x = np.linspace(0, 1, 2 * 72).reshape(2, 6, 4, 3)
    assert find_double_rescaling(x, model) == [
        "Layer 'rescale' divides by about 255 what is scaled already: its input goes from 0 to 1. "
        "Leave out one of the two scalings."
    ]


def test_bytes_before_a_network_that_multiplies_by_255_are_found(photos):
    model = scaled_model(keras.layers.Rescaling(255.0, name="pixels"))
    assert find_double_rescaling(photos / 255, model) == []
    assert find_double_rescaling(photos, model)[0].startswith("Layer 'pixels' multiplies by about")


def test_models_without_scaling_or_without_a_graph_have_none(photos):
    class Own(keras.Model):
        def call(self, x):
            return x

    assert find_double_rescaling(photos / 255, scaled_model()) == []
    assert find_double_rescaling(photos / 255, Own()) == []
    assert find_double_rescaling(np.array(["a", "b"]), scaled_model()) == []


@pytest.mark.parametrize("name", ["standardize", "zca", "pca", "unit", "grayscale"])
def test_a_copy_of_a_layer_does_the_same(name):
    x = np.random.default_rng(0).random((60, 4, 4, 3), dtype="float32")
    layers = make_preprocessing(name, x)
    for layer, copy in zip(layers, copy_layers(layers), strict=True):
        assert copy is not layer
        assert np.array_equal(copy(x), layer(x))
