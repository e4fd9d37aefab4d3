"""The command `tuners`."""

from recipes.console import add_command, make_app, run
from tuners.cli.plot import app as plot
from tuners.cli.report import report
from tuners.cli.resume import resume
from tuners.cli.search import search

_FIRST = """\
First commands, in this order:
  tuners search --model resnet --data photos --trials 20
  tuners report runs/resnet-photos
  tuners plot history runs/resnet-photos
  tuners resume runs/resnet-photos --trials 40

photos is a folder with one subfolder of images for each class, or an .npz
file with x and y. Without --data the handwritten digits of scikit-learn are
searched. Ctrl-C stops a search, the same command goes on with it.

What a command takes: tuners search --help. One training: recipes fit.
"""
app = make_app("tuners", "Search for good settings in few trials, and lose nothing.", _FIRST)
for command in (search, resume, report):
    add_command(app, command)
app.add_typer(plot)


def main():
    """Runs the command `tuners`."""
    run(app)
