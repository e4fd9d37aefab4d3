"""The loop of a search: trials are begun and written down when they end, the best ones kept."""

from pathlib import Path

import keras_tuner
from keras_tuner.engine.trial import TrialStatus
from keras_tuner.src.distribute.utils import has_chief_oracle, is_chief_oracle

from recipes.errors import ArgumentError, SearchError, describe
from recipes.interrupts import lasting_interrupts
from tuners.engines.local import LocalEngine
from tuners.engines.names import check_engine
from tuners.oracles.durable import ENDED
from tuners.results import curves, dataframe, results
from tuners.state.clock import SearchClock
from tuners.trials.checkpoints import Checkpoints
from tuners.trials.endings import check_ending, say_that_it_goes_on, say_which_limit
from tuners.trials.memory import free_memory, refusing_what_does_not_fit
from tuners.trials.missing import check_objective_given
from tuners.trials.options import LoopOptions, check_oracle
from tuners.trials.runner import TrialRunner


class Tuner(TrialRunner):
    """A `keras_tuner.Tuner` that checks each graph, seeds each trial, and survives a kill.

    - The graph of each trial's model is checked while it is built, before its first step. A model
      with a layer that cannot learn fails its trial at once; the finding is its message. So does a
      model that would not fit in memory.
    - Each epoch is reported to the oracle, whose pruner may stop the trial, and let it go on later
      with its weights and optimiser. Besides what training logs, `parameters` and `epoch_seconds`
      are metrics: for objectives and constraints.
    - Each execution of a trial has a seed of its own, derived from the oracle's. Its curve and
      score are kept (`trial_scores`). A trial's score is the mean over its executions, each at its
      best epoch; what `HyperModel.fit` returns as a number or dict takes the place of its curve.
    - The weights of the best trials are kept, each at its best epoch.
    - A search in a folder that holds an earlier one goes on with it, also after a kill in the
      first trial. Two searches cannot write to one folder at once.

    Args:
        oracle: One of the oracles of this package.
        hypermodel: A `keras_tuner.HyperModel`, or a function from hyperparameters to a compiled
            model.
        overwrite: Whether an earlier search in the folder is deleted first.
        observer: An object with the methods `trial_began(trial)`, `epoch_ended(trial, epoch,
            logs)` and `trial_ended(trial)`, or None.
        pruner: What stops trials early: a pruner, "median", "halving", or None. The epochs and the
            grace period (guide row 14) that it leaves open are those of the first training.
        keep: How many of the best trials keep their weights, for `get_best_models`; None for all.
        stop_at: Value of the objective that ends the search, within a trial too; None for no such
            value. With several executions a trial the mean of them must reach it.
        hours: Hours after which the search ends, counted while it runs, over all its runs; the
            running trial is stopped at the end of its epoch. None for no limit.
        constraints: What the best trial must fulfil: texts such as "val_recall >= 0.95" or
            "parameters <= 1e6", or one of them. A trial that does not is never better than one
            that does.
        function: What a trial calls in place of building and training a model, or None: a function
            that is given the trial's values as a dict, and what `search` is given. It returns the
            score, as a number or a dict of metrics; or it yields one for each epoch, and is closed
            where its trial is to stop.
        **kwargs: As in `keras_tuner.Tuner`: `directory`, `project_name`, `executions_per_trial`, ….

    Raises:
        ArgumentError: If an argument breaks its rule, or two contradict each other.

    Example:

        oracle = kt.oracles.RandomSearchOracle(kt.Objective("val_loss", "min"), max_trials=5)
        tuner = Tuner(oracle, build_model, keep=2, stop_at=0.01, hours=2)
        tuner.search(x, y, validation_data=(x_val, y_val), epochs=10)
    """

    def __init__(
        self,
        oracle,
        hypermodel=None,
        *,
        overwrite=False,
        observer=None,
        pruner=None,
        keep=5,
        stop_at=None,
        hours=None,
        constraints=(),
        function=None,
        **kwargs,
    ):
        executions = kwargs.get("executions_per_trial", 1)
        self._options = LoopOptions(keep, stop_at, hours, constraints, executions)
        check_oracle(oracle, self._options, pruner)
        self._overwrite = overwrite
        self.function = function
        self._is_populated = False
        self.observer = observer
        self._oracle_here = oracle  # on a worker `oracle` becomes a client of the chief's
        oracle.constraints = self._options.constraints
        oracle.stop_at, oracle.hours = stop_at, hours
        oracle.marked |= frozenset(getattr(hypermodel, "recommended", ()))
        if pruner is not None:
            oracle.pruner = pruner
        super().__init__(oracle, hypermodel, **kwargs)
        self._checkpoints = Checkpoints(self.project_dir)
        self._clock = oracle.clock = SearchClock(Path(self.project_dir) / "clock.json")

    # --- what people call -------------------------------------------------------------------------

    def search(self, *fit_args, engine=None, **fit_kwargs):
        """Runs trials until `max_trials` have ended, a limit is reached or nothing is left.

        Args:
            *fit_args: As in `keras.Model.fit`.
            engine: Where the trials run: "ray" or a `RayEngine` (each in a process of its own, over
                a cluster), None or "local" (here, one after the other).
            **fit_kwargs: As in `keras.Model.fit`; `verbose=0` prints nothing.

        Raises:
            ArgumentError: If the engine is unknown, or this is KerasTuner's chief or worker.
            FolderError: If another search is writing to the folder.
            SearchError: If too many trials in a row have failed.
            FatalValueError, FatalTypeError: keras_tuner's, if no trial could be scored: the
                objective or a constraint is on a metric that is not reported.
        """
        engine = self._check_engine(engine)
        if not self._measures_itself():
            check_objective_given(self.oracle.objective)
        if self._is_worker():
            self._run_trials(engine, *fit_args, **fit_kwargs)
            return
        with lasting_interrupts(), self.oracle.holding_folder():
            if fit_kwargs.get("verbose", 1):
                say_that_it_goes_on(self.oracle, self.project_dir)
            with self._clock.running():
                if is_chief_oracle():
                    super().search(*fit_args, **fit_kwargs)
                else:
                    self._run_trials(engine, *fit_args, **fit_kwargs)
            if fit_kwargs.get("verbose", 1):
                say_which_limit(self.oracle)
            check_ending(self.oracle)

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
        return self.oracle.add_trial(values, score)

    def pareto_front(self):
        """Returns the trials that no other one dominates: see `Oracle.pareto_front`."""
        return self._oracle_here.pareto_front()

    def trial_scores(self, trial):
        """Returns the objective of each execution of a trial at its best epoch, as a list."""
        return self._oracle_here.trial_scores(trial)

    def results(self):
        """Returns all trials as a list of plain dicts: see `tuners.results.results`."""
        return results(self._oracle_here)

    def curves(self):
        """Returns all epochs of all trials as a list of dicts: see `tuners.results.curves`."""
        return curves(self._oracle_here)

    def results_dataframe(self):
        """Returns all trials as a `pandas.DataFrame`, with columns such as `values.dropout`.

        Raises:
            RecipesError: If pandas is not installed.
        """
        return dataframe(self.results())

    def load_model(self, trial):
        """Returns the model of a trial with the weights of its best epoch.

        Raises:
            SearchError: If they are not kept.
        """
        if not self._checkpoints.has_weights(trial.trial_id):
            rule = "the weights of the trial must be kept"
            kept = "all" if self._options.keep is None else f"the best {self._options.keep}"
            hint = f"Those of {kept} finished trials are. Ask for fewer, or search with keep=None."
            raise SearchError(describe("get_best_models", rule, hint, trial=trial.trial_id))
        model = self._try_build(trial.hyperparameters)
        self._checkpoints.load_weights(trial.trial_id, model)
        return model

    # --- the loop ---------------------------------------------------------------------------------

    def _run_trials(self, engine, *fit_args, **fit_kwargs):
        """Runs trials until the oracle has no more."""
        if "verbose" in fit_kwargs and not self._is_worker():
            self.oracle.verbose = fit_kwargs["verbose"]
        self.on_search_begin()
        with engine.running(self, fit_args, fit_kwargs) as trials:
            while self._begin_trials(trials) or trials.is_busy:
                for trial in trials.ended():
                    self.on_trial_end(trial)
        self.on_search_end()

    def _begin_trials(self, trials):
        """Begins trials while there is a place for one; returns whether more may come."""
        while place := trials.free_place():
            self.pre_create_trial()
            trial = self.oracle.create_trial(place)
            if trial.status in (TrialStatus.STOPPED, TrialStatus.IDLE):
                return trial.status == TrialStatus.IDLE
            self.on_trial_begin(trial)
            trials.begin(place, trial)
        return True

    def reload(self):
        """Reads the trials that are on the disk."""
        if not self._is_populated:  # KerasTuner's own search was here: it calls this instead
            self._populate_initial_space()
        elif not self._is_worker():
            self.oracle.reload()

    def on_trial_begin(self, trial):
        """Tells the observer."""
        if self.observer:
            self.observer.trial_began(trial)

    def on_epoch_end(self, trial, model, epoch, logs=None):
        """Tells the observer."""
        if self.observer:
            self.observer.epoch_ended(trial, epoch, logs)

    def on_trial_end(self, trial):
        """Writes the trial down, removes what nobody needs any more, then tells the observer."""
        self.oracle.end_trial(trial)
        ended = self.oracle.get_trial(trial.trial_id)
        self._remove_overtaken()
        if self.observer:
            self.observer.trial_ended(ended)

    def on_search_end(self):
        """Removes what stopped trials could have gone on from, unless the search is to go on."""
        if not self._is_worker() and not self.oracle.reached_limit():
            self._checkpoints.drop_state()

    def save(self):
        """Does nothing: the journal of the oracle is the state."""

    # --- steps of the loop ------------------------------------------------------------------------

    def _check_engine(self, engine):
        """Returns the engine; KerasTuner's chief and workers have one of their own."""
        engine = check_engine("search", engine)
        if has_chief_oracle() and not isinstance(engine, LocalEngine):
            rule = "KerasTuner's chief and workers run one trial each, without another engine"
            hint = "Unset KERASTUNER_ORACLE_IP, or leave `engine` out."
            raise ArgumentError(describe("search", rule, hint, engine=type(engine).__name__))
        return engine

    def _remove_overtaken(self):
        """Removes the weights of finished trials that are not among the best."""
        if self._options.keep is None:
            return
        best = self.oracle.get_best_trials(self._options.keep)
        kept = {trial.trial_id for trial in best if trial.status == TrialStatus.COMPLETED}
        for name in set(self._checkpoints.names()) - kept:
            if self._has_ended(name):
                self._checkpoints.drop_weights(name)

    def _has_ended(self, name):
        try:
            return self.oracle.get_trial(name).status in ENDED
        except Exception:  # KeyError, or what a client makes of it: a folder of no known trial
            return False

    # --- steps that keras_tuner.Tuner calls -------------------------------------------------------

    def _populate_initial_space(self):
        if self._overwrite and not self._is_worker():  # a worker may start when its search runs
            self.oracle.journal.delete_folder()
        try:
            with refusing_what_does_not_fit(free_memory()):
                super()._populate_initial_space()
        except keras_tuner.errors.FailedTrialError as error:
            raise SearchError(str(error)) from error
        self._is_populated = True
        if not self._is_worker():
            self.oracle.reload()
