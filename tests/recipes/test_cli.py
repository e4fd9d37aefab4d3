"""The command `recipes`: what it prints, and its exit codes.

Most tests run it in this process, which has TensorFlow already; a few as a person does.
"""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from commands import run_python
from graph_models import nested_model
from keras import layers

from recipes.cli import main

MODELS = Path(__file__).parent  # graph_models.py is imported from here
RESNET = ("recipes:build_resnet", "--arg", "input_shape=(8, 8, 1)", "--arg", "num_classes=10")


@pytest.fixture
def recipes(monkeypatch, capsys):
    """Runs the command in this process; returns it as a finished process."""
    monkeypatch.chdir(MODELS)
    monkeypatch.setattr(sys, "path", list(sys.path))
    level = tf.get_logger().level

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["recipes", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        return subprocess.CompletedProcess(words, ended.value.code or 0, *capsys.readouterr())

    yield run
    tf.get_logger().setLevel(level)


def process(*words):
    return run_python(MODELS, "-m", "recipes.cli", *words, TF_CPP_MIN_LOG_LEVEL="3")


def lambda_file(folder):
    x = keras.Input((3,))
    model = keras.Model(x, layers.Dense(2)(layers.Lambda(lambda x: 2 * x)(x)))
    model.save(folder / "model.keras")
    return folder / "model.keras"


def half(y_true, y_pred):
    return 0.5 * keras.losses.mean_squared_error(y_true, y_pred)


def test_version_is_that_of_the_distribution(recipes):
    assert recipes("--version").stdout == f"keras-recipes {version('keras-recipes')}\n"


def test_a_broken_model_is_named_and_exits_with_1(tmp_path):
    result = process("check", "graph_models:stopped_gradient", "--logdir", tmp_path)
    assert result.returncode == 1
    assert "error CUT: layer 'cut' (kernel, bias: 21 parameters) gets no gradient" in result.stdout
    assert f"Look at it: tensorboard --logdir {tmp_path}" in result.stdout
    assert result.stderr == ""
    assert list(tmp_path.glob("events.*"))


def test_a_report_can_be_read_by_a_script(recipes):
    result = recipes("check", "graph_models:dead_branch", "--json", "--level", "static")
    report = json.loads(result.stdout)
    assert (report["ok"], report["findings"][0]["layer"]) == (False, "lost")
    assert report["level"] == "static"


def test_a_healthy_model_exits_with_0_and_an_unchecked_one_with_3(recipes):
    healthy = recipes("check", "graph_models:nested_model")
    assert (healthy.returncode, healthy.stderr) == (0, "")
    assert healthy.stdout.endswith(": every layer can learn (level full).\n")
    assert recipes("check", "graph_models:Subclassed").returncode == 3


def test_a_model_of_which_not_all_could_be_checked_is_not_called_fine(recipes):
    result = recipes("check", "graph_models.losses:loss_with_unknown_targets")
    assert result.returncode == 3
    assert "no fault was found, and not all could be checked (level full):" in result.stdout


def test_warnings_count_as_errors_where_that_is_asked_for(recipes):
    words = ("check", "graph_models:weightless_dead_end")
    assert recipes(*words).returncode == 0
    assert recipes(*words, "--strict").returncode == 1
    assert recipes("check", "graph_models:Subclassed", "--strict").returncode == 3


def test_a_builder_that_fails_could_not_be_checked(recipes):
    for command in ("check", "profile"):
        result = recipes(command, "graph_models:fails")
        assert (result.returncode, result.stdout) == (3, "")
        assert result.stderr == "Error: graph_models:fails raised RuntimeError: on purpose\n"


def test_a_module_that_fails_could_not_be_checked(recipes, tmp_path, monkeypatch):
    (tmp_path / "failing_module.py").write_text("import no_such_module")
    monkeypatch.chdir(tmp_path)
    result = recipes("check", "failing_module:build")
    message = "failing_module raised ModuleNotFoundError: No module named 'no_such_module'"
    assert (result.returncode, result.stderr) == (3, f"Error: {message}\n")


def test_what_is_meant_can_be_allowed(recipes):
    words = ("check", "graph_models:stopped_gradient", "--allow", "CUT:cut")
    assert recipes(*words).returncode == 0


def test_data_give_an_unbuilt_model_its_inputs(recipes, tmp_path):
    np.savez(tmp_path / "batch.npz", x=np.ones((40, 6), "float32"), y=np.ones((40, 2), "float32"))
    words = ("check", "graph_models:Subclassed", "--data", tmp_path / "batch.npz")
    assert recipes(*words).returncode == 0


def test_data_go_to_the_inputs_of_their_name(recipes, tmp_path):
    a, b = np.ones((4, 6), "float32"), np.full((4, 3), np.nan, "float32")
    np.savez(tmp_path / "batch.npz", b=b, a=a)
    result = recipes("check", "graph_models:dict_inputs", "--data", tmp_path / "batch.npz")
    assert result.returncode == 1
    assert "error NONFINITE: " in result.stdout


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"images": np.ones((4, 6)), "y": np.ones(4)},
            "`--data` must hold the array x, or one for each input: a, b. Received: "
            "data='batch.npz'. It holds images (4, 6), y (4,).",
        ),
        (
            {"x": np.ones((4, 6)), "y": np.ones(3)},
            "the arrays in `--data` must have a row for each sample, all as many. Received: "
            "data='batch.npz'. It holds x (4, 6), y (3,).",
        ),
        (
            {"x": np.array([None])},
            "`--data` must be a readable .npz file of numbers or texts. Received: "
            "data='batch.npz'. (Object arrays cannot be loaded when allow_pickle=False)",
        ),
        (
            None,
            "`--data` must be a readable .npz file of numbers or texts. Received: "
            "data='batch.npz'. ([Errno 2] No such file or directory: 'batch.npz')",
        ),
    ],
)
def test_data_that_cannot_be_used_are_told_with_what_the_file_holds(
    recipes, arrays, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    if arrays is not None:
        np.savez("batch.npz", **arrays)
    result = recipes("check", "graph_models:dict_inputs", "--data", "batch.npz")
    assert (result.returncode, result.stderr) == (2, f"Error: check: {message}\n")


def test_a_profile_is_printed_for_people_and_for_scripts(recipes, tmp_path):
    words = ("profile", "graph_models:bidirectional", "--input-shape", "5,3", "--batch-size", 2)
    table = recipes(*words)
    assert (table.returncode, table.stderr) == (0, "")
    # twice 3 gates of 2 units × (3 inputs + 2 states + 2 biases), and 4·2 + 2 in the last layer
    assert table.stdout.startswith("parameters            94  94 train\n")
    assert "latency " in table.stdout
    assert json.loads(recipes(*words, "--json").stdout)["batch_size"] == 2
    nested_model().save(tmp_path / "model.keras")
    assert recipes("profile", tmp_path / "model.keras", "--json").returncode == 0


def test_a_builder_gets_its_arguments_from_the_command_line(recipes):
    result = recipes("profile", *RESNET, "--arg", "depth=20", "--arg", "name=mine", "--json")
    assert json.loads(result.stdout)["trainable_parameters"] == 272_186  # 3·3·16·2 less than RGB
    refused = recipes("check", *RESNET, "--arg", "depth=21")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: build_resnet: `depth` must be one of ")


LOADED = (
    "the builder must be MODULE:FUNCTION that can be imported, or a .keras file. "
    "Received: builder={!r}. It could not be loaded ({})."
)
WITHOUT_PY = (
    "the builder must be MODULE:FUNCTION, without .py, or a .keras file. Received: builder={!r}. "
    "Such as {}, from the folder that {}.py is in."
)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("profile", "graph_models:none"),
            "profile: "
            + LOADED.format("graph_models:none", "module 'graph_models' has no attribute 'none'"),
        ),
        (
            ("check", "no_such_module:build"),
            "check: " + LOADED.format("no_such_module:build", "No module named 'no_such_module'"),
        ),
        (("check", "mm"), "check: " + WITHOUT_PY.format("mm", "mm:build", "mm")),
        (("check", "mm.py:x"), "check: " + WITHOUT_PY.format("mm.py:x", "mm:x", "mm")),
        (("export", "a/mm.py", "out"), "export: " + WITHOUT_PY.format("a/mm.py", "mm:build", "mm")),
        (
            ("check", "graph_models:KEPT"),
            "check: the builder must be a function that returns a model. Received: "
            "builder='graph_models:KEPT', type='list'.",
        ),
        (
            ("check", "graph_models:nested_model", "--arg", "depth"),
            "check: `--arg` must be name=value. Received: arg='depth'. Such as --arg depth=50.",
        ),
        (
            ("check", "graph_models:nested_model", "--arg", "depth=50"),
            "check: `--arg` must name an argument of the builder: it has none. Received: "
            "arg='depth=50'.",
        ),
        (
            ("check", "graph_models:Subclassed", "--arg", "falt=cut"),
            "check: `--arg` must name an argument of the builder: fault. Received: arg='falt=cut'. "
            "Did you mean fault?",
        ),
        (
            ("profile", "recipes:build_resnet", "--arg", "depth=50"),
            "profile: the builder needs the arguments input_shape, num_classes. Received: "
            "arg=['depth=50']. Give each of them as --arg name=value.",
        ),
        (
            ("profile", "model.keras", "--arg", "depth=50"),
            "profile: `--arg` is for a builder MODULE:FUNCTION, a .keras file takes none. "
            "Received: arg=['depth=50'].",
        ),
        (
            ("profile", "graph_models:bidirectional"),
            "profile: the size of the model's inputs must be known. Received: inputs=(None, 3). "
            "Give --input-shape …, the shape of one sample without the batch axis.",
        ),
        (
            ("profile", "graph_models:nested_model", "--input-shape", "6x6"),
            "profile: `input_shape` must be the shape of one sample, or a list or dict of them. "
            "Received: input_shape='6x6'. A shape is a tuple of whole numbers of at least 1, such "
            "as (224, 224, 3).",
        ),
        (
            ("check", "graph_models:nested_model", "--logdir", "/dev/null/logs"),
            "check: the folder must be one that can be written to (Not a directory). Received: "
            "folder='/dev/null/logs'. Name another one.",
        ),
        (
            ("check", "graph_models:nested_model", "--level", "deep"),
            'check_graph: `level` must be one of "static", "trace", "full". Received: '
            "level='deep'.",
        ),
        (
            ("export", "graph_models:nested_model", "out", "--formats", "pb,h5"),
            'export_graph: `formats` must be one of "keras", "saved_model", "tflite", "pb", '
            "\"onnx\". Received: formats='h5'.",
        ),
        (
            ("fit", "--data", "mnist"),
            'fit: `data` must be one of "digits", "cifar10", a folder, or the path of an .npz '
            "file. Received: data='mnist'.",
        ),
        (
            ("fit", "--model", "vgg"),
            'fit: `model` must be one of "resnet", "fcn", "mlp". Received: model=\'vgg\'.',
        ),
        (
            ("fit", "--model", "InceptionV3"),  # guide row 72
            "fit: there is no builder of Inception, which cannot be reproduced from its papers. "
            "Received: model='InceptionV3'. Take \"resnet\" (guide row 72).",
        ),
    ],
)
def test_wrong_use_is_one_message_on_stderr_and_exits_with_2(recipes, words, message):
    result = recipes(*words)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"Error: {message}\n")


