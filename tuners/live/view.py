"""The live view of a search: running trials with their curves, the best so far, the time left."""

import time

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from tuners.live.board import BEST, Board
from tuners.live.sparkline import sparkline

_BAR = 40  # characters
_PER_SECOND = 4  # drawings


class LiveView:
    """Shows a search on the terminal while it runs; used in a `with` block.

    Where the output is no terminal, nothing moves: the last state is printed once, at the end.

    Args:
        tuner: A `Tuner`; its observer is this view inside the block.
        console: A `rich.console.Console`; None takes one of stdout.
        epochs: Epochs of each trial, or None where that is not known.
        final_epochs: Epochs of a training after the search.
        verbose: Whether a line is printed for each trial that ends.

    Example:

        with LiveView(tuner, epochs=20):
            tuner.search(x, y, validation_data=(x_val, y_val), epochs=20, verbose=0)
    """

    def __init__(self, tuner, *, console=None, epochs=None, final_epochs=0, verbose=False):
        self._tuner, self._verbose = tuner, verbose
        self._console = console or Console(highlight=False)
        oracle, began = tuner.oracle, time.monotonic()
        self._clock = lambda: time.monotonic() - began
        self.board = Board(
            objective=oracle.objective,
            trials=oracle.max_trials,
            epochs=epochs,
            final_epochs=final_epochs,
            hours=oracle.hours,
            clock=oracle.clock.spent if oracle.clock else self._clock,
            violation=oracle.violation,
        )
        self._note_earlier(oracle)
        self._live = Live(
            get_renderable=lambda: draw(self.board, self._clock()),
            console=self._console,
            refresh_per_second=_PER_SECOND,
        )

    def __enter__(self):
        self._former, self._tuner.observer = self._tuner.observer, self
        self._live.start()
        return self

    def __exit__(self, *error):
        self._live.stop()
        self._tuner.observer = self._former

    def trial_began(self, trial):
        """Shows the trial."""
        self.board.trial_began(trial)

    def epoch_ended(self, trial, epoch, logs):
        """Moves its curve on; `trial` is None in the training of the best."""
        self.board.epoch_ended(trial, epoch, logs)

    def trial_ended(self, trial):
        """Counts the trial."""
        self.board.trial_ended(trial)
        if self._verbose:
            said = f"trial {trial.trial_id}: {trial.status.lower()}, score {trial.score}"
            self._console.print(said, markup=False)

    def _note_earlier(self, oracle):
        """Takes in the trials of an earlier run of the search."""
        for name in oracle.end_order:
            self.board.note(oracle.trials[name])


def draw(board, spent):
    """Returns what the terminal shows of a `Board`.

    Args:
        board: The `Board`.
        spent: Seconds that this run has taken.
    """
    parts = [_progress(board, spent), _best(board)]
    return Group(*parts, *([_running(board)] if board.curves else []))


def clock_text(seconds):
    """Returns seconds as a text such as "0:01:40"."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


# --- steps ----------------------------------------------------------------------------------------


def _progress(board, spent):
    """Returns the line with the trials that have ended, and the time."""
    line = Table.grid(padding=(0, 1))
    of = f" of {board.trials}" if board.trials else ""
    left = board.seconds_left
    cells = [Text(f"{len(board.ended)}{of} trials", style="bold")]
    if board.trials:
        cells.append(ProgressBar(board.trials, len(board.ended), width=_BAR))
    cells.append(Text(clock_text(spent)))
    cells.append(Text(f"about {clock_text(left)} left" if left is not None else ""))
    line.add_row(*cells)
    return line


def _best(board):
    """Returns the line with the best so far, and what has become of the trials."""
    line = Text(board.counts)
    if board.best:
        line.append("; best " if board.counts else "best ")
        line.append(f"{board.objective.name} {board.best[0]:.4g}", style="bold green")
        line.append(f" in trial {board.best[1]}")
    return line


def _running(board):
    """Returns the table of what runs: its curve, its epoch, and the objective there."""
    table = Table.grid(padding=(0, 2))
    for name, curve in board.curves.items():
        total = board.final_epochs if name is BEST else board.epochs
        epoch = f"epoch {len(curve)}{f' of {total}' if total else ''}" if curve else "begins"
        table.add_row(
            Text("the best" if name is BEST else f"trial {name}"),
            Text(epoch),
            Text(f"{curve[-1]:.4g}" if curve else ""),
            Text(sparkline(curve), style="cyan"),
        )
    return table
