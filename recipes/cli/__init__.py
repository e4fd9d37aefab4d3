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
from recipes.console import add_command, make_app, run

_FIRST = """\
First commands, in this order:
  recipes fit --data photos --budget 10m --folder runs/first
  recipes diagnose runs/first
  recipes weights runs/first/model.keras
  recipes export runs/first/model.keras exports

photos is a folder with one subfolder of images for each class, or an .npz
file with x and y. Without --data the handwritten digits of scikit-learn are
taken. Before a long training:
  recipes dry-run --data photos --epochs 30

For a model of your own, in my_models.py a function build without arguments:
  recipes check my_models:build
  recipes profile my_models:build

What a command takes: recipes fit --help. Settings are searched by: tuners.
"""
app = make_app(
    "recipes", "Keras models with recommended defaults, and a check of their graphs.", _FIRST
)
COMMANDS = (check, profile, dry_run, find_lr, fit, diagnose, runs, rerun, weights, export)
for command in COMMANDS:
    add_command(app, command)


def main():
    """Runs the command `recipes`."""
    run(app)
