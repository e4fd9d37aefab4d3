"""The code in the README runs top to bottom as it is printed; nothing is injected."""

import re
import textwrap
from pathlib import Path

import pytest
from commands import run_python

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
REPORT = textwrap.dedent(re.search(r"(?:^    Graph of.*\n)(?:^ +.*\n)+", README, re.MULTILINE)[0])


def run(code, folder):
    return run_python(folder, "-c", code)


def test_the_readme_has_its_four_examples():
    assert len(EXAMPLES) == 4


@pytest.mark.parametrize(
    ("example", "printed"),
    [
        (EXAMPLES[0], r"^(done|overfitting|underfitting) since epoch \d+: training loss"),
        (EXAMPLES[1], r"^parameters +\d+(\.\d+)? k +\d"),
        (EXAMPLES[2], re.escape(REPORT)),
        (EXAMPLES[3], r"^\{'units': \d+, 'learning_rate': [\d.e-]+\}"),
    ],
    ids=["recipe", "builders", "check", "tuner"],
)
def test_an_example_of_the_readme_runs_as_it_is_printed(example, printed, tmp_path):
    result = run(example, tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.search(printed, result.stdout, flags=re.MULTILINE)


def test_a_tuner_script_of_the_readme_goes_on_where_it_stopped(tmp_path):
    assert run(EXAMPLES[3].replace("max_trials=8", "max_trials=2"), tmp_path).returncode == 0
    result = run(
        EXAMPLES[3].replace("max_trials=8", "max_trials=3").replace("verbose=0", "verbose=2"),
        tmp_path,
    )
    assert (
        "Going on with the search in runs/untitled_project: 2 trials have ended." in result.stdout
    )
    assert "Search: Running Trial #3" in result.stdout
    assert "Search: Running Trial #2" not in result.stdout


def test_every_file_that_the_readme_links_to_is_there():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    for link in links:
        assert (Path(__file__).parent.parent / link).exists(), link