def test_a_traceback_is_shown_on_request_alone():
    result = process("fit", "--data", "mnist", "--debug")
    assert result.returncode == 1
    assert "Traceback (most recent call last)" in result.stderr


def test_a_saved_model_is_checked_and_exported(recipes, tmp_path):
    nested_model().save(tmp_path / "model.keras")
    assert recipes("check", tmp_path / "model.keras").returncode == 0
    words = ("export", tmp_path / "model.keras", tmp_path / "out", "--formats")
    result = recipes(*words, "keras, saved_model", "--formats", "pb")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    assert [line.partition(": largest difference ")[0] for line in lines] == [
        str(tmp_path / "out" / name) for name in ("model.keras", "saved_model", "graph.pb")
    ]
    assert (tmp_path / "out" / "saved_model" / "saved_model.pb").exists()


def test_a_builder_is_exported_in_three_formats_by_default(tmp_path):
    result = process("export", "graph_models:nested_model", tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"model.keras", "saved_model", "model.tflite"}


def test_the_loss_in_a_file_is_checked(recipes, tmp_path):
    model = nested_model()
    model.compile("sgd", keras.losses.MeanSquaredError())
    model.save(tmp_path / "model.keras")
    data = tmp_path / "batch.npz"
    np.savez(data, x=np.ones((4, 6), "float32"), y=np.ones((4, 3), "float32"))
    result = recipes("check", tmp_path / "model.keras", "--data", data)
    assert result.returncode == 1
    assert "error STEP_FAILED: " in result.stdout


