"""A job on the terminal: plan and cost, the live view, the trials, the verdict, what to do next."""

import dataclasses

from rich.console import Console

from recipes.words import plural
from tuners.live.view import LiveView
from tuners.reports.terminal import surrogate_line, trial_rows, trial_table
from tuners.tune import OBJECTIVE


class JobView:
    """Runs a job and tells a person about it.

    Args:
        as_json: Whether stdout is kept free for JSON; all else goes to stderr.
        quiet: Whether only the result is told.
        verbose: Whether each trial is told when it ends.
    """

    def __init__(self, *, as_json=False, quiet=False, verbose=False):
        self._console = Console(stderr=as_json, highlight=False, soft_wrap=True)
        self._quiet, self._verbose = quiet, verbose

    def run(self, job):
        """Does what is left of a job, and tells its result. Returns the `Result`."""
        result = job.finished() if not job.trials_left else None
        self._introduce(job, finished=result is not None)
        if result is None:
            result = self._work(job)
        self._conclude(job, result)
        return result

    def stopped(self, job, command):
        """Says what is kept after Ctrl-C, and how to go on."""
        job.reload()
        done = job.plan.trials - job.trials_left
        self._say(
            f"\nStopped. {done} of {plural(job.plan.trials, 'trial')} are finished and kept in "
            f"{job.folder}. Go on with:\n  {command}"
        )

    def to_dict(self, job, result):
        """Returns plan, trials and result as JSON can hold them."""
        return {
            "plan": dataclasses.asdict(job.plan),
            "trials": trial_rows(job.trials, OBJECTIVE),
            "surrogate_error": job.surrogate_error(),
            "result": dataclasses.asdict(result),
        }

    def _introduce(self, job, *, finished):
        if self._quiet:
            return
        parts = [len(part[0]) for part in dataclasses.astuple(job.split)]
        what = f"{_noun(job)} of {'×'.join(map(str, job.data.x.shape[1:]))}"
        self._say(
            f"{job.data.name}: {len(job.data.x):,} {what} in "
            f"{plural(job.data.num_classes, 'class')}: {parts[0]:,} to train, {parts[1]:,} to "
            f"validate, {parts[2]:,} to test."
        )
        done = job.plan.trials - job.trials_left
        if finished:
            self._say(f"This job is finished in {job.folder}; here is its stored result.")
            return
        if done:
            finished = f"{done} of {plural(job.plan.trials, 'trial')}"
            self._say(f"Going on with {job.folder}: {finished} are finished.")
        self._say(
            f"Plan: {plural(job.trials_left, 'trial')} of {plural(job.plan.epochs, 'epoch')}, then "
            f"the best for {plural(job.plan.final_epochs, 'epoch')}. Measuring two epochs …"
        )
        self._say(f"It will take about {_duration(job.forecast())} on this machine.")

    def _work(self, job):
        if self._quiet:
            job.search()
            return job.finished() or job.train_best()
        with self._live_view(job) as view:
            job.search(view)
            return job.finished() or job.train_best(view)

    def _live_view(self, job):
        return LiveView(
            job.tuner,
            console=self._console,
            epochs=job.plan.epochs,
            final_epochs=job.plan.final_epochs,
            verbose=self._verbose,
        )

    def _conclude(self, job, result):
        say, best = self._say, job.best().trial_id
        say("")
        self._console.print(trial_table(trial_rows(job.trials, OBJECTIVE), best))
        error = job.surrogate_error()
        if error is not None:
            say(surrogate_line(error))
        say("Every graph was checked before its first step: each trained model's layers can learn.")
        say(f"\nTrial {best} is the best. Its recipe, with {result.parameters:,} weights:")
        for line in result.explanation.splitlines():
            say(f"  {line}")
        say(f"\nVerdict: {result.verdict}")
        count = len(job.split.test[0])
        say(f"Test accuracy: {result.test_accuracy:.4f} on {count} {_noun(job)}, {_uses(result)}.")
        say(f"\nRun:     {job.folder}")
        say(f"Exports: {', '.join(result.exports)}")
        say(f"Graph and curves: tensorboard --logdir {result.logs}")

    def _say(self, text):
        self._console.print(text, markup=False)


def _noun(job):
    return "images" if job.data.has_images else "samples"


def _uses(result):
    if result.tested_models == 1:
        return "looked at once"
    return f"looked at for {result.tested_models} models: the figure is no longer unbiased"


def _duration(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
