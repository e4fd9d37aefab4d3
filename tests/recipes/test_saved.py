"""Saved models are read in another process, and by the commands."""

import re
from pathlib import Path

import keras
import numpy as np
import pytest
from builders import CASES
from commands import run_python

import recipes
from recipes import Recipe, load_model
from recipes.errors import DataError
from recipes.training import saved
from recipes.training.session.compiling import compile_model

OURS = ("resnet-identity", "unet-image", "fcn-mask", "rnn-numbers", "rnn-tokens")  # classes of ours


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Models on disk, with what they answer."""
    folder = tmp_path_factory.mktemp("saved")
    for name in OURS:
        model, (x, _) = CASES[name].build(seed=0), CASES[name].data()
        model.save(folder / f"{name}.keras")
        np.savez(folder / f"{name}.npz", x=x, y=model(x))
    model, (x, y) = CASES["mlp"].build(seed=0), CASES["mlp"].data()
    compile_model(model, Recipe(), (x, y))
    model.save(folder / "trained.keras")
    np.savez(folder / "trained.npz", x=x, y=y, loss=model.evaluate(x, y, verbose=0)[0])
    return folder


def test_another_process_reads_them_with_one_import(folder):
    code = (
        "import numpy as np\n"
        "from recipes import load_model\n"
        f"for name in {OURS}:\n"
        "    data = np.load(f'{name}.npz')\n"
        "    print(np.array_equal(load_model(f'{name}.keras')(data['x']), data['y']))"
    )
    assert run_python(folder, "-c", code).stdout.split() == ["True"] * len(OURS)


def test_another_process_reads_what_fit_compiles_with_loss_and_schedule(folder):
    code = (
        "import numpy as np\n"
        "from recipes import load_model\n"
        "model, data = load_model('trained.keras'), np.load('trained.npz')\n"
        "loss = model.evaluate(data['x'], data['y'], verbose=0)[0]\n"
        "print(np.isclose(loss, data['loss']), type(model.optimizer).__name__)"
    )
    assert run_python(folder, "-c", code).stdout.split() == ["True", "SGD"]


def test_every_class_that_is_registered_with_keras_is_known():
    pattern = r"@keras\.saving\.register_keras_serializable\(.*\)\nclass (\w+)"
    files = Path(recipes.__file__).parent.rglob("*.py")
    registered = [name for path in files for name in re.findall(pattern, path.read_text("utf-8"))]
    assert sorted(registered) == sorted(known.__name__ for known in saved._CLASSES)
    assert "SmoothedSparseCategoricalCrossentropy" in registered


def test_the_commands_read_them(folder):
    words = ("-m", "recipes.cli", "check", "rnn-tokens.keras")
    result = run_python(folder, *words, TF_CPP_MIN_LOG_LEVEL="3")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_model_comes_back_compiled_as_it_was(tmp_path):
    model = CASES["mlp"].build(seed=0)
    model.compile("sgd", "sparse_categorical_crossentropy")
    model.save(tmp_path / "model.keras")
    assert isinstance(load_model(tmp_path / "model.keras").optimizer, keras.optimizers.SGD)


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "model.keras").write_text("nothing")
    with pytest.raises(DataError) as caught:
        load_model(tmp_path / "model.keras")
    assert str(caught.value).startswith(
        "load_model: the file must be a readable .keras file. "
        f"Received: file='{tmp_path / 'model.keras'}'. It could not be loaded ("
    )


def refusal(path):
    with pytest.raises(DataError) as caught:
        load_model(path)
    return str(caught.value)


def test_a_file_with_code_is_refused_unless_it_is_trusted(tmp_path):
    x, path = keras.Input((3,)), tmp_path / "model.keras"
    keras.Model(x, keras.layers.Lambda(lambda x: 2 * x)(x)).save(path)
    assert refusal(path) == (
        "load_model: the file holds code (such as a Lambda layer), and none of it was run. "
        f"Received: file='{path}'. If you trust where it is from, pass safe_mode=False."
    )
    assert load_model(path, safe_mode=False)(np.ones((1, 3)))[0, 0] == 2


def test_a_class_that_is_not_known_is_named(tmp_path):
    class Own(keras.layers.Layer):
        def call(self, x):
            return x

    x, path = keras.Input((3,)), tmp_path / "model.keras"
    keras.Model(x, Own()(x)).save(path)
    assert refusal(path) == (
        f"load_model: the file must be a readable .keras file. Received: file='{path}'. It could "
        "not be loaded (Could not locate class 'Own')."
    )
