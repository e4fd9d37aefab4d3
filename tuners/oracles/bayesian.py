"""Bayesian optimisation with a Gaussian process (guide row 80)."""

import numpy as np
from keras_tuner.engine.trial import TrialStatus
from scipy import optimize
from threadpoolctl import threadpool_limits

from recipes.errors import check_integer, check_one_of, check_range
from tuners.gp.acquisition import ACQUISITIONS, Acquisition
from tuners.gp.regression import fit_gaussian_process
from tuners.oracles.base import Oracle, arguments_of
from tuners.oracles.random import space_filling_setting
from tuners.space import setting_key

_INITIAL_POINTS = 5  # space-filling trials before the model is asked
_CANDIDATES = 512  # random points at which the acquisition is compared
_STARTS = 8  # the best of them from which it is climbed
_OUTLIER = 3.0  # spreads above the median beyond which a bad score is only "bad"


class BayesianOptimizationOracle(Oracle):
    """Suggests the setting with the highest expected improvement under a Gaussian process.

    The process has a Matérn 5/2 kernel with a length scale for each parameter and learns the noise
    of the scores. Failed trials and scores that are not finite count as the worst score that was
    seen, pending ones as the process' own mean. The first trials fill the space evenly.

    Args:
        objective: As in `keras_tuner.oracles.BayesianOptimizationOracle`, and so all others.
        max_trials: The number of trials, at most.
        num_initial_points: Trials before the model is asked; None takes 5, or half of
            `max_trials` if that is less.
        alpha: Smallest noise variance of the scores, these having variance 1.
        beta: How many standard deviations weigh as much as the mean, for "ucb".
        seed: A whole number of at least 0, or None.
        hyperparameters: Search space, or None.
        allow_new_entries: Whether the model may ask for more hyperparameters.
        tune_new_entries: Whether these are tuned.
        max_retries_per_trial: How often a trial that failed is tried again.
        max_consecutive_failed_trials: After how many failures in a row the search gives up.
        acquisition: "log_ei" (expected improvement), "ucb" (lower confidence bound of what is
            minimised) or "uncertainty" (the guide's own: the most uncertain setting).
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
    ):
        super().__init__(**arguments_of(Oracle, locals()))
        where = type(self).__name__
        if num_initial_points is None:
            num_initial_points = max(1, min(_INITIAL_POINTS, (max_trials or 10) // 2))
        self.num_initial_points = check_integer(where, "num_initial_points", num_initial_points, 1)
        self.alpha = check_range(where, "alpha", alpha, 0, 1e3, open_low=True)
        self.beta = check_range(where, "beta", beta, 0, 1e3)
        self.acquisition = check_one_of(where, "acquisition", acquisition, ACQUISITIONS)

    def suggest(self, space, number, tried):
        """Returns the setting that the acquisition is highest at among the untried ones."""
        with threadpool_limits(1):  # small matrices: threads would wait for each other
            return self._suggest(space, number, tried)

    def _suggest(self, space, number, tried):
        known, scores = self._finished_trials()
        if number < self.num_initial_points or len(known) < 2:
            return space_filling_setting(space, number, tried, self.seed)
        seed = self.seed_for("suggest", number)
        acquisition = self._fit(space, known, scores, seed)
        points = _climb(acquisition, space, np.random.default_rng(seed))
        best = _best_untried(acquisition, space, points, tried)
        return best or space_filling_setting(space, number, tried, self.seed)

    def _finished_trials(self):
        """Returns settings and scores to be minimised; a failure has the worst score."""
        sign = -1.0 if self.objective.direction == "max" else 1.0
        ended = [self.trials[name] for name in self.end_order]
        finite = [sign * t.score for t in ended if t.status == TrialStatus.COMPLETED]
        if not finite:
            return [], []
        scores = [
            sign * t.score if t.status == TrialStatus.COMPLETED else max(finite) for t in ended
        ]
        return [trial.hyperparameters.values for trial in ended], scores

    def _fit(self, space, known, scores, seed):
        """Returns the acquisition on a process fitted to the trials, pending ones fantasised."""
        X = np.array([space.encode(values) for values in known])
        y = _standardise(np.array(scores))
        process = fit_gaussian_process(X, y, groups=space.groups, noise_floor=self.alpha, seed=seed)
        best = float(np.min(process.predict(X)[0]))
        pending = [self.trials[name].hyperparameters.values for name in self.unfinished_trials()]
        if pending:
            Z = np.array([space.encode(values) for values in pending])
            y = np.concatenate([y, process.predict(Z)[0]])
            process = process.with_points(np.concatenate([X, Z]), y)
        return Acquisition(self.acquisition, process, best=best, beta=self.beta)


def _standardise(y):
    """Returns scores of mean 0 and variance 1; the worst are drawn in, so that one diverged run
    does not flatten all others."""
    median, low = np.median(y), np.min(y)
    y = np.minimum(y, median + _OUTLIER * max(median - low, 1e-12)) if low < median else y
    return (y - y.mean()) / (y.std() or 1.0)


def _climb(acquisition, space, generator):
    """Returns points of high acquisition, of shape (points, columns), the best first."""
    columns = len(space.groups)
    candidates = generator.random((_CANDIDATES, columns))
    settings = (space.decode(point) for point in candidates)
    candidates = np.array([space.encode(setting) for setting in settings])
    order = np.argsort(-acquisition(candidates), kind="stable")

    def loss(point):
        value, gradient = acquisition.with_gradient(point)
        return -value, -gradient

    climbed = [
        optimize.minimize(loss, candidates[index], jac=True, bounds=[(0.0, 1.0)] * columns).x
        for index in order[:_STARTS]
    ]
    points = np.concatenate([climbed, candidates[order]])
    return points[np.argsort(-acquisition(points), kind="stable")]


def _best_untried(acquisition, space, points, tried):
    """Returns the best setting near the points, after steps to better discrete neighbours."""
    settings = {}
    for point in points:
        setting = space.decode(point)
        settings.setdefault(setting_key(setting), setting)
        if len(settings) == _STARTS:
            break
    settings.update(_improve(acquisition, space, setting) for setting in list(settings.values()))
    fresh = {key: setting for key, setting in settings.items() if key not in tried}
    if not fresh:  # all are taken: the best of the whole list
        fresh = {setting_key(s): s for s in map(space.decode, points)}
        fresh = {key: setting for key, setting in fresh.items() if key not in tried}
    return _highest(acquisition, space, list(fresh.values())) if fresh else None


def _improve(acquisition, space, setting):
    """Steps to the best neighbour while that is better; returns a pair (key, setting)."""
    while True:
        best = _highest(acquisition, space, [setting, *space.neighbours(setting)])
        if setting_key(best) == setting_key(setting):
            return setting_key(setting), setting
        setting = best


def _highest(acquisition, space, settings):
    values = acquisition(np.array([space.encode(setting) for setting in settings]))
    return settings[int(np.argmax(values))]
