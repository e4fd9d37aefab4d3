"""The code in docs/ensembles.md runs top to bottom as it is printed; nothing is injected."""

import re

from commands import run_script
from pages import read_page, snippets

PAGE = read_page("docs/ensembles.md")


def test_the_snippets_run_one_after_the_other(tmp_path):
    assert len(snippets(PAGE)) == 5
    said = run_script(tmp_path, "\n".join(snippets(PAGE)))
    assert re.search(r"^3 members: validation loss \d", said, flags=re.MULTILINE)
    assert re.search(r"^trial \d: val_loss \d\S+ over 2 folds", said, flags=re.MULTILINE)
    assert "3 snapshots" in said
    assert re.search(r"^ 0\.\d+ × RandomForestClassifier: loss", said, flags=re.MULTILINE)
    right = float(re.search(r"^(\S+) of the test images", said, flags=re.MULTILINE)[1])
    assert right > 0.9
    assert (tmp_path / "ensemble.keras").exists()
