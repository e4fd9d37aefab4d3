"""The search, as the trial in another process sees it."""

import keras_tuner
from keras_tuner.engine.trial import Trial

_FACTS = ("objective", "constraints", "pruner", "max_trials", "seed")


def facts_of(oracle):
    """Returns what a trial may know of an oracle without asking, by name."""
    return {name: getattr(oracle, name) for name in _FACTS}


class OracleClient:
    """The oracle of a search, for one trial: what changes is asked for.

    Args:
        ask: Function that sends the name of a method and its arguments, and returns the answer.
        facts: What `facts_of` returned.
    """

    def __init__(self, ask, facts):
        self._ask = ask
        vars(self).update(facts)

    def update_trial(self, trial_id, metrics, step=0):
        """Reports metrics; as in `Oracle.update_trial`."""
        return Trial.from_state(self._ask("update_trial", trial_id, dict(metrics), step))

    def get_trial(self, trial_id):
        """Returns a trial as the search has it."""
        return Trial.from_state(self._ask("get_trial", trial_id))

    def get_space(self):
        """Returns the space as the search knows it."""
        return keras_tuner.HyperParameters.from_config(self._ask("get_space"))

    def seed_for(self, *purpose):
        """Returns a seed; as in `Oracle.seed_for`."""
        return self._ask("seed_for", *purpose)


class RemoteObserver:
    """Tells the observer of a search of each epoch.

    Args:
        ask: As in `OracleClient`.
    """

    def __init__(self, ask):
        self._ask = ask

    def epoch_ended(self, trial, epoch, logs):
        """Sends what a training has logged."""
        logs = {name: float(value) for name, value in (logs or {}).items()}
        self._ask("epoch_ended", epoch, logs)
