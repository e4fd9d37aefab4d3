"""How one trial runs: its model is built under watch, checked, trained and reported."""

import inspect
import traceback

import keras_tuner
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.src.engine import tuner_utils

from recipes.errors import ArgumentError, GraphError
from recipes.graph.check import check_build
from recipes.keras_compat import fusing_norms, releasing_graphs
from recipes.seeds import set_seed
from tuners.state.disk import is_full, refusal
from tuners.trials.callbacks import copy_callbacks
from tuners.trials.epochs import EpochReports, Progress
from tuners.trials.functions import as_metrics, run_function
from tuners.trials.memory import check_memory, free_memory, refusing_what_does_not_fit
from tuners.trials.missing import check_constraint_metrics
from tuners.trials.results import complete_sum, report_results


class TrialRunner(keras_tuner.Tuner):
    """A `keras_tuner.Tuner` that knows how to run one trial.

    A subclass sets `function` (what is called in place of a training, or None), `_options`
    (`LoopOptions`), `_checkpoints` (`Checkpoints`) and `_oracle_here`, the oracle itself where
    `oracle` is a client of the chief's.
    """

    def run_trial(self, trial, *args, **kwargs):
        """Builds, checks and trains the model of one trial; returns the result of each execution.

        Args:
            trial: A `keras_tuner` trial. One that was stopped goes on after its last epoch.
            *args: As in `keras.Model.fit`.
            **kwargs: As in `keras.Model.fit`.

        Returns:
            List of what `HyperModel.fit` returned.
        """
        if self.function is not None:
            return self._call_function(trial, args, kwargs)
        callbacks = kwargs.pop("callbacks", None)
        strict = not self._measures_itself() and kwargs.get("validation_freq", 1) == 1
        progress = self._progress_of(trial, strict)
        results = []
        while progress.execution < self.executions_per_trial and not progress.is_stopped:
            results.append(self._execute(progress, callbacks, args, kwargs))
            progress.next_execution()
        if not progress.is_stopped:
            self._checkpoints.drop_state(trial.trial_id)
        return results

    def report_epoch(self, trial, metrics, epoch):
        """Reports an epoch of a trial that calls a function; returns whether it is to stop.

        A trial that was stopped and goes on begins anew: what it had reported is not told again.
        """
        if epoch < self._oracle_here.epochs_before(trial):
            return False
        reported = self.oracle.update_trial(trial.trial_id, metrics, step=epoch)
        self.on_epoch_end(trial, None, epoch, logs=metrics)
        return reported.status == TrialStatus.STOPPED

    def report_all(self, trial, results):
        """Reports what was not reported epoch by epoch."""
        report_results(self.oracle, trial.trial_id, results)
        metrics = self.oracle.get_trial(trial.trial_id).metrics.metrics
        check_constraint_metrics(self._options.constraints, metrics)

    def note_error(self, trial, error, text):
        """Makes what the code of a trial has raised its status and message.

        Args:
            trial: The trial.
            error: The exception. One that no trial can help is raised again.
            text: Its traceback.
        """
        if isinstance(error, keras_tuner.errors.FatalError):
            raise error
        if isinstance(error, (GraphError, keras_tuner.errors.FailedTrialError)):
            trial.status, trial.message = TrialStatus.FAILED, str(error) or text
        elif is_full(error):  # no fault of the trial's: it runs again when there is room
            raise refusal(self.project_dir, error) from error
        else:
            trial.status, trial.message = TrialStatus.INVALID, text

    # --- steps ------------------------------------------------------------------------------------

    def _call_function(self, trial, args, kwargs):
        """Returns what the function of the search returns for a trial; None if it yields."""

        def report(metrics, epoch):
            return self.report_epoch(trial, as_metrics(metrics, self.oracle.objective.name), epoch)

        values, seed = trial.hyperparameters.values, self._seed_of(trial, 0)
        return run_function(self.function, values, args, kwargs, seed=seed, report=report)

    def _execute(self, progress, callbacks, args, kwargs):
        """Trains the model of a trial once; returns what `HyperModel.fit` returned."""
        trial, execution = progress.trial, progress.execution
        set_seed(self._seed_of(trial, execution))
        first, goes_on = kwargs.get("initial_epoch", 0), False
        if self._takes_initial_epoch() and progress.can_go_on():
            goes_on, kwargs = True, {**kwargs, "initial_epoch": first + progress.epochs_before}
        copies = copy_callbacks(callbacks)
        self._configure_tensorboard_dir(copies, trial, execution)
        copies.append(tuner_utils.TunerCallback(self, trial))
        copies.append(EpochReports(progress, first_epoch=first, goes_on=goes_on))
        return self._build_and_fit_model(trial, *args, **{**kwargs, "callbacks": copies})

    def _build_and_fit_model(self, trial, *args, **kwargs):
        """Builds and trains a model; returns what `HyperModel.fit` returned."""
        model = self._try_build(trial.hyperparameters)
        check_memory(model, args, kwargs, free_memory())
        with fusing_norms(model):
            results = self.hypermodel.fit(trial.hyperparameters, model, *args, **kwargs)
        results = complete_sum(results, self.oracle.objective)
        tuner_utils.validate_trial_results(results, self.oracle.objective, "HyperModel.fit()")
        return results

    def _measures_itself(self):
        """Whether there is a `fit`, `run_trial` or function that may measure in its own way."""
        if self.function is not None:
            return True
        own = type(self).run_trial is not TrialRunner.run_trial
        return own or type(self.hypermodel).fit is not keras_tuner.HyperModel.fit

    def _progress_of(self, trial, strict):
        return Progress(
            self.oracle,
            trial,
            self._checkpoints,
            executions=self.executions_per_trial,
            constraints=self._options.constraints,
            pruner=getattr(self._oracle_here, "pruner", None),
            strict=strict,
        )

    def _seed_of(self, trial, execution):
        purpose = ("trial", trial.trial_id) if execution == 0 else (trial.trial_id, execution)
        return self._oracle_here.seed_for(*purpose)

    def _takes_initial_epoch(self):
        """Whether the hypermodel's `fit` can begin at a later epoch."""
        parameters = inspect.signature(self.hypermodel.fit).parameters.values()
        return any(p.kind == p.VAR_KEYWORD or p.name == "initial_epoch" for p in parameters)

    # --- steps that keras_tuner.Tuner calls -------------------------------------------------------

    def _build_hypermodel(self, hp):
        """Builds the model of a trial under watch."""
        try:
            with refusing_what_does_not_fit(free_memory()):
                model, report = check_build(
                    lambda: super(TrialRunner, self)._build_hypermodel(hp), level="trace"
                )
        except ArgumentError as error:
            raise keras_tuner.errors.FatalTypeError(str(error)) from error
        report.raise_for_errors()
        return model

    @releasing_graphs()
    def _run_and_update_trial(self, trial, *fit_args, **fit_kwargs):
        """Runs a trial, and reports what was not reported epoch by epoch."""
        self.report_all(trial, self.run_trial(trial, *fit_args, **fit_kwargs))

    def _try_run_and_update_trial(self, trial, *fit_args, **fit_kwargs):
        """Runs a trial; what its own code raises becomes its message."""
        try:
            self._run_and_update_trial(trial, *fit_args, **fit_kwargs)
            trial.status = TrialStatus.COMPLETED
        except Exception as error:
            self.note_error(trial, error, traceback.format_exc())
