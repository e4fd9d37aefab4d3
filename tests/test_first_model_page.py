"""docs/first_model.md runs as it is printed: first the snippets, then the commands."""

import re

import pytest
from commands import run_command, run_script
from pages import commands, read_page, snippets

from recipes.cli import main

PAGE = read_page("docs/first_model.md")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the snippets have run, and what they printed."""
    folder = tmp_path_factory.mktemp("first")
    return folder, run_script(folder, "\n".join(snippets(PAGE)))


def test_the_snippets_run_one_after_the_other(folder):
    where, said = folder
    assert len(snippets(PAGE)) == 7
    shown = re.search(r"^    (\w+ since epoch)", PAGE, flags=re.MULTILINE)[1]
    assert said.startswith(shown)
    assert re.search(r"^dropout 0 -> 0.2: overfitting: .+\.$", said, flags=re.MULTILINE)
    rows = re.findall(r"\[ *(\d+) +(\d+)\]", said)
    (right, wrong), (missed, found) = [map(int, row) for row in rows]
    assert right + wrong + missed + found == 114  # a fifth of 569
    assert (right + found) / 114 > 0.9
    assert {"run.json", "history.csv"} <= {path.name for path in (where / "runs/first").iterdir()}


def test_the_commands_take_the_file_that_the_snippets_left(folder):
    where, _ = folder
    results = [run_command(where, main, *words) for words in commands(PAGE, "recipes")]
    fit, diagnose, runs, profile = results
    assert [result.stderr for result in results] == [""] * 4
    assert (fit.returncode, runs.returncode, profile.returncode) == (0, 0, 0)
    verdict = re.search(r"^Verdict: (.+) since", fit.stdout, flags=re.MULTILINE)[1]
    assert diagnose.stdout.startswith(verdict)
    assert all(name in runs.stdout for name in ("runs/first", "runs/second", "runs/shell"))
    assert profile.stdout.startswith("parameters ")
