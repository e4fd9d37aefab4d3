"""Random search on a scrambled Sobol sequence (guide row 79)."""

import numpy as np
from scipy.stats import qmc

from recipes.errors import check_one_of
from recipes.interrupts import deferred_interrupts
from recipes.seeds import derive_seed
from tuners.oracles.base import Oracle, arguments_of
from tuners.space import setting_key

PRIORS = ("defaults", None)
SAMPLERS = ("sobol", "uniform")
_MOST_DRAWS = 100  # tries to find a setting that is new before all settings are listed
_MIDDLE_WIDTH = 0.1  # of the middle, as a share of a range
_LEAN, _HALVED_AFTER = 0.5, 10  # share of values from a prior at first, and trials until its half


class RandomSearchOracle(Oracle):
    """Suggests settings that fill the space evenly (Bergstra & Bengio 2012; Sobol 1967).

    Every parameter gets a new value in every trial: where one parameter matters, n trials test n
    values of it. A Sobol sequence has fewer gaps and clusters than independent draws.

    Args:
        objective: As in `keras_tuner.oracles.RandomSearchOracle`, and so all others.
        max_trials: The number of trials, at most.
        seed: A whole number of at least 0, or None.
        hyperparameters: Search space, or None.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        sampler: "sobol", or "uniform" for independent draws (the guide's own).
        prior: "defaults", to begin with the parameters' own defaults and to draw more values near
            them, less with each trial; None for none (the guide's own).
    """

    def __init__(
        self,
        objective=None,
        max_trials=10,
        seed=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        sampler="sobol",
        prior="defaults",
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        self.sampler = check_one_of(type(self).__name__, "sampler", sampler, SAMPLERS)
        self.prior = check_one_of(type(self).__name__, "prior", prior, PRIORS)

    def suggest(self, space, number, tried):
        """Returns the next setting of the sequence, or an untried one in its stead."""
        draw = _sobol_point if self.sampler == "sobol" else _uniform_point
        return space_filling_setting(space, number, tried, self.seed, draw=draw)


def _sobol_point(dimensions, number, seed):
    with deferred_interrupts():
        sequence = qmc.Sobol(dimensions, rng=derive_seed(seed, "sobol"))
        if number:  # SciPy cannot go forward by nothing
            sequence.fast_forward(number)
        return sequence.random(1)[0]


def _uniform_point(dimensions, number, seed):
    return np.random.default_rng(derive_seed(seed, "uniform", number)).random(dimensions)


def space_filling_setting(space, number, tried, seed, *, draw=_sobol_point, leans=True):
    """Returns the setting at a place of the Sobol sequence, or an untried one in its stead.

    Args:
        space: A `Space`.
        number: The place, from 0.
        tried: Keys of the settings that must not come again; then an untried one is drawn.
        seed: A whole number of at least 0.
        draw: Function of the number of parameters, the place and the seed that returns uniform
            numbers, of shape (parameters,).
        leans: Whether it is nearer to defaults that are believed, less with each place.

    Returns:
        Dict of the active values, or None if no setting is left.
    """
    point = draw(len(space.parameters), number, seed)
    lean = leans * _LEAN * _HALVED_AFTER / (_HALVED_AFTER + number)
    setting = space.from_uniform(point, lean=lean)
    if setting_key(setting) not in tried:
        return setting
    return _untried_setting(space, tried, np.random.default_rng(derive_seed(seed, "draw", number)))


def middle_setting(space, seed):
    """Returns a setting near the middle of all ranges: these are often drawn around what is likely.

    Args:
        space: A `Space`.
        seed: A whole number of at least 0.
    """
    chance = np.random.default_rng(derive_seed(seed, "middle")).random(len(space.parameters))
    return space.from_uniform(0.5 + _MIDDLE_WIDTH * (chance - 0.5))


def _untried_setting(space, tried, generator):
    left = space.all_settings()
    if left is not None:
        left = [setting for setting in left if setting_key(setting) not in tried]
        return left[generator.integers(len(left))] if left else None
    for point in generator.random((_MOST_DRAWS, len(space.parameters))):
        setting = space.from_uniform(point)
        if setting_key(setting) not in tried:
            return setting
    return None
