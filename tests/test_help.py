"""The help of both commands leads a person through: examples that parse, in 80 columns."""

import re
import shlex

import pytest
import typer
from commands import run_command, run_python
from pages import ROOT, commands

import recipes.cli
import tuners.cli
from recipes.console import with_options

APPS = {"recipes": recipes.cli, "tuners": tuners.cli}


def tree(command, *path):
    """Yields the path and the command of a command and of all below it."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from tree(below, *path, name)


def command_of(name):
    """Returns a command whose parts do nothing."""
    command = typer.main.get_command(APPS[name].app)
    for _, part in tree(command):
        part.callback = lambda **options: None
    return command


COMMANDS = [
    pytest.param(name, path, id=" ".join((name, *path)))
    for name in APPS
    for path, _ in tree(typer.main.get_command(APPS[name].app))
]


@pytest.mark.parametrize(("name", "path"), COMMANDS)
def test_the_help_of_each_command_fits_and_its_examples_parse(name, path, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    said = run_command(tmp_path, APPS[name].main, *path, "--help").stdout
    words = " ".join((name, *path))
    assert said.startswith(f"Usage: {words} ")
    assert all(len(line) <= 80 for line in said.splitlines())
    assert "..." not in said.partition("Commands:")[2]  # no sentence is cut
    examples = re.findall(rf"^ +({words} .+)$", said, flags=re.MULTILINE)
    assert examples
    for example in examples:
        command_of(name)(shlex.split(example)[1:], standalone_mode=False)


@pytest.mark.parametrize(("name", "path"), COMMANDS)
def test_every_option_says_what_it_is(name, path):
    command = dict(tree(typer.main.get_command(APPS[name].app)))[path]
    for parameter in command.params:
        assert getattr(parameter, "help", None) or parameter.name == "help", parameter.name


@pytest.mark.parametrize("name", APPS)
def test_without_docstrings_a_command_still_runs(name, tmp_path):
    result = run_python(tmp_path, "-OO", "-m", f"{name}.cli", "--version")
    assert (result.returncode, result.stderr) == (0, "")


def test_an_example_with_a_wrong_option_would_be_found():
    with pytest.raises(Exception, match="No such option"):
        command_of("recipes")(["fit", "--modle", "resnet"], standalone_mode=False)


@pytest.mark.parametrize("name", APPS)
def test_the_commands_of_the_pages_parse(name):
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for words in commands(page.read_text(encoding="utf-8"), name):
            command_of(name)(words, standalone_mode=False)


def test_an_error_advises_the_options_of_the_shell_and_leaves_what_was_received():
    options = {"epochs": "--epochs", "force": "--force", "budget": "--budget"}
    said = (
        "fit: a run must fit into its budget. Received: epochs=40, force=False, budget='2 s'. "
        "Take epochs=1, a model with units=8, or force=True."
    )
    assert with_options(said, options) == (
        "fit: a run must fit into its budget. Received: epochs=40, force=False, budget='2 s'. "
        "Take --epochs 1, a model with units=8, or --force."
    )


def test_a_budget_that_is_too_small_is_told_with_the_options_of_the_shell(tmp_path):
    words = ("fit", "--model", "mlp", "--data", "digits", "--budget", "1h", "--epochs", "9999999")
    done = run_command(tmp_path, recipes.cli.main, *words)
    assert done.returncode == 2
    assert "epochs=9999999" in done.stderr
    assert "Take --epochs " in done.stderr
    assert done.stderr.endswith(", or --force.\n")
