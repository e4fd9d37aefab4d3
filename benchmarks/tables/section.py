"""A section of the page."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """What the page says of one file of figures.

    Args:
        name: Name of the file without .json.
        title: Heading of the section.
        text: What was measured, and how to read it.
        tables: Function of the figures, a dict, that returns a list of Markdown texts.
        made_by: Module and options that make the file; None for the module of its name.
    """

    name: str
    title: str
    text: str
    tables: Callable
    made_by: str | None = None

    @property
    def command(self):
        """What makes the file."""
        return f"python -m benchmarks.{self.made_by or self.name}"
