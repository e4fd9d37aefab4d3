"""Elements of a page. A text is escaped wherever it stands: names and errors are texts too."""

import dataclasses
from xml.etree import ElementTree

_CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 127, *range(0xD800, 0xE000)])


@dataclasses.dataclass(frozen=True)
class Section:
    """A part of the page.

    Args:
        title: Its heading.
        parts: What stands below: elements, `Chart`s, and tuples of `Chart`s that stand side by
            side.
    """

    title: str
    parts: tuple


def element(tag, *children, **attributes):
    """Returns an element of HTML.

    Args:
        tag: Its name.
        *children: Elements, and texts, which are escaped. None is left out.
        **attributes: Their values, which are escaped; a trailing `_` of a name is dropped.

    Example:

        element("td", "a < b", class_="number")
    """
    named = {name.rstrip("_").replace("_", "-"): plain(value) for name, value in attributes.items()}
    made = ElementTree.Element(tag, named)
    for child in children:
        if isinstance(child, ElementTree.Element):
            made.append(child)
        elif child is not None:
            _add_text(made, plain(child))
    return made


def note(*children):
    """Returns a paragraph in the quiet tone of a remark."""
    return element("p", *children, class_="note")


def table(titles, rows):
    """Returns a table that scrolls in itself where the screen is narrow.

    Args:
        titles: Texts above the columns.
        rows: Iterable of rows: lists of texts and elements, or elements of the kind `tr`.
    """
    head = element("thead", _row("th", titles))
    body = [row if isinstance(row, ElementTree.Element) else _row("td", row) for row in rows]
    return element("div", element("table", head, element("tbody", *body)), class_="scroll")


def number(value):
    """Returns a value as it is shown: four digits, counts in full, what is not there as a dash."""
    if value is None:
        return "–"
    if isinstance(value, float) and value.is_integer() and 1e4 <= abs(value) < 1e15:
        return f"{value:,.0f}"  # metrics are floats, the number of parameters among them
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def duration(seconds):
    """Returns seconds as a text such as "2 h 5 min"."""
    if seconds < 60:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min" if hours else f"{minutes} min"


def plain(value):
    """Returns the text of a value, without what no page can hold: control characters."""
    return str(value).translate(_CONTROLS)


def _row(kind, cells):
    return element("tr", *(element(kind, cell) for cell in cells))


def _add_text(parent, text):
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + text
    else:
        parent.text = (parent.text or "") + text
