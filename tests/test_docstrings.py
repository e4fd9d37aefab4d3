"""The examples of the docstrings: every name is known, every call is taken, and they run.

Each runs as it stands in a folder of its own, with the data, models and files of `given`. Two
things differ: arguments in `SMALL` have small values, and training runs eagerly, which saves the
tracing.
"""

import functools
import inspect
import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from docstring_examples import documented, example_of, mistakes, public_names, smaller
from sklearn.ensemble import RandomForestClassifier

import recipes
import tuners

SMALL = {
    "epochs": ("epochs", 1),
    "budget": ("epochs", 1),
    "max_trials": ("max_trials", 1),
    "max_epochs": ("max_epochs", 2),
    "members": ("members", 2),
    "folds": ("folds", 2),
    "best": ("best", 1),
    "interactive": ("interactive", False),  # nobody is there to be asked
}
NOT_RUN = {  # why; names and arguments of their calls are looked at all the same
    "BinarySearch": "its model must have a recall that falls with alpha: examples/mtcnn_alpha.py",
    "RayEngine": "it starts a cluster",
    "ablate": "it trains once for each part of the recipe",
    "dry_run": "it needs a thousand samples",
    "ensemble_of_best": "it searches, and trains",
    "fit": "tests/test_readme.py runs these lines",
    "fit_ensemble": "it trains deep networks",
    "freeze": "it downloads weights",
    "learning_curve": "it trains eight times",
    "stability_check": "it trains five times",
    "suggest_size": "it depends on the machine",
    "tune": "it is the whole job",
    "unfreeze": "it downloads weights",
}
# TensorFlow says that tf.data is not made eager with the rest.
pytestmark = pytest.mark.filterwarnings("ignore:Even though the `tf.config:UserWarning")
SHAPE, CLASSES = (8, 8, 1), 10  # where an example builds no model of its own

DOCUMENTED = dict(documented())
EXAMPLES = {name: example_of(found) for name, found in DOCUMENTED.items() if example_of(found)}
PACKAGES = {"kt": tuners, "keras": keras, "np": np, "functools": functools, "json": json}


