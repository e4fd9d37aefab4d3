"""The trials of a search that run on Ray now: begun, answered, begun again, ended."""

import collections
import contextlib
import dataclasses
import time
import warnings
from typing import Any

import keras_tuner
import ray
from keras_tuner.engine.trial import Trial, TrialStatus

from recipes.errors import SearchError, describe
from tuners.engines.local import SECONDS_IDLE
from tuners.engines.process import TrialProcess, as_sent
from tuners.engines.tasks import task_of

_SECONDS_WAIT = 1.0  # for a message: then the time of the search is looked at again
_SECONDS_UNKNOWN = 30.0  # for which a machine may have died before Ray knows: 15 s and a margin
_SECONDS_KNOWN = 5.0  # how long the size of the cluster is taken to be the same


@dataclasses.dataclass
class _Running:
    """A trial that runs: its place, its process, and the message that is waited for."""

    place: str
    trial: Trial
    process: Any = None
    message: Any = None


class RayTrials:
    """Begins trials on a cluster, and answers what they ask.

    Args:
        engine: The `RayEngine`.
        tuner: The `Tuner`.
        fit_args: Positional arguments of its `search`.
        fit_kwargs: Keyword arguments of its `search`.

    Raises:
        SearchError: If the tuner or the arguments cannot be pickled.
    """

    def __init__(self, engine, tuner, fit_args, fit_kwargs):
        self._engine, self._tuner = engine, tuner
        self._running = {}  # place → `_Running`
        self._deaths = collections.defaultdict(list)  # trial → when its processes died, in seconds
        self._size = (-float("inf"), 0)  # when the cluster was looked at, and its places
        with _explained_pickling():
            self._task = ray.put(ray.cloudpickle.dumps(task_of(tuner)))
            self._data = ray.put((fit_args, fit_kwargs))
        self._process = ray.remote(TrialProcess).options(**engine.options(), max_restarts=0)

    @property
    def is_busy(self):
        """Whether a trial runs."""
        return bool(self._running)

    def free_place(self):
        """Returns the name of a place where a trial can begin, or None."""
        if len(self._running) >= self._places():
            return None
        names = (f"ray{number}" for number in range(len(self._running) + 1))
        return next(name for name in names if name not in self._running)

    def begin(self, place, trial):
        """Begins a trial in a process of its own."""
        running = self._running[place] = _Running(place, trial)
        running.process = self._process.remote(trial.trial_id, self._engine.resources["cpus"])
        files = self._tuner._checkpoints.files(trial.trial_id)
        arguments = (self._task, self._data, trial.get_state(), files)
        running.message = running.process.begin.remote(*arguments)

    def ended(self):
        """Answers the trials that have asked something, and yields those that have ended."""
        if not self._running:
            time.sleep(SECONDS_IDLE)
            return
        waited = {running.message: running for running in self._running.values()}
        ready, _ = ray.wait(list(waited), timeout=_SECONDS_WAIT)
        for message in ready:
            yield from self._take(waited[message])

    def end_all(self):
        """Ends the processes of all trials."""
        for running in list(self._running.values()):
            self._end(running)

    # --- steps ------------------------------------------------------------------------------------

    def _places(self):
        seen, places = self._size
        if time.monotonic() - seen > _SECONDS_KNOWN:
            places = self._engine.places(ray.nodes())
            self._size = (time.monotonic(), places)
        return places

    def _take(self, running):
        """Takes a message; yields the trial if it has ended."""
        try:
            kind, *said = ray.get(running.message)
        except ray.exceptions.RayTaskError:
            raise  # an error of ours, not of the cluster
        except ray.exceptions.RayError as error:
            yield from self._take_death(running, error)
            return
        if kind == "asks":
            running.message = running.process.go_on.remote(self._answer(running, *said))
            return
        self._end(running)
        take = self._take_result if kind == "completed" else self._tuner.note_error
        take(running.trial, *said)
        yield running.trial

    def _take_result(self, trial, result):
        trial.status = TrialStatus.COMPLETED
        if "hyperparameters" in result:
            found = keras_tuner.HyperParameters.from_config(result["hyperparameters"])
            trial.hyperparameters = found
        self._tuner._checkpoints.put_files(trial.trial_id, result.get("files", {}))

    def _take_death(self, running, error):
        """Begins a trial again whose process has died; yields it if that was too often."""
        self._end(running)
        name, why = running.trial.trial_id, _first_line(error)
        if self._deaths_of(name, why) <= self._engine.retries:
            self.begin(running.place, self._tuner.oracle.begin_again(name))
            return
        running.trial.status, running.trial.message = TrialStatus.INVALID, why
        yield running.trial

    def _deaths_of(self, name, why):
        """Counts a death of a trial's process; returns how many there were.

        One that follows at once is the same: Ray begins processes on a machine that has died until
        it knows of that.
        """
        times, now = self._deaths[name], time.monotonic()
        if not times or now - times[-1] > _SECONDS_UNKNOWN:
            times.append(now)
            if len(times) <= self._engine.retries:
                warnings.warn(f"search: trial {name} begins again. {why}", stacklevel=2)
        return len(times)

    def _end(self, running):
        """Ends the process of a trial."""
        if running.process is not None:
            ray.kill(running.process)
        self._running.pop(running.place, None)

    def _answer(self, running, method, arguments):
        """Returns the answer to a trial: whether it went well, and what came of it."""
        try:
            return True, _plain(getattr(_Answers(self._tuner, running.trial), method)(*arguments))
        except Exception as error:  # it belongs to the trial that has asked
            return False, as_sent(error)


class _Answers:
    """What the process of a trial may ask."""

    def __init__(self, tuner, trial):
        self._tuner, self._trial = tuner, trial
        self.update_trial, self.get_trial = tuner.oracle.update_trial, tuner.oracle.get_trial
        self.get_space, self.seed_for = tuner.oracle.get_space, tuner.oracle.seed_for

    def report_epoch(self, metrics, epoch):
        return self._tuner.report_epoch(self._trial, metrics, epoch)

    def report_results(self, results):
        return self._tuner.report_all(self._trial, results)

    def epoch_ended(self, epoch, logs):
        self._tuner.observer.epoch_ended(self._trial, epoch, logs)


def _plain(value):
    """Returns an answer without classes of keras_tuner, which not every process has loaded."""
    if isinstance(value, Trial):
        return value.get_state()
    return value.get_config() if isinstance(value, keras_tuner.HyperParameters) else value


def _first_line(error):
    """Returns what Ray says of a death in a sentence, without where to look for more."""
    return str(error).partition("\n")[0]


@contextlib.contextmanager
def _explained_pickling():
    try:
        yield
    except (TypeError, ValueError, AttributeError, RuntimeError, NotImplementedError) as error:
        rule = f"engine='ray' sends the tuner and what `search` is given by pickle ({error})"
        hint = "Give arrays, or open the data in HyperModel.fit, where the trial runs."
        raise SearchError(describe("search", rule, hint)) from error
