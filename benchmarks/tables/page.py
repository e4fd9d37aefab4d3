"""The page: a section for each file of figures, in the order of `SECTIONS`."""

import json
import textwrap

from benchmarks.tables import graphs, searches, training
from recipes.errors import DataError, describe

SECTIONS = (*training.SECTIONS, *graphs.SECTIONS, *searches.SECTIONS)
_INTRODUCTION = """\
# Benchmarks

What was measured, the bad rows too. `python -m benchmarks.tables` writes this page from the files
`benchmarks/*.json`, and a test holds that it is what they give. Each command makes its file again;
machine and versions are those that the file names. ± is the standard error of the mean.
"""
_TITLES = {
    "tensorflow": "TensorFlow",
    "keras": "Keras",
    "keras-tuner": "KerasTuner",
    "numpy": "NumPy",
}


def page(folder):
    """Returns the text of the page.

    Args:
        folder: `Path` of the folder with the files.

    Raises:
        DataError: If there is a file without a section.
    """
    files = {path.stem: path for path in sorted(folder.glob("*.json"))}
    unknown = [name for name in files if name not in [section.name for section in SECTIONS]]
    if unknown:
        rule = "every file of figures must have a section"
        hint = "Add it to SECTIONS of a module in benchmarks/tables/."
        raise DataError(describe("benchmarks.tables", rule, hint, files=unknown))
    measured = [section for section in SECTIONS if section.name in files]
    parts = [_section(section, files[section.name]) for section in measured]
    missing = [section for section in SECTIONS if section.name not in files]
    return "\n".join([_INTRODUCTION, *parts, *([_missing(missing)] if missing else [])])


def _section(section, path):
    figures = json.loads(path.read_text(encoding="utf-8"))
    made = f"`{figures['command']}` makes [{path.name}](../benchmarks/{path.name})"
    source = _filled(f"{made}: {_machine(figures)}.")
    texts = [_filled(section.text), source, *section.tables(figures)]
    note = [_filled(figures["note"])] if "note" in figures else []
    return "\n\n".join([f"## {section.title}", *texts, *note]) + "\n"


def _filled(text):
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def _machine(figures):
    """Returns the cores and the versions that a file names."""
    versions = {**figures["versions"], **figures.get("peers", {})}
    if "ray" in figures:
        versions["Ray"] = figures["ray"]
    named = (f"{_TITLES.get(name, name)} {version}" for name, version in versions.items())
    return ", ".join([f"{figures['cores']} cores", f"Python {figures['python']}", *named])


def _missing(sections):
    lines = [f"- {section.title}: `{section.command}`" for section in sections]
    return "\n".join(["## Not measured yet", "", *lines]) + "\n"
