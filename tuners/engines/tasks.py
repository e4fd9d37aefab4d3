"""What the process of a trial does, sent to it as a whole: trains a model, or calls a function.

A task is called with a function that asks the search, what `search` was given, and state and files
of the trial. It returns a dict of what came of it: the trial's hyperparameters and files, if any.
"""

import copy
import dataclasses
import tempfile
from collections.abc import Callable
from typing import Any

from tuners.trials.functions import as_metrics, run_function


def task_of(tuner):
    """Returns the task for the trials of a tuner: see the classes of this file."""
    if tuner.function is not None:
        return FunctionTask(tuner.function, tuner.oracle.objective.name)
    from tuners.engines.client import facts_of

    sent = copy.copy(tuner)
    sent.observer = object() if tuner.observer else None
    sent.oracle = sent._oracle_here = sent._clock = sent._checkpoints = None
    return ModelTask(sent, facts_of(tuner.oracle))


@dataclasses.dataclass(frozen=True)
class FunctionTask:
    """Calls the function of a search over no Keras model; loads neither Keras nor TensorFlow.

    Args:
        function: The function, as in `Tuner`.
        objective: Name of the objective.
    """

    function: Callable
    objective: str

    def __call__(self, ask, data, state, files):
        """Runs a trial; see above."""
        name, (args, kwargs) = state["trial_id"], data

        def report(metrics, epoch):
            return ask("report_epoch", as_metrics(metrics, self.objective), epoch)

        values = state["hyperparameters"]["values"]
        seed = ask("seed_for", "trial", name)
        result = run_function(self.function, values, args, kwargs, seed=seed, report=report)
        ask("report_results", result)
        return {}


@dataclasses.dataclass(frozen=True)
class ModelTask:
    """Runs a trial as the tuner would have run it in the process of the search.

    Args:
        tuner: A copy of the tuner, without what only the search needs.
        facts: What the tuner's oracle knows beforehand: see `client.py`.
    """

    tuner: Any
    facts: dict

    def __call__(self, ask, data, state, files):
        """Runs a trial; see above."""
        from keras_tuner.engine.trial import Trial

        from tuners.engines.client import OracleClient, RemoteObserver
        from tuners.trials.checkpoints import Checkpoints

        trial, tuner, (args, kwargs) = Trial.from_state(state), self.tuner, data
        with tempfile.TemporaryDirectory(prefix="trial_") as folder:
            tuner.oracle = tuner._oracle_here = OracleClient(ask, self.facts)
            tuner.observer = RemoteObserver(ask) if tuner.observer else None
            tuner._checkpoints = Checkpoints(folder)
            tuner._checkpoints.put_files(trial.trial_id, files)
            tuner._run_and_update_trial(trial, *args, **kwargs)
            return {
                "hyperparameters": trial.hyperparameters.get_config(),
                "files": tuner._checkpoints.files(trial.trial_id),
            }
