"""Tables in Markdown."""

import re


def table(header, rows):
    """Returns a table; columns of numbers are aligned to the right.

    Args:
        header: Names of the columns.
        rows: Lists of cells, texts or numbers.
    """
    header, *rows = [[str(cell) for cell in row] for row in (header, *rows)]
    rule = ["---:" if _is_of_numbers(column) else "---" for column in zip(*rows, strict=True)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def _is_of_numbers(cells):
    return all(re.match(r"[+-]?\d|$|too slow|NO|yes", cell) for cell in cells)


def of_rich(drawn):
    """Returns a `rich.table.Table` of texts, as a benchmark prints it, as such a table."""
    header = [column.header for column in drawn.columns]
    return table(header, zip(*(column.cells for column in drawn.columns), strict=True))


def with_error(mean, error, digits=3):
    """Returns "0.994 ± 0.001"; the mean alone where there is no error."""
    text = f"{mean:z.{digits}f}"
    return text if error is None else f"{text} ± {error:.{digits}f}"


def span(low, high, form):
    """Returns "0.96 to 1.01"."""
    return f"{low:{form}} to {high:{form}}"
