"""The folder that a command is about: a wrong one is a wrong argument, told in one sentence."""

import dataclasses
import json
from pathlib import Path

import typer

from recipes.errors import ArgumentError, FolderError, describe
from tuners.plan import Plan
from tuners.results import read_search

FOLDER = typer.Argument(
    ..., metavar="FOLDER", help="Folder of a job or of a search.", show_default=False
)


def search_in(folder):
    """Returns the `Search` in a folder.

    Raises:
        ArgumentError: If it holds none.
    """
    try:
        return read_search(folder)
    except FolderError as error:
        raise ArgumentError(str(error)) from error


def job_plan(folder):
    """Returns the `Plan` of the job in a folder.

    Raises:
        ArgumentError: If it holds none.
    """
    path = Path(folder) / "plan.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        names = [field.name for field in dataclasses.fields(Plan)]
        return Plan(**{name: stored[name] for name in names})
    except (OSError, ValueError, TypeError, KeyError) as error:
        rule = "the folder must be that of a job, with a whole plan.json in it"
        hint = "`tuners search` begins one; a search of a script goes on when the script runs."
        raise ArgumentError(describe("resume", rule, hint, folder=str(folder))) from error
