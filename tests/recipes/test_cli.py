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


@pytest.mark.parametrize("command", [(), ("check",), ("fit",), ("export",)])
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


@pytest.mark.parametrize(
    ("words", "message"),
    [
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
            "Error: fit: `model` must be one of \"resnet\". Received: model='vgg'.\n",
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
    assert result.stderr.startswith("Error: load: the file must be a readable .keras file. ")


def test_fit_trains_and_says_what_the_curves_mean(tmp_path):
    result = recipes("fit", "--epochs", 1, "--folder", tmp_path / "run")
    assert result.returncode == 0
    assert "Verdict: underfitting since epoch 1:" in result.stdout
    assert (tmp_path / "run" / "run.json").exists()
