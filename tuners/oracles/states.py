"""Trials from their states: a thousand of them in a second, because equal spaces are read once."""

import collections

import keras_tuner
from keras_tuner.engine.trial import Trial

from tuners.state.changes import space_from


class TrialReader:
    """Makes trials from states, as `keras_tuner.engine.trial.Trial.get_state` gives them."""

    def __init__(self):
        self._last = (None, None)  # a space as the last state had it, and as HyperParameters

    def read(self, state, space=None):
        """Returns a trial.

        Args:
            state: A dict. One that is not whole raises AttributeError, KeyError, TypeError or
                ValueError.
            space: `keras_tuner.HyperParameters` that the trial is to have in place of its own.
        """
        config = state["hyperparameters"]
        if space is None and self._last[0] != config["space"]:
            self._last = (config["space"], space_from(config["space"]))
        trial = Trial.from_state({**state, "hyperparameters": {"space": [], "values": {}}})
        trial.hyperparameters = _with_values(space or self._last[1], config["values"])
        return trial


def _with_values(space, values):
    """Returns HyperParameters that share their parameters, which nobody changes, with others."""
    hyperparameters = keras_tuner.HyperParameters()
    hyperparameters._space = list(space._space)
    lists = {name: list(same_name) for name, same_name in space._hps.items()}
    hyperparameters._hps = collections.defaultdict(list, lists)
    hyperparameters.values = dict(values)
    return hyperparameters
