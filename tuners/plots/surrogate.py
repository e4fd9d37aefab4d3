"""The picture of the surrogate (guide rows 80, 88): what it believed before one trial, and why.

In one dimension: prediction, uncertainty, the trials that it knew, the acquisition, the next trial.
"""

import copy
import dataclasses

import numpy as np

from recipes.errors import ArgumentError, SearchError, check_integer, describe
from tuners.oracles.bayesian import BayesianOptimizationOracle
from tuners.oracles.reopen import open_oracle
from tuners.plots.axes import Axis, axis_of
from tuners.results import read_search
from tuners.space import setting_key

_POINTS = 401  # at which the curves are computed
_BAND = 1.96  # standard deviations on each side: 95 % of a normal distribution
_ACQUISITIONS = {
    "log_ei": "expected improvement\n(share of its maximum)",
    "ucb": "confidence bound\n(standardised)",
    "uncertainty": "uncertainty\n(standardised)",
}


@dataclasses.dataclass(frozen=True)
class SurrogatePicture:
    """What the picture of the surrogate shows.

    Attributes:
        axis: `Axis` of the parameter.
        x: Values of the parameter, of shape (m,).
        median: Median of what the surrogate predicts there, in the unit of the score.
        low: Lower end of the band in which it expects 95 % of the scores, without their noise.
        high: Its upper end.
        acquisition: The acquisition there; the next trial is where it is highest. Of the logarithm
            of the expected improvement this is the improvement, as a share of its maximum.
        acquisition_label: What `acquisition` is.
        known_x: Values of the trials that were known, of shape (k,).
        known_score: Their scores; a failed one has the worst of the others.
        believed_score: What the surrogate took these for: it draws in bad outliers.
        next_x: Value of the next trial.
        is_filling: Whether the next trial fills the space, and does not follow the acquisition.
        label: Name of the objective.
    """

    axis: Axis
    x: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    acquisition: np.ndarray
    acquisition_label: str
    known_x: np.ndarray
    known_score: np.ndarray
    believed_score: np.ndarray
    next_x: float
    is_filling: bool
    label: str


def surrogate_picture(source, trial):
    """Computes what a Bayesian search in one dimension believed when it had a number of trials.

    Args:
        source: As in `tuners.results.read_search`.
        trial: How many trials were known, at least 1: the next one is marked.

    Returns:
        A `SurrogatePicture`.

    Raises:
        ArgumentError: If the search is not Bayesian or not in one dimension, or has fewer trials.
        SearchError: If none of these trials has a score.
    """
    oracle, search = open_oracle(source), read_search(source)
    name = _only_parameter(oracle)
    trial = _check_trial(trial, oracle)
    past, space = _before(oracle, trial), oracle.known_space()
    surrogate = past.surrogate(space, trial)
    if surrogate is None:
        rule = "one of the trials must have a score"
        raise SearchError(describe("plot_surrogate", rule, trial=trial))
    settings, sign = _settings_on(space), search.sign
    median, *band = (sign * scores for scores in surrogate.predict(settings, _BAND))
    following, is_filling = _next_setting(oracle, past, space, trial)
    axis = axis_of("plot_surrogate", search, name)
    return SurrogatePicture(
        axis=axis,
        x=np.array([axis.place(setting[name]) for setting in settings]),
        median=median,
        low=np.minimum(*band),
        high=np.maximum(*band),
        acquisition=_shown_acquisition(oracle.acquisition, surrogate.acquisition_of(settings)),
        acquisition_label=_ACQUISITIONS[oracle.acquisition],
        known_x=np.array([axis.place(values[name]) for values in surrogate.known]),
        known_score=sign * surrogate.costs,
        believed_score=sign * surrogate.believed,
        next_x=axis.place(following[name]),
        is_filling=is_filling,
        label=search.objective,
    )


# --- steps ----------------------------------------------------------------------------------------


def _only_parameter(oracle):
    """Returns the name of the one parameter; refuses what cannot be drawn over one axis."""
    space = oracle.known_space()
    names = [parameter.hp.name for parameter in space.parameters]
    if not isinstance(oracle, BayesianOptimizationOracle):
        rule = "the search must be a Bayesian one: another has no surrogate"
        raise ArgumentError(describe("plot_surrogate", rule, oracle=type(oracle).__name__))
    if len(names) != 1 or len(space.groups) != 1:
        rule = "the search must have one tunable parameter, a number or an ordered choice"
        raise ArgumentError(describe("plot_surrogate", rule, parameters=names))
    return names[0]


def _check_trial(trial, oracle):
    trial = check_integer("plot_surrogate", "trial", trial, 1)
    if trial > len(oracle.start_order):
        rule = f"`trial` must be at most the number of trials, {len(oracle.start_order)}"
        raise ArgumentError(describe("plot_surrogate", rule, trial=trial))
    return trial


def _before(oracle, number):
    """Returns the oracle as it was when it had a number of trials."""
    past, names = copy.copy(oracle), oracle.start_order[:number]
    past.trials = {name: oracle.trials[name] for name in names}
    past.start_order = names
    past.end_order = [name for name in oracle.end_order if name in past.trials]
    return past


def _settings_on(space):
    """Returns different settings along the axis."""
    settings = (space.decode(point) for point in np.linspace(0.0, 1.0, _POINTS)[:, np.newaxis])
    return list({setting_key(setting): setting for setting in settings}.values())


def _next_setting(oracle, past, space, number):
    """Returns the setting of the next trial, and whether it fills the space."""
    tried = {setting_key(space.setting_of(t.hyperparameters.values)) for t in past.trials.values()}
    filling = oracle.filling_setting(space, number, tried)
    if number < len(oracle.start_order):
        following = oracle.trials[oracle.start_order[number]].hyperparameters.values
    else:
        following = past.suggest(space, number, tried)
    if following is None:
        raise SearchError(describe("plot_surrogate", "nothing is left to try after this trial"))
    return following, space.setting_of(following) == filling


def _shown_acquisition(name, values):
    return np.exp(values - values.max()) if name == "log_ei" else values
