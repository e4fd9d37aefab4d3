"""The command `tuners`."""

from recipes.console import make_app, run
from tuners.cli.plot import app as plot
from tuners.cli.report import report
from tuners.cli.resume import resume
from tuners.cli.search import search

app = make_app("tuners", "Search for good settings in few trials, and lose nothing.")
for command in (search, resume, report):
    app.command()(command)
app.add_typer(plot)


def main():
    """Runs the command `tuners`."""
    run(app)
