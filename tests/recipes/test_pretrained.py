"""`pretrained=`: weights of keras.applications under our head, frozen and unfrozen (row 63)."""

import keras
import numpy as np
import pytest
from commands import run_python

from recipes import build_resnet, freeze, unfreeze
from recipes.errors import ArgumentError, DataError
from recipes.models.pretrained import ImageNetPixels

SHAPE = (32, 32, 3)


@pytest.fixture(scope="module")
def trained():
    """A network of keras.applications with weights of its own, without its top."""
    keras.utils.set_random_seed(0)
    return keras.applications.ResNet50(include_top=False, weights=None, input_shape=SHAPE)


@pytest.fixture(scope="module")
def weights(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet50.weights.h5"
    trained.save_weights(path)
    return path


@pytest.fixture
def model(weights):
    return build_resnet(SHAPE, 4, depth=50, pretrained=weights, seed=0)


def values(model):
    return [variable.numpy() for variable in model.get_layer("backbone").variables]


def test_a_local_file_gives_its_weights_and_the_features_of_the_network(model, trained):
    assert all(map(np.array_equal, values(model), (v.numpy() for v in trained.variables)))
    x = np.random.default_rng(0).random((2, *SHAPE), dtype="float32")
    prepared = keras.applications.resnet.preprocess_input(255 * x.copy())
    features = trained(prepared, training=False)
    until_pool = keras.Model(model.input, model.get_layer("pool").output)
    expected = np.mean(features, axis=(1, 2))
    assert np.array(until_pool(x)) == pytest.approx(expected, rel=1e-3, abs=1e-4)


def test_frozen_the_head_alone_learns_and_the_backbone_is_unchanged(model):
    assert [v.path for v in model.trainable_variables] == ["predictions/kernel", "predictions/bias"]
    before, head = values(model), model.get_layer("predictions").kernel.numpy()
    _train_one_step(model)
    assert all(map(np.array_equal, before, values(model)))  # its BN statistics too
    assert not np.array_equal(head, model.get_layer("predictions").kernel.numpy())


def test_unfrozen_all_learns_but_the_batch_normalization_which_stays_in_inference_mode(model):
    assert unfreeze(model) is model
    before = {v.path: v.numpy() for v in model.get_layer("backbone").variables}
    _train_one_step(model)
    after = {v.path: v.numpy() for v in model.get_layer("backbone").variables}
    norms = {
        variable.path
        for layer in model.get_layer("backbone").layers
        if isinstance(layer, keras.layers.BatchNormalization)
        for variable in layer.variables
    }
    moved = {path for path in after if not np.array_equal(before[path], after[path])}
    assert not moved & norms
    assert len(norms) == 4 * 53  # gamma, beta, mean and variance of each
    assert {path for path in set(after) - norms if path.endswith("kernel")} <= moved
    freeze(model)
    assert len(model.trainable_variables) == 2


def _train_one_step(model):
    x = np.random.default_rng(0).random((2, *SHAPE), dtype="float32")
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", run_eagerly=True)
    model.train_on_batch(x, np.array([0, 3]))


def test_it_is_saved_and_loaded_with_equal_outputs(model, tmp_path):
    x = np.random.default_rng(0).random((2, *SHAPE), dtype="float32")
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(loaded(x), model(x))
    assert unfreeze(loaded) is loaded


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("tf", [1.0, 0.0, -1.0]),  # from -1 to 1
        ("caffe", [0 - 103.939, 127.5 - 116.779, 255 - 123.68]),  # BGR minus the means of ImageNet
    ],
)
def test_pixels_from_0_to_1_become_what_the_networks_were_trained_on(mode, expected):
    x = np.array([[[[1.0, 0.5, 0.0]]]], dtype="float32")
    assert np.array(ImageNetPixels(mode)(x)).ravel() == pytest.approx(expected, abs=1e-4)


def test_without_a_network_one_sentence_says_what_to_do(tmp_path):
    code = (
        "import os; os.environ['KERAS_HOME'] = '.'\n"
        "for name in ('http_proxy', 'https_proxy'): os.environ[name] = 'http://127.0.0.1:9'\n"
        "from recipes import build_resnet\n"
        "from recipes.errors import DataError\n"
        "try: build_resnet((32, 32, 3), 4, pretrained='imagenet')\n"
        "except DataError as error: print(error)"
    )
    said = run_python(tmp_path, "-c", code).stdout.splitlines()[-1]
    assert said.startswith(
        "build_resnet: the pretrained weights must be there to be fetched or read. Received: "
        "pretrained='imagenet'. It failed (URL fetch failure on https://"
    )
    assert said.endswith("A file that is here already can be named by its path.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"depth": 18},
            "build_resnet: with `pretrained`, `depth` must be one of 50, 101, 152. Received: "
            "depth=18. keras.applications has weights of these alone.",
        ),
        (
            {"input_shape": (32, 32, 1)},
            "build_resnet: pretrained networks take images of 3 channels and at least 32 pixels a "
            "side. Received: input_shape=(32, 32, 1). Repeat a grey channel three times, and "
            "resize smaller images.",
        ),
        (
            {"norm": "group"},
            "build_resnet: pretrained weights fix the network: `norm` must be 'batch'. Received: "
            "norm='group'. Leave out `norm`, or `pretrained`.",
        ),
        (
            {"variant": "d"},
            "build_resnet: pretrained weights fix the network: `variant` must be None. Received: "
            "variant='d'. Leave out `variant`, or `pretrained`.",
        ),
        (
            {"pretrained": True},
            'build_resnet: `pretrained` must be "imagenet" or the path of a weights file. '
            "Received: pretrained=True.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_clear_message(arguments, message):
    with pytest.raises(ArgumentError) as caught:
        build_resnet(
            **{"input_shape": SHAPE, "num_classes": 4, "pretrained": "imagenet"} | arguments
        )
    assert str(caught.value) == message


def test_a_file_that_is_not_there_and_one_with_other_weights_are_refused(tmp_path):
    with pytest.raises(DataError) as caught:
        build_resnet(SHAPE, 4, pretrained="nowhere.h5")
    assert str(caught.value) == (
        'build_resnet: `pretrained` must be "imagenet" or a weights file that is there. Received: '
        "pretrained='nowhere.h5'."
    )
    path = tmp_path / "other.weights.h5"
    keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]).save_weights(path)
    with pytest.raises(DataError, match="must be there to be fetched or read"):
        build_resnet(SHAPE, 4, pretrained=path)


def test_a_model_without_a_backbone_cannot_be_unfrozen():
    with pytest.raises(ArgumentError) as caught:
        unfreeze(build_resnet((8, 8, 3), 4))
    assert str(caught.value) == (
        "unfreeze: the model must have a layer named 'backbone'. Received: model='resnet20'. "
        'build_resnet(…, pretrained="imagenet") makes one.'
    )
