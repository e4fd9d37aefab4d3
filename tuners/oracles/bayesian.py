"""Bayesian optimisation with a Gaussian process (guide row 80)."""

import numpy as np
from keras_tuner.engine.trial import TrialStatus
from threadpoolctl import threadpool_limits

from recipes.errors import check_integer, check_one_of, check_range
from tuners.gp.acquisition import ACQUISITIONS, Belief
from tuners.gp.fidelity import full_curves
from tuners.gp.regression import ON_NOISE
from tuners.oracles.base import Oracle, arguments_of
from tuners.oracles.pruned import stopped_by
from tuners.oracles.random import PRIORS, middle_setting, space_filling_setting
from tuners.space import setting_key
from tuners.surrogate import Surrogate

_INITIAL_POINTS = 5  # space-filling trials before the model is asked
_MIDDLE_TRIAL = 7  # its number, from 0; it is near the middle of the space
_CORNERS = 3  # parameters from which on there is one
_TRUST = 2.5  # trials after which a prior counts for less than it says
_LEARNED = 10  # trials from which on the surrogate's error is looked at
_EVEN_EVERY = 4  # one trial in so many fills the space while the surrogate explains nothing


class BayesianOptimizationOracle(Oracle):
    """Suggests the setting with the highest expected improvement under a Gaussian process.

    The process has Matérn 5/2 kernels of all parameters together and of each alone, with a length
    scale for each; it learns how much each kernel says, and the noise of the scores. It sees the
    scores bent by a power, so that they are nearly normal; less than a fiftieth of their standard
    deviation does not count as improvement. Failed trials and scores that are not finite count as
    the worst score that was seen, pending ones as the process' own mean. Of trials that a pruner
    stopped, the curves count: the process learns what few epochs say of many.

    The first trials fill the space evenly, but that the very first is the defaults where these are
    believed. Where none is and there are three parameters or more, the eighth trial is near the
    middle: most of the space, and so of the uncertainty, is towards its corners.

    Args:
        objective: As in `keras_tuner.oracles.BayesianOptimizationOracle`, and so all others.
        max_trials: The number of trials, at most.
        num_initial_points: Trials before the model is asked; None takes 5, or half of
            `max_trials` if that is less.
        alpha: Smallest noise of the scores that may be learned, as a standard deviation in units
            of theirs; its square is added to the diagonal of the kernel.
        beta: How many standard deviations weigh as much as the mean, for "ucb".
        seed: A whole number of at least 0, or None.
        hyperparameters: Search space, or None.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        acquisition: "log_ei" (expected improvement), "ucb" (lower confidence bound of what is
            minimised) or "uncertainty" (the guide's own: the most uncertain setting).
        noise: None, to learn the noise of the scores, or its standard deviation in their unit:
            then they are not bent. 0 is the guide's own: nothing is uncertain where a trial was.
        prior: "defaults", to lean on the parameters' own defaults, less with each trial (Hvarfner
            et al. 2022, arXiv:2204.11051); or None.
    """

    def __init__(
        self,
        objective=None,
        max_trials=10,
        num_initial_points=None,
        alpha=1e-4,
        beta=2.6,
        seed=None,
        hyperparameters=None,
        allow_new_entries=True,
        tune_new_entries=True,
        max_retries_per_trial=0,
        max_consecutive_failed_trials=3,
        *,
        acquisition="log_ei",
        noise=None,
        prior="defaults",
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        where = type(self).__name__
        if num_initial_points is not None:
            check_integer(where, "num_initial_points", num_initial_points, 1)
        self.num_initial_points = num_initial_points
        self.alpha = check_range(where, "alpha", alpha, 0, 1e3, open_low=True)
        self.beta = check_range(where, "beta", beta, 0, 1e3)
        self.acquisition = check_one_of(where, "acquisition", acquisition, ACQUISITIONS)
        self.noise = None if noise is None else check_range(where, "noise", noise, 0, 1e300)
        self.prior = check_one_of(where, "prior", prior, PRIORS)

    @property
    def initial_points(self):
        """How many trials there are before the model is asked; known results count."""
        half = (self.max_trials or 2 * _INITIAL_POINTS) // 2
        return self.num_initial_points or max(1, min(_INITIAL_POINTS, half))

    def suggest(self, space, number, tried):
        """Returns the setting that the acquisition is highest at among the untried ones."""
        middle = self._middle(space, number)
        if middle is not None and setting_key(middle) not in tried:
            return middle
        with threadpool_limits(1):  # small matrices: threads would wait for each other
            values = self._suggest(space, number, tried)
            return values or self.filling_setting(space, number, tried)

    def filling_setting(self, space, number, tried):
        """Returns the setting at a place of a sequence that fills the space evenly.

        What is believed of defaults is left to the acquisition: a process that has only seen their
        neighbourhood takes long to find that another one is better.
        """
        return space_filling_setting(space, number, tried, self.seed, leans=False)

    def surrogate(self, space, number):
        """Returns what the search believes, or None before a trial has a score.

        Args:
            space: The `Space`.
            number: How many trials were begun before the one that is suggested.

        Returns:
            A `tuners.surrogate.Surrogate`.
        """
        ended = self.placed_trials()
        scored = [trial for trial in ended if trial.status == TrialStatus.COMPLETED]
        if not scored:
            return None
        pending = [self.trials[name].hyperparameters.values for name in self.unfinished_trials()]
        return Surrogate(
            space,
            [trial.hyperparameters.values for trial in ended],
            self._believed_costs(ended, scored, number),
            curves=self._curves(ended),
            pending=pending,
            acquisition=self.acquisition,
            beta=self.beta,
            belief=self._belief(space, number),
            noise=self.noise,
            noise_floor=self.alpha**2,
            seed=self.seed_for("suggest", number),
        )

    def surrogate_error(self):
        """Returns how well the surrogate predicts trials that it does not know (guide row 91).

        Returns:
            As `Surrogate.error`; None before the surrogate is asked.
        """
        with threadpool_limits(1):
            surrogate = self._asked_surrogate(self.known_space(), len(self.trials))
            return None if surrogate is None else surrogate.error()

    # --- steps ------------------------------------------------------------------------------------

    def _middle(self, space, number):
        """Returns a setting near the middle where it is its turn, or None."""
        has_corners = len(space.parameters) >= _CORNERS and not space.has_own_defaults()
        return middle_setting(space, self.seed) if number == _MIDDLE_TRIAL and has_corners else None

    def _suggest(self, space, number, tried):
        """Returns what the surrogate suggests, or None where it is not asked or not trusted."""
        surrogate = self._asked_surrogate(space, number)
        if surrogate is None or self._mistrusts(surrogate, number):
            return None
        return surrogate.best_untried(tried)

    def _asked_surrogate(self, space, number):
        """Returns the surrogate, or None while trials fill the space in any case."""
        if number < self.initial_points or len(self.placed_trials()) < 2:
            return None
        return self.surrogate(space, number)

    def _mistrusts(self, surrogate, number):
        """Whether this trial fills the space: the surrogate knows little more than the mean."""
        its_turn = number >= _LEARNED and number % _EVEN_EVERY == 0
        return its_turn and surrogate.error() >= ON_NOISE

    def _believed_costs(self, ended, scored, number):
        """Returns the costs of trials that have ended; a failure has the worst of the others."""
        costs = self.costs_to_model(scored, number)
        by_name = {trial.trial_id: cost for trial, cost in zip(scored, costs, strict=True)}
        return np.array([by_name.get(trial.trial_id, costs.max()) for trial in ended])

    def _curves(self, ended):
        """Returns the costs of trials after each epoch, or None where their scores say all.

        They do where no trial was stopped early, or where the score is more than one metric.
        """
        scores_say_all = self.constraints or hasattr(self.objective, "objectives")
        if scores_say_all or not any(map(stopped_by, ended)):
            return None
        curves = [np.array(self.curve_of(trial).values, dtype=float) for trial in ended]
        stopped = [stopped_by(trial) is not None for trial in ended]
        return full_curves(curves, stopped)

    def _belief(self, space, number):
        """Returns what the defaults say of where the best setting is, or None."""
        if not space.has_own_defaults():
            return None
        centre = space.encode(space.defaults())
        return Belief(centre, space.precision(), _TRUST / max(number, 1))
