"""The command `recipes`: what it prints, and its exit codes."""

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from commands import run_python
from graph_models import nested_model

MODELS = Path(__file__).parent  # graph_models.py is imported from here


def recipes(*words):
    return run_python(MODELS, "-m", "recipes.cli", *words)


def test_version_is_that_of_the_distribution():
    assert recipes("--version").stdout == f"keras-recipes {version('keras-recipes')}\n"


@pytest.mark.parametrize("command", [(), ("check",), ("profile",), ("fit",), ("export",)])
def test_every_command_has_help_with_an_example(command):
    result = recipes(*command, "--help")
    assert result.returncode == 0
    assert ("Example: recipes " if command else "Commands:") in result.stdout


def test_a_broken_model_is_named_and_exits_with_1(tmp_path):
    result = recipes("check", "graph_models:stopped_gradient", "--logdir", tmp_path)
    assert result.returncode == 1
    assert "error CUT: layer 'cut' (kernel, bias: 21 parameters) gets no gradient" in result.stdout
    assert f"Look at it: tensorboard --logdir {tmp_path}" in result.stdout
    assert result.stderr == ""
    assert list(tmp_path.glob("events.*"))


def test_a_report_can_be_read_by_a_script():
    result = recipes("check", "graph_models:dead_branch", "--json")
    report = json.loads(result.stdout)
    assert (report["ok"], report["findings"][0]["layer"]) == (False, "lost")


def test_a_healthy_model_exits_with_0_and_an_unchecked_one_with_3():
    assert recipes("check", "graph_models:nested_model").returncode == 0
    assert recipes("check", "graph_models:Subclassed").returncode == 3


def test_a_builder_that_fails_could_not_be_checked():
    result = recipes("check", "graph_models:fails")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == "Error: graph_models:fails raised RuntimeError: on purpose\n"


def test_what_is_meant_can_be_allowed():
    assert recipes("check", "graph_models:stopped_gradient", "--allow", "CUT:cut").returncode == 0


def test_a_profile_is_printed_for_people_and_for_scripts(tmp_path):
    words = ("profile", "graph_models:bidirectional", "--input-shape", "5,3", "--batch-size", 2)
    table = recipes(*words)
    assert (table.returncode, table.stderr) == (0, "")
    # twice 3 gates of 2 units × (3 inputs + 2 states + 2 biases), and 4·2 + 2 in the last layer
    assert table.stdout.startswith("parameters            94  94 train\n")
    assert "latency " in table.stdout
    assert json.loads(recipes(*words, "--json").stdout)["batch_size"] == 2
    nested_model().save(tmp_path / "model.keras")
    assert recipes("profile", tmp_path / "model.keras", "--json").returncode == 0


def test_a_builder_gets_its_arguments_from_the_command_line():
    network = ("recipes:build_resnet", "--arg", "input_shape=(8, 8, 1)", "--arg", "num_classes=10")
    result = recipes("profile", *network, "--arg", "depth=20", "--arg", "name=mine", "--json")
    assert json.loads(result.stdout)["trainable_parameters"] == 272_186  # 3·3·16·2 less than RGB
    refused = recipes("check", *network, "--arg", "depth=21")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: build_resnet: `depth` must be one of ")


def test_a_builder_that_fails_has_no_profile():
    result = recipes("profile", "graph_models:fails")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr == "Error: graph_models:fails raised RuntimeError: on purpose\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("profile", "graph_models:none"),
            "Error: profile: the builder must be MODULE:FUNCTION that can be imported, or a .keras "
            "file. Received: builder='graph_models:none'. It could not be loaded (module "
            "'graph_models' has no attribute 'none').\n",
        ),
        (
            ("profile", "graph_models:bidirectional"),
            "Error: profile: the size of the model's inputs must be known. Received: "
            "inputs=(None, 3). Give input_shape=…, the shape of one sample without the batch "
            "axis.\n",
        ),
        (
            ("profile", "graph_models:nested_model", "--input-shape", "6x6"),
            "Error: profile: `input_shape` must be the shape of one sample, or a list or dict of "
            "them. Received: input_shape='6x6'. A shape is a tuple of whole numbers of at least "
            "1, such as (224, 224, 3).\n",
        ),
        (
            ("check", "graph_models:nested_model", "--arg", "depth"),
            "Error: check: `--arg` must be name=value. Received: arg='depth'. Such as "
            "--arg depth=50.\n",
        ),
        (
            ("profile", "model.keras", "--arg", "depth=50"),
            "Error: profile: `--arg` is for a builder MODULE:FUNCTION, a .keras file takes none. "
            "Received: arg=['depth=50'].\n",
        ),
        (
            ("check", "graph_models:none"),
            "Error: check: the builder must be MODULE:FUNCTION that can be imported, or a .keras "
            "file. Received: builder='graph_models:none'. It could not be loaded (module "
            "'graph_models' has no attribute 'none').\n",
        ),
        (
            ("fit", "--data", "mnist"),
            'Error: fit: `data` must be one of "digits", or the path of an .npz file. '
            "Received: data='mnist'.\n",
        ),
        (
            ("fit", "--model", "vgg"),
            'Error: fit: `model` must be one of "resnet", "fcn", "mlp". Received: model=\'vgg\'.\n',
        ),
    ],
)
def test_wrong_use_is_one_message_on_stderr_and_exits_with_2(words, message):
    result = recipes(*words)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", message)


def test_a_traceback_is_shown_on_request_alone():
    result = recipes("fit", "--data", "mnist", "--debug")
    assert result.returncode == 1
    assert "Traceback (most recent call last)" in result.stderr


def test_a_saved_model_is_checked_and_exported(tmp_path):
    nested_model().save(tmp_path / "model.keras")
    assert recipes("check", tmp_path / "model.keras").returncode == 0
    result = recipes("export", tmp_path / "model.keras", tmp_path / "out")
    assert result.returncode == 0
    assert result.stdout.startswith(f"{tmp_path / 'out' / 'saved_model'}  (largest difference ")
    assert (tmp_path / "out" / "saved_model" / "saved_model.pb").exists()


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "model.keras").write_text("nothing")
    result = recipes("check", tmp_path / "model.keras")
    assert result.returncode == 2
    assert result.stderr.startswith("Error: load_model: the file must be a readable .keras file. ")


def test_fit_trains_and_says_what_the_curves_mean(tmp_path):
    result = recipes("fit", "--epochs", 1, "--folder", tmp_path / "run")
    assert result.returncode == 0
    assert "Verdict: underfitting since epoch 1:" in result.stdout
    assert (tmp_path / "run" / "run.json").exists()
