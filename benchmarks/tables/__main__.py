"""Writes docs/benchmarks.md from the files `benchmarks/*.json`.

python -m benchmarks.tables            # after a benchmark has been run
python -m benchmarks.tables --check    # fails if the page is not what the files give
"""

import sys
from pathlib import Path

import typer

from benchmarks.tables.page import page

ROOT = Path(__file__).parents[2]


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command(epilog="Example: python -m benchmarks.tables --check")
def main(
    check: bool = typer.Option(False, "--check", help="Write nothing; fail if the page is old."),
    folder: Path = typer.Option(ROOT / "benchmarks", help="Folder of the .json files."),
    output: Path = typer.Option(ROOT / "docs" / "benchmarks.md", help="The page."),
):
    """Write the page of all benchmarks."""
    text = page(folder)
    if not check:
        output.write_text(text, encoding="utf-8")
    elif not output.exists() or output.read_text(encoding="utf-8") != text:
        sys.exit(f"{output} is not what the files give: run python -m benchmarks.tables.")


if __name__ == "__main__":
    app()
