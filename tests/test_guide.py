"""docs/guide.md stays true: every row is there, and a kept row names a test that exists."""

import re

from pages import ROOT, read_page

GUIDE = read_page("docs/guide.md")
ROWS = re.findall(r"^\| (\d+) \|(.*)\| (\w+) \|$", GUIDE, flags=re.MULTILINE)


def test_every_row_of_the_guides_is_there_once_and_in_order():
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 93))


def test_a_row_is_either_kept_or_open():
    assert {state for _, _, state in ROWS} == {"kept", "open"}


def test_a_kept_row_names_a_test_that_cites_it():
    for number, text, state in ROWS:
        if state == "kept":
            path = re.search(r"`(tests/[\w/]+\.py)`", text).group(1)
            cited = re.findall(r"rows? ([\d, ]+)", (ROOT / path).read_text(encoding="utf-8"))
            rows = {row.strip() for group in cited for row in group.split(",")}
            assert number in rows, f"{path} does not cite row {number}"


def test_docstrings_cite_rows_that_exist():
    for package in ("recipes", "tuners"):
        for path in (ROOT / package).rglob("*.py"):
            for number in re.findall(r"\brow (\d+)", path.read_text(encoding="utf-8")):
                assert 1 <= int(number) <= 92, path
