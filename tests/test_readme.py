"""The code in the README runs top to bottom as it is printed; what trains long does so for less."""

import re
import textwrap

import pytest
from commands import run_script
from pages import read_page, snippets

README = read_page("README.md")
REPORT = textwrap.dedent(re.search(r"(?:^    Graph of.*\n)(?:^ +.*\n)+", README, re.MULTILINE)[0])
RECIPE, BUILDERS, CHECK, TUNER = snippets(README)


def changed(code, **changes):
    """Returns code with other numbers: each `name=number` must stand in it."""
    for name, number in changes.items():
        code, count = re.subn(rf"\b{name}=\d+", f"{name}={number}", code)
        assert count == 1
    return code


@pytest.mark.parametrize(
    ("example", "printed"),
    [
        (BUILDERS, r"^parameters +\d+(\.\d+)? k +\d"),
        (CHECK, re.escape(REPORT)),
    ],
    ids=["builders", "check"],
)
def test_an_example_of_the_readme_runs_as_it_is_printed(example, printed, tmp_path):
    assert re.search(printed, run_script(tmp_path, example), flags=re.MULTILINE)


def test_the_recipe_of_the_readme_trains_and_explains_itself(tmp_path):
    call = "fit(model, split.train, validation=split.validation)"
    assert call in RECIPE
    said = run_script(tmp_path, RECIPE.replace(call, f"{call[:-1]}, epochs=1)"))  # 30 take a minute
    assert re.search(r"^[a-z ]+: training loss \d", said, flags=re.MULTILINE)
    assert "\nlearning_rate = " in said


def test_a_tuner_script_of_the_readme_goes_on_where_it_stopped(tmp_path):
    few = changed(TUNER, max_trials=2, epochs=1)
    said = run_script(tmp_path, few)
    assert re.search(r"^\{'units': \d+, 'learning_rate': [\d.e-]+\}", said, flags=re.MULTILINE)
    said = run_script(tmp_path, changed(few, max_trials=3, verbose=2))
    assert "Going on with the search in runs/untitled_project: 2 trials have ended." in said
    assert "Search: Running Trial #3" in said
    assert "Search: Running Trial #2" not in said
