"""The command `recipes`."""

from recipes.cli.check import check
from recipes.cli.diagnose import diagnose
from recipes.cli.dry_run import dry_run
from recipes.cli.export import export
from recipes.cli.find_lr import find_lr
from recipes.cli.fit import fit
from recipes.cli.profile import profile
from recipes.cli.runs import rerun, runs
from recipes.cli.weights import weights
from recipes.console import make_app, run

app = make_app("recipes", "Keras models with recommended defaults, and a check of their graphs.")
COMMANDS = (check, profile, dry_run, find_lr, fit, runs, rerun, diagnose, weights, export)
for command in COMMANDS:
    app.command()(command)


def main():
    """Runs the command `recipes`."""
    run(app)
