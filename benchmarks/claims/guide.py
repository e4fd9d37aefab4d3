"""The last column of docs/guide.md: what was measured of each row."""

import re

from benchmarks.claims.claim import NOT_MEASURED

_ROW = re.compile(r"^(\| (\d+) \|.*\|)([^|]*)\|$", flags=re.MULTILINE)


def marked(text, results):
    """Returns the page of the guide with the verdicts in its last column.

    Args:
        text: The page.
        results: What `results_of` returned.
    """
    verdicts = verdicts_of(results)

    def mark(row):
        told = ", ".join(verdicts.get(row.group(2), []))
        return f"{row.group(1)} {told} |" if told else f"{row.group(1)} |"

    return _ROW.sub(mark, text)


def verdicts_of(results):
    """Returns the verdicts on the claims of each row, as lists by the number of the row."""
    found = {}
    for claim in results["claims"]:
        for row in claim["rows"].split(", "):
            if claim["verdict"] != NOT_MEASURED:
                found.setdefault(row, []).append(claim["verdict"])
    return found
