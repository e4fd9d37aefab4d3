"""The pages are all listed, and what they link to is there."""

import pytest
from pages import ROOT, links, read_page

PAGES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("name", ["README.md", *PAGES])
def test_every_file_that_a_page_links_to_is_there(name):
    found = links(read_page(name))
    assert found or name not in ("README.md", "docs/README.md")
    for link in found:
        assert (ROOT / name).parent.joinpath(link).exists(), link


def test_the_list_of_pages_names_every_page_once():
    listed = [link for link in links(read_page("docs/README.md")) if not link.startswith("../")]
    assert sorted(f"docs/{name}" for name in [*listed, "README.md"]) == PAGES
