"""docs/guide.md stays true: every row is there, and names a test that exists and cites it."""

import json
import re

from pages import ROOT, read_page

from benchmarks.claims.guide import marked

GUIDE = read_page("docs/guide.md")
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", GUIDE, flags=re.MULTILINE)


def test_every_row_of_the_guides_is_there_once_and_in_order():
    assert [int(number) for number, _ in ROWS] == list(range(1, 93))


def test_every_row_names_a_test_that_cites_it():
    for number, text in ROWS:
        path = re.search(r"`(tests/[\w/]+\.py)`", text).group(1)
        cited = re.findall(r"rows? ([\d, ]+)", (ROOT / path).read_text(encoding="utf-8"))
        rows = {row.strip() for group in cited for row in group.split(",")}
        assert number in rows, f"{path} does not cite row {number}"


def test_the_last_column_is_what_was_measured():
    figures = json.loads((ROOT / "benchmarks" / "evidence.json").read_text(encoding="utf-8"))
    assert marked(GUIDE, figures) == GUIDE, "run python -m benchmarks.evidence --finished"


def test_docstrings_cite_rows_that_exist():
    for package in ("recipes", "tuners"):
        for path in (ROOT / package).rglob("*.py"):
            for number in re.findall(r"\brow (\d+)", path.read_text(encoding="utf-8")):
                assert 1 <= int(number) <= 92, path
