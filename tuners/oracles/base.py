"""The part that all oracles share: trials, their durable state, and no setting twice.

With `durable.py` and `pruned.py` the one place that touches private parts of `keras_tuner.Oracle`.
What differs from KerasTuner:

- The state is a journal (`durable.py`), and a resumed search goes on as if nothing had happened.
- One search at a time writes to a folder (`held.py`).
- 0 is a seed, and neighbouring seeds share nothing.
- A setting is never tried twice; a space in which nothing is left to try ends the search.
- A trial whose score is not finite has failed. A retry begins without the old result.
- Each epoch may be reported, and a pruner may stop a trial or let one go on (`pruned.py`).
- An error leaves no lock held.
"""

import contextlib
import inspect
import math
import secrets
import threading
import warnings

from keras_tuner.engine.trial import Trial, TrialStatus

from recipes.errors import SearchError, check_integer, describe
from tuners.oracles.pruned import PrunedOracle
from tuners.space import Space, setting_key
from tuners.trial_result import last_line

WAIT = TrialStatus.IDLE  # what `suggest` returns if a trial that runs must end first


def arguments_of(function, values):
    """Returns the values that are arguments of a function, by name.

    The constructors here have KerasTuner's long signatures, each on top of another.

    Args:
        function: A function or class.
        values: Dict by name, such as `locals()`.
    """
    return {key: values[key] for key in inspect.signature(function).parameters if key in values}


