"""What stands in the pages: code, commands, links."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parent.parent


def read_page(name):
    """Returns the text of a page, such as "docs/images.md"."""
    return (ROOT / name).read_text(encoding="utf-8")


def snippets(page):
    """Returns the blocks of Python of a page, in order."""
    return re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)


def commands(page, name):
    """Returns the words of each indented command of a page, without its name, in order."""
    lines = re.findall(rf"^    {name} (.+)$", page.replace("\\\n", ""), flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


def links(page):
    """Returns the files that a page links to, as they stand there."""
    return re.findall(r"\]\((?!http)([^)#]+)\)", page)
