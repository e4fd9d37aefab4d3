"""The code in docs/searches.md runs top to bottom as it is printed; nothing is injected."""

import re

from commands import run_command, run_script
from pages import read_page, snippets

from tuners.cli import main

PAGE = read_page("docs/searches.md")


def test_the_snippets_run_one_after_the_other_and_the_report_reads_what_they_left(tmp_path):
    assert len(snippets(PAGE)) == 6
    said = run_script(tmp_path, "\n".join(snippets(PAGE)))
    assert "{'learning_rate': 0.01, 'units': 32}" in said
    assert len(re.findall(r"^\d \{", said, flags=re.MULTILINE)) == 5
    report = run_command(tmp_path, main, "report", "runs/few")
    assert report.returncode == 0, report.stderr
    assert "5 finished" in report.stdout
