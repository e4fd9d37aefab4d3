"""The progress of a job on the terminal: one bar over all epochs, with the time that is left."""

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


class JobProgress:
    """An observer of a job that draws a bar; used in a `with` block.

    Args:
        console: A `rich.console.Console`.
        job: The `Job`.
        verbose: Whether a line is printed for each trial that ends.
    """

    def __init__(self, console, job, *, verbose=False):
        self._console, self._plan, self._verbose = console, job.plan, verbose
        self._epochs_left = job.trials_left * job.plan.epochs + job.plan.final_epochs
        self._ended = 0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bar.add_task("starting", total=self._epochs_left)

    def __enter__(self):
        self._bar.start()
        return self

    def __exit__(self, *error):
        self._bar.stop()

    def trial_began(self, trial):
        """Names the trial."""
        self._describe(self._name(trial))

    def epoch_ended(self, trial, epoch, logs):
        """Moves on by an epoch; `trial` is None in the training of the best."""
        total = self._plan.epochs if trial else self._plan.final_epochs
        accuracy = (logs or {}).get("val_accuracy")
        figure = f", validation {accuracy:.3f}" if accuracy is not None else ""
        self._describe(f"{self._name(trial)}, epoch {epoch + 1} of {total}{figure}")
        self._bar.advance(self._task)

    def trial_ended(self, trial):
        """Counts a trial that ended early as a whole one."""
        self._ended += 1
        self._bar.update(self._task, completed=self._ended * self._plan.epochs)
        if self._verbose:
            self._console.print(f"{self._name(trial)}: {trial.status.lower()}, score {trial.score}")

    def _name(self, trial):
        if trial is None:
            return "the best"
        return f"trial {int(trial.trial_id) + 1} of {self._plan.trials}"

    def _describe(self, text):
        self._bar.update(self._task, description=text)
