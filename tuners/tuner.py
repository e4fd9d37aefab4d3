"""The loop of one trial: build, check the graph, fit, write down."""

import contextlib
import traceback

import keras_tuner
from keras_tuner.engine.trial import TrialStatus

from recipes.errors import ArgumentError, GraphError, SearchError, describe
from recipes.graph.check import check_build
from recipes.seeds import set_seed
from tuners.disk import is_full, refusal
from tuners.oracles.base import last_line


class Tuner(keras_tuner.Tuner):
    """A `keras_tuner.Tuner` that checks each graph, seeds each trial, and survives a kill.

    - The graph of each trial's model is checked while it is built, before its first step. A model
      with a layer that cannot learn fails its trial at once; the finding is its message.
    - Each trial's training has a seed of its own, derived from the oracle's.
    - A search in a folder that holds an earlier one goes on with it, also after a kill in the
      first trial. Two searches cannot write to one folder at once.

    Args:
        oracle: One of the oracles of this package.
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        overwrite: Whether an earlier search in the folder is deleted first.
        observer: An object with the methods `trial_began(trial)`, `epoch_ended(trial, epoch,
            logs)` and `trial_ended(trial)`, or None.
        **kwargs: As in `keras_tuner.Tuner`: `directory`, `project_name`, `executions_per_trial`, ….
    """

    def __init__(self, oracle, hypermodel=None, *, overwrite=False, observer=None, **kwargs):
        self._overwrite = overwrite
        self._is_populated = self._is_searching = False
        self.observer = observer
        super().__init__(oracle, hypermodel, **kwargs)

    def search(self, *fit_args, **fit_kwargs):
        """Runs trials until `max_trials` are finished or nothing is left to try.

        Args:
            *fit_args: As in `keras.Model.fit`.
            **fit_kwargs: As in `keras.Model.fit`; `verbose=0` prints nothing.

        Raises:
            FolderError: If another search is writing to the folder.
            SearchError: If too many trials in a row have failed.
        """
        if self._is_worker():
            super().search(*fit_args, **fit_kwargs)
            return
        with self.oracle.journal.lock():
            self.oracle.journal.repair()
            self.oracle.reload()
            if fit_kwargs.get("verbose", 1) and self.oracle.end_order:
                print(self.oracle.resume_text())
            with self._searching():
                super().search(*fit_args, **fit_kwargs)
            self._check_that_one_has_finished()

    def add_trial(self, values, score):
        """Hands over a known result, before the search or while it runs: see `Oracle.add_trial`.

        Args:
            values: Dict with a value for each active parameter; fixed ones may be left out.
            score: The objective, or a dict of metrics by name that has it; each a number, or a
                list with a number for each epoch.

        Returns:
            The `keras_tuner` trial. It is on the disk.

        Raises:
            ArgumentError: If a name is unknown, missing or not active, a value out of range, or
                a score not finite.
            FolderError: If another search is writing to the folder.
            SearchError: If this tuner is a worker: its chief keeps the results.
        """
        if self._is_worker():
            rule = "known results are handed to the chief, and this is a worker"
            raise SearchError(describe("add_trial", rule))
        if self._is_searching:
            return self.oracle.add_trial(values, score)
        with self.oracle.journal.lock():
            self.oracle.journal.repair()
            self.oracle.reload()
            return self.oracle.add_trial(values, score)

    def reload(self):
        """Reads the trials that are on the disk."""
        if not self._is_populated:  # KerasTuner's own search was here: it calls this instead
            self._populate_initial_space()
        elif not self._is_worker():
            self.oracle.reload()

    def run_trial(self, trial, *args, **kwargs):
        """Builds, checks and trains the model of one trial; returns its histories."""
        set_seed(self.oracle.seed_for("trial", trial.trial_id))
        return super().run_trial(trial, *args, **kwargs)

    def on_trial_begin(self, trial):
        """Tells the observer."""
        if self.observer:
            self.observer.trial_began(trial)

    def on_epoch_end(self, trial, model, epoch, logs=None):
        """Tells the observer."""
        if self.observer:
            self.observer.epoch_ended(trial, epoch, logs)

    def on_trial_end(self, trial):
        """Writes the trial down, then tells the observer."""
        self.oracle.end_trial(trial)
        if self.observer:
            self.observer.trial_ended(self.oracle.get_trial(trial.trial_id))

    def _check_that_one_has_finished(self):
        ended = [self.oracle.trials[name] for name in self.oracle.end_order]
        if ended and all(trial.status == TrialStatus.FAILED for trial in ended):
            hint = f"The last one said: {last_line(ended[-1].message)}"
            raise SearchError(describe("search", f"all {len(ended)} trials have failed", hint))

    def _check_that_it_is_not_the_objective(self, error):
        """Ends the search if what is missing is the objective: no trial would have it."""
        if isinstance(error, KeyError) and error.args == (self.oracle.objective.name,):
            rule = "the objective must be a metric that training logs"
            hint = "Name the metric in model.compile, with val_ before it for validation data."
            message = describe("search", rule, hint, objective=error.args[0])
            raise keras_tuner.errors.FatalValueError(message) from error

    def save(self):
        """Does nothing: the journal of the oracle is the state."""

    @contextlib.contextmanager
    def _searching(self):
        """Notes that this process holds the folder's lock while the block runs."""
        self._is_searching = True
        try:
            yield
        finally:
            self._is_searching = False

    # --- steps that keras_tuner.Tuner calls -------------------------------------------------------

    def _populate_initial_space(self):
        if self._overwrite and not self._is_worker():  # a worker may start when its search runs
            self.oracle.journal.delete_folder()
        super()._populate_initial_space()
        self._is_populated = True
        if not self._is_worker():
            self.oracle.reload()

    def _build_hypermodel(self, hp):
        """Builds the model of a trial under watch."""
        try:
            model, report = check_build(
                lambda: super(Tuner, self)._build_hypermodel(hp), level="trace"
            )
        except ArgumentError as error:
            raise keras_tuner.errors.FatalTypeError(str(error)) from error
        report.raise_for_errors()
        if model.built and model.compiled:  # else a checkpoint's optimiser finds no place
            model.optimizer.build(model.trainable_variables)
        return model

    def _try_run_and_update_trial(self, trial, *fit_args, **fit_kwargs):
        """Runs a trial; what its own code raises becomes its message."""
        try:
            self._run_and_update_trial(trial, *fit_args, **fit_kwargs)
            trial.status = TrialStatus.COMPLETED
        except keras_tuner.errors.FatalError:
            raise
        except GraphError as error:
            trial.status, trial.message = TrialStatus.FAILED, str(error)
        except Exception as error:
            if is_full(error):  # no fault of the trial's: it runs again when there is room
                raise refusal(self.project_dir, error) from error
            self._check_that_it_is_not_the_objective(error)
            final = isinstance(error, keras_tuner.errors.FailedTrialError)
            trial.status = TrialStatus.FAILED if final else TrialStatus.INVALID
            trial.message = traceback.format_exc()
