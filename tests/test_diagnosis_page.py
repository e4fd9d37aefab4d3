"""docs/diagnosis.md says what the code says."""

import re

from commands import run_command
from pages import commands, read_page

from recipes.cli import main
from recipes.diagnosis.verdict import VERDICTS, remedies

PAGE = read_page("docs/diagnosis.md")


def test_the_page_has_every_verdict_with_its_first_remedy():
    table = PAGE.split("## The nine verdicts")[1].split("\n##")[0]
    rows = re.findall(r"^\| ([a-z ]+) \| (.+) \|$", table, flags=re.MULTILINE)
    assert rows[1:] == [(verdict, remedies(verdict, None)[0]) for verdict in VERDICTS]


def test_the_command_on_the_page_reads_a_file_of_curves(tmp_path):
    lines = ["epoch,loss,val_loss", *(f"{k},{2.3 * 0.5**k},{2.3 * 0.55**k}" for k in range(9))]
    (tmp_path / "history.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (words,) = commands(PAGE, "recipes")
    result = run_command(tmp_path, main, *words)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("done since epoch ")