def test_a_loss_that_cannot_be_read_is_left_out_and_told(recipes, tmp_path):
    model, path = nested_model(), tmp_path / "model.keras"
    model.compile("sgd", half)
    model.save(path)
    result = recipes("check", path)
    told = f"{path} was compiled with what cannot be read: it has no loss here.\n"
    assert (result.returncode, result.stderr) == (0, told)


@pytest.mark.parametrize("command", [("check",), ("profile",), ("export", "--formats", "pb")])
def test_code_in_a_file_is_run_for_those_who_trust_it_alone(recipes, command, tmp_path):
    path = lambda_file(tmp_path)
    name, *options = command
    words = (name, path, tmp_path / "out", *options) if options else (name, path)
    result = recipes(*words)
    assert result.returncode == 2
    assert result.stderr == (
        f"Error: {name}: the file holds code (such as a Lambda layer), and none of it was run. "
        f"Received: file='{path}'. If you trust where it is from, add --trust.\n"
    )
    assert recipes(*words, "--trust").returncode == 0


def test_a_file_that_is_no_model_is_refused(recipes, tmp_path):
    (tmp_path / "model.keras").write_text("nothing")
    result = recipes("check", tmp_path / "model.keras")
    assert result.returncode == 2
    assert result.stderr.startswith("Error: load_model: the file must be a readable .keras file. ")