@contextlib.contextmanager
def _nan_is_no_surprise():
    """Keeps NumPy from warning where KerasTuner takes the best of scores that are all NaN."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)
        yield


class Oracle(PrunedOracle):
    """Base of all oracles. A subclass implements `suggest`.

    Args:
        objective: As in `keras_tuner.Oracle`.
        max_trials: The number of trials, at most; None for no limit.
        hyperparameters: As in `keras_tuner.Oracle`.
        allow_new_entries: As in `keras_tuner.Oracle`.
        tune_new_entries: As in `keras_tuner.Oracle`.
        seed: A whole number of at least 0, or None for one at random.
        max_retries_per_trial: As in `keras_tuner.Oracle`.
        max_consecutive_failed_trials: As in `keras_tuner.Oracle`.
    """

    prior = "defaults"  # what is believed beforehand: the defaults that are the user's own; or None

    def __init__(
        self,
        objective=None,
        max_trials=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        seed=None,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
    ):
        if max_trials is not None:
            max_trials = check_integer(type(self).__name__, "max_trials", max_trials, 1)
        if seed is not None:
            seed = check_integer(type(self).__name__, "seed", seed, 0)
        super().__init__(
            objective=objective,
            max_trials=max_trials,
            hyperparameters=hyperparameters,
            allow_new_entries=allow_new_entries,
            tune_new_entries=tune_new_entries,
            seed=1,  # ours follows: theirs takes 0 for none
            max_retries_per_trial=max_retries_per_trial,
            max_consecutive_failed_trials=max_consecutive_failed_trials,
        )
        self._given_seed = seed
        self.seed = secrets.randbelow(2**31) if seed is None else seed
        self.marked |= frozenset(getattr(hyperparameters, "recommended", ()))
        self._guard = threading.RLock()

    # --- what a subclass implements ---------------------------------------------------------------

    def suggest(self, space, number, tried):
        """Returns the setting of the next trial.

        Args:
            space: The `Space` as it is known now.
            number: How many trials were begun before this one.
            tried: Keys (`setting_key`) of the settings that were tried or are pending.

        Returns:
            Dict of the active values, whose key is not in `tried`; None if nothing is left; `WAIT`
            if a trial that runs must end first.
        """
        raise NotImplementedError

    def known_space(self):
        """Returns the `Space` as it is known now, with what is believed of its defaults."""
        return Space(self.hyperparameters, marked=None if self.prior is None else self.marked)

    def check_reports(self, trial):
        """Refuses the reports of a completed trial, if the oracle cannot work with them.

        Args:
            trial: The trial; nothing of its end is written yet.
        """

    # --- the interface of keras_tuner.Oracle ------------------------------------------------------

    def populate_space(self, trial_id):
        """Returns the settings of the next trial, as KerasTuner asks for them.

        Args:
            trial_id: Name of the trial: its number.

        Returns:
            Dict with "status" ("RUNNING", "STOPPED" or "IDLE") and "values".
        """
        space, number = self.known_space(), int(trial_id)
        tried = self._tried_keys(space)
        is_first = not self._counted() and setting_key(space.defaults()) not in tried
        if is_first and (space.has_own_defaults() or not space.parameters):
            return {"status": TrialStatus.RUNNING, "values": space.defaults()}
        values = self.suggest(space, number, tried) if space.parameters else None
        if values is None or values == WAIT:
            return {"status": WAIT if values else TrialStatus.STOPPED, "values": None}
        return {"status": TrialStatus.RUNNING, "values": values}

    def create_trial(self, tuner_id):
        """Returns the trial that a tuner is to run.

        It is one that was interrupted, or a stopped one that goes on, or a new one. Its status is
        "STOPPED" if there is none, and "IDLE" if there may be one when another trial has ended.

        Raises:
            FolderError: If another search is writing to the folder.
        """
        with self._guard:
            self._keep_folder()
            trial = self._trial_for(tuner_id)
            if trial.status == TrialStatus.STOPPED:
                self._let_folder_go()
            return trial

    def update_trial(self, trial_id, metrics, step=0):
        """Notes the metrics of a trial; they are durable when the trial ends.

        Args:
            trial_id: Name of the trial.
            metrics: Dict of floats by name.
            step: The epoch, from 0.

        Returns:
            The trial; its status is "STOPPED" if it is to end after this epoch.
        """
        with self._guard:
            self._check_objective_found(metrics)
            metrics, trial = self._with_sum(metrics), self.trials[trial_id]
            for name, value in metrics.items():
                if not trial.metrics.exists(name):
                    trial.metrics.register(name, direction=self._direction_of(name))
                with _nan_is_no_surprise():
                    trial.metrics.update(name, float(value), step=step)
            self._prepare_pruner(trial)
            self._stop_if_hopeless(trial, step)
            self._stop_at_limit(trial, metrics, step)
            return trial

    def end_trial(self, trial):
        """Scores a trial and writes it down: from here on it is never lost nor repeated."""
        with self._guard:
            known = self.trials[trial.trial_id]
            if trial.status == TrialStatus.COMPLETED:
                self.check_reports(known)
            known.hyperparameters, known.message = trial.hyperparameters, trial.message
            known.status = trial.status
            self.update_space(known.hyperparameters)
            self._note_the_stop(known)
            self._judge(known)
            self._note_the_limit(known)
            self._save_trial(known)
            self._take_in(known)
            self._display.on_trial_end(known)
            self._check_consecutive_failures()

    # --- steps ------------------------------------------------------------------------------------

    def _trial_for(self, tuner_id):
        if tuner_id in self.ongoing_trials:
            return self.ongoing_trials[tuner_id]
        if self.reached_limit():
            self.tuner_ids = self.tuner_ids - {tuner_id}  # KerasTuner's chief waits for these
            return Trial(self.get_space(), "", TrialStatus.STOPPED)
        trial = self._interrupted_trial() or self._continued_trial() or self._new_trial()
        if trial.status == TrialStatus.STOPPED:
            trial = self._continued_trial(closed=True) or trial
        if trial.status in (TrialStatus.STOPPED, WAIT):
            trial.status = WAIT if self._may_wait(trial) else TrialStatus.STOPPED
        if trial.status == TrialStatus.RUNNING:
            self.ongoing_trials[tuner_id] = trial
            self._display.on_trial_begin(trial)
        # The chief of KerasTuner serves until no tuner is left that was told to ask again.
        waits = {tuner_id} if trial.status == WAIT else set()
        self.tuner_ids = (self.tuner_ids - {tuner_id}) | waits
        return trial

    def _tried_keys(self, space):
        """Returns the keys of the settings of all trials; they are kept, for there may be many."""
        size = len(self.hyperparameters.space)  # a space only grows while a search runs
        for name, trial in self.trials.items():
            values = trial.hyperparameters.values
            if self._keys.get(name, ())[:2] != (size, values):
                key = setting_key(space.setting_of(values))
                self._keys[name] = (size, dict(values), key)
        return {key for _, _, key in self._keys.values()}

    def _new_trial(self):
        name = self._next_name()
        if self.max_trials and self._counted() >= self.max_trials:
            return Trial(self.get_space(), name, TrialStatus.STOPPED)
        response = self.populate_space(name)
        hyperparameters = self.get_space()
        hyperparameters.values = response["values"] or {}
        trial = Trial(hyperparameters, name, response["status"])
        if trial.status == TrialStatus.RUNNING:
            self._save_trial(trial)
            self.trials[name] = trial
            self.start_order.append(name)
        return trial

    def _may_wait(self, trial):
        """Whether a trial that runs may bring work when it ends."""
        goes_on = self.pruner is not None and self.pruner.continues_trials
        return bool(self.ongoing_trials) and (goes_on or trial.status == WAIT)

    def _judge(self, trial):
        """Scores a completed trial; one without a finite score is invalid, or failed at last."""
        if trial.status == TrialStatus.COMPLETED:
            with _nan_is_no_surprise():
                self.score_trial(trial)
            if trial.score is None or not math.isfinite(trial.score):
                trial.status = TrialStatus.INVALID
                trial.message = f"the score is {trial.score}, not a finite number"
        else:
            trial.score = None  # that of the epochs before a stop, if it failed when it went on
        retries_left = self.max_retries_per_trial - self._run_times[trial.trial_id]
        if trial.status == TrialStatus.INVALID and retries_left <= 0:
            trial.status = TrialStatus.FAILED

    def _check_consecutive_failures(self):
        """Gives up after too many failures in a row; those of an earlier run do not count."""
        ended = [self.trials[name] for name in self.end_order[self._ended_before :]]
        last = ended[-self.max_consecutive_failed_trials :]
        full = len(last) == self.max_consecutive_failed_trials
        if full and all(trial.status == TrialStatus.FAILED for trial in last):
            rule = f"{len(last)} trials in a row have failed"
            said = last_line(last[-1].message)
            hint = f"All that is finished is kept. The last one said: {said}"
            raise SearchError(describe("search", rule, hint))