def network(shape, classes):
    """Returns a small network that is not compiled."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Flatten(),
            keras.layers.Dense(4, activation="relu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )


def build_model(hp):
    model = network(SHAPE, CLASSES)
    rate = hp.Choice("learning_rate", [0.01, 0.1])
    hp.Choice("dropout", [0.0, 0.5])
    compile_model(model, rate)
    return model


def search_a_function(folder):
    """Returns the tuner of a search over one number, without a model."""
    hp = tuners.HyperParameters()
    hp.Float("x", 0.0, 1.0)
    tuner = tuners.BayesianOptimization(
        objective=tuners.Objective("error", "min"),
        hyperparameters=hp,
        max_trials=4,
        function=lambda values: (values["x"] - 0.3) ** 2,
        directory=folder,
        project_name="function",
    )
    tuner.search(verbose=0)
    return tuner


def compile_model(model, rate=0.01):
    optimizer, loss = keras.optimizers.Adam(rate), "sparse_categorical_crossentropy"
    model.compile(optimizer, loss, metrics=["accuracy"])


def samples(shape, classes):
    """Returns training and validation data as an example may take them, by name."""
    count = 120 if np.prod(shape) < 4_000 else 4
    random = np.random.default_rng(0)
    x, x_val = (random.random((n, *shape)).astype("float32") for n in (count, count // 2))
    y, y_val = (np.arange(n) % classes for n in (count, count // 2))
    alike = {
        ("x", "x_train", "x_all"): x,
        ("y", "y_train", "y_all"): y,
        ("x_val", "xv", "x_validation"): x_val,
        ("y_val", "yv"): y_val,
        ("train",): (x, y),
        ("validation",): (x_val, y_val),
    }
    return {name: value for names, value in alike.items() for name in names}


def save_images(folder, images):
    for place, image in enumerate(images[:40]):
        path = folder / "photos" / ("cat", "dog")[place % 2] / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        keras.utils.save_img(path, image.repeat(6, axis=0).repeat(6, axis=1).repeat(3, axis=2))
    (folder / "flowers").symlink_to(folder / "photos")


@pytest.fixture(scope="module")
def eager():
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="module")
def shared(eager, tmp_path_factory):
    """A folder with what examples read, and what they take as given, by name."""
    folder = tmp_path_factory.mktemp("given")
    data, build = samples(SHAPE, CLASSES), functools.partial(network, SHAPE, CLASSES)
    x, y = data["train"]
    runs = [
        recipes.fit(
            build(),
            (x, y),
            validation=data["validation"],
            epochs=3,
            folder=folder / "runs" / name,
            verbose=0,
        )
        for name in ("first", "second")
    ]
    tuner = tuners.RandomSearch(
        build_model,
        "val_accuracy",
        max_trials=2,
        directory=folder / "runs",
        project_name="resnet-digits",
    )
    tuner.search(x, y, validation_data=data["validation"], verbose=0)
    save_images(folder, x)
    (folder / "saved_models/digits").mkdir(parents=True)
    runs[0].model.save(folder / "saved_models/digits/model.keras")
    return folder, {
        "build": build,
        "build_model": build_model,
        "forest": RandomForestClassifier(5).fit(x.reshape(len(x), -1), y),
        "images": keras.Input((32, 32, 3)),
        "path": folder / "runs/first/run.json",
        "run": runs[0],
        "runs": runs,
        "snapshots": trained_snapshots(build(), x, y),
        "split": recipes.split_data(x, y),
        "tuner": tuner,
    }


def trained_snapshots(model, x, y):
    compile_model(model)
    snapshots = recipes.Snapshots()
    model.fit(x, y, callbacks=[snapshots], verbose=0)
    return snapshots


def names_with(named, code):
    """Returns all that an example may take as given, by name."""
    shape, classes = shape_of(code)
    data, model = samples(shape, classes), network(shape, classes)
    compile_model(model)
    masks = np.zeros((len(data["x"]), *shape[:2]), "int64")
    return public_names() | PACKAGES | named | data | {"model": model, "masks": masks}


@pytest.fixture(scope="module")
def names(shared):
    """The names that an example may take as given."""
    return names_with(shared[1], "")


@pytest.fixture
def given(request, shared, tmp_path, monkeypatch):
    """What the example takes as given, in a folder with the files that it reads."""
    name = request.node.callspec.params["name"]
    folder, named = shared
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    others = OTHERS[name](tmp_path) if name in OTHERS else {}
    return names_with(named, EXAMPLES[name]) | others


OTHERS = {  # what some examples take in place of the usual
    "tuners.plots.plot_surrogate": lambda folder: {"tuner": search_a_function(folder)},
}


def shape_of(code):
    """Returns shape of a sample and number of classes of the first model that an example builds."""
    built = re.search(r"build_\w+\(\(([^)]*)\), (?:num_classes=)?(\d+)", code)
    if built is None:
        return SHAPE, CLASSES
    sides = [side.strip() for side in built[1].split(",") if side.strip()]
    shape = [8 if side == "None" else int(side) for side in sides]
    return tuple(shape), int(built[2])


def test_every_public_function_has_an_example():
    functions = {name for name, found in DOCUMENTED.items() if inspect.isroutine(found)}
    own = {name for name in functions if name.count(".") == 1 or name.startswith("tuners.plots.")}
    assert sorted(own - EXAMPLES.keys()) == []
    assert NOT_RUN.keys() <= {name.split(".")[-1] for name in EXAMPLES}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_knows_its_names_and_its_arguments(name, names):
    assert list(mistakes(EXAMPLES[name], names)) == []


@pytest.mark.parametrize("name", [n for n in EXAMPLES if n.split(".")[-1] not in NOT_RUN])
def test_an_example_runs(name, given):
    exec(compile(smaller(EXAMPLES[name], SMALL), name, "exec"), given)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("fit(modle, (x, y))", "modle is unknown"),
        ("fit(model, (x, y), epoch=3)", "fit(model, (x, y), epoch=3): got an unexpected"),
        ("kt.Objective('val_loss')", "kt.Objective('val_loss'): missing a required argument"),
    ],
)
def test_a_wrong_example_would_be_found(code, found):
    names = public_names() | PACKAGES | dict.fromkeys(("model", "x", "y"))
    (mistake,) = mistakes(code, names)
    assert mistake.startswith(found)