@pytest.mark.parametrize("command", ["fit", "dry-run", "find-lr"])
def test_a_sample_that_is_no_number_is_named_by_its_place_in_the_file(recipes, command, tmp_path):
    x = np.random.default_rng(0).random((200, 4))
    x[137, 2] = np.nan
    np.savez(tmp_path / "table.npz", x=x, y=np.arange(200) % 2)
    result = recipes(command, "--model", "mlp", "--data", tmp_path / "table.npz")
    assert result.returncode == 1
    assert result.stderr == (
        f"Error: {command}: the table data have 1 problem:\n"
        "  - 1 sample of x with NaN or infinity, the first is number 137.\n"
    )


def test_fit_trains_and_says_what_the_curves_mean(tmp_path):
    result = process("fit", "--model", "mlp", "--epochs", 1, "--folder", tmp_path / "run")
    assert result.returncode == 0
    assert "Verdict: too early to tell:" in result.stdout
    assert (tmp_path / "run" / "run.json").exists()


@pytest.fixture(scope="module")
def small_data(tmp_path_factory):
    """An .npz file of 60 images of three classes, told by their brightness."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    y = np.arange(60) % 3
    noise = np.random.default_rng(0).random((60, 4, 4, 1), dtype="float32")
    np.savez(path, x=0.2 * noise + 0.4 * y[:, None, None, None], y=y)
    return path


def test_runs_of_the_command_are_listed_and_repeated(recipes, small_data, tmp_path):
    words = ("fit", "--model", "mlp", "--data", small_data, "--quiet", "--batch-size", 8)
    for epochs in (1, 2):
        folder = tmp_path / f"epochs{epochs}"
        result = recipes(*words, "--epochs", epochs, "--folder", folder)
        assert result.returncode == 0
        assert result.stdout.startswith("Verdict: ")
    result = recipes("runs", tmp_path, "--json")
    listed = json.loads(result.stdout)
    assert sorted(run["epochs"] for run in listed) == [1, 2]
    assert {run["status"] for run in listed} == {"finished"}
    table = recipes("runs", tmp_path)
    assert table.returncode == 0
    assert "epochs" in table.stdout
    result = recipes("rerun", tmp_path / "epochs2", "--json")
    assert result.returncode == 0
    assert json.loads(result.stdout) == {"equal": True, "largest_difference": 0.0, "changes": []}


def test_runs_on_other_data_stand_apart_and_their_epochs_are_told_once(
    recipes, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "100")
    for name, data, epochs, score in (("a", "1", 2, 0.9), ("b", "1", 3, 0.8), ("c", "2", 3, 1.0)):
        record = {
            "settings": {"train": data, "validation": data},
            "recipe": {"epochs": epochs, "momentum": 0.9 if name == "c" else 0.5},
            "history": {"val_accuracy": [score] * epochs, "val_loss": [1 - score] * epochs},
        }
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(record))
    monkeypatch.chdir(tmp_path)
    heading, *rows = recipes("runs", "a", "b", "c").stdout.splitlines()
    assert heading.split() == [
        *("run", "accuracy", "loss", "verdict", "epochs", "time", "weights"),
        *("settings", "that", "differ"),
    ]
    assert [row.split() for row in rows] == [
        ["a", "0.9000", "0.1000", "2", "0", "momentum", "0.5"],
        ["b", "0.8000", "0.2000", "3", "0", "momentum", "0.5"],
        [],
        ["c", "1.0000", "0.0000", "3", "0", "momentum", "0.9"],
    ]


def test_a_folder_without_runs_exits_with_1(recipes, tmp_path):
    result = recipes("runs", tmp_path)
    assert (result.returncode, result.stdout) == (1, "There is no run.\n")


def test_a_budget_of_nothing_is_wrong_use(recipes, small_data):
    result = recipes("fit", "--model", "mlp", "--data", small_data, "--budget", "0m")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "Error: fit: `budget` must be a time above 0. Received: budget='0m'. "
        'Such as "10m", "2h", or seconds.\n'
    )
