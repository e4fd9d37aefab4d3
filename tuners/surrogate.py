"""What a Bayesian search believes: a Gaussian process of the trials, in the unit of their costs.

Costs are to be minimised. The process sees them on a scale of its own.
"""

import numpy as np

from tuners.gp.acquisition import Acquisition
from tuners.gp.fidelity import Curves, WholeTrials
from tuners.gp.maximisation import candidates, climb
from tuners.gp.regression import fit_gaussian_process
from tuners.gp.scale import Scale
from tuners.space import setting_key

_STARTS = 8  # settings of high acquisition that are compared
_CLIMBED = 3  # of these, the best, are improved step by step
_STEPS = 3  # of one parameter each
_LEAST_GAIN = 0.02  # standard deviations of the costs: what is less does not count as improvement
_NEAR = 0.3  # of the length scales: how far around the best settings candidates are


class Surrogate:
    """A Gaussian process of trials, and the acquisition on it.

    Args:
        space: A `Space`.
        known: List of settings, dicts of active values.
        costs: Their costs, finite, of shape (known,).
        curves: None; or, where some trials were stopped early, the costs after each epoch, a list
            of arrays of shape (epochs,).
        pending: List of settings that are being tried: they count as the process' own mean.
        acquisition: As in `Acquisition`.
        beta: As in `Acquisition`.
        belief: As in `Acquisition`.
        noise: Standard deviation of the costs' noise, in their unit; None to learn it. The scale of
            the process does not bend costs whose noise is told: it would be of many sizes there.
        noise_floor: As in `fit_gaussian_process`.
        seed: A whole number of at least 0.

    Attributes:
        known: The settings.
        costs: Their costs, of shape (known,).
        believed: What the process takes these for, of shape (known,): the worst are drawn in.
        scale: The `Scale`.
        process: The `GaussianProcess` of the finished trials; or, with curves, something that
            predicts as one does.
        acquisition: The `Acquisition`, the pending trials known.
    """

    def __init__(
        self,
        space,
        known,
        costs,
        *,
        curves=None,
        pending=(),
        acquisition="log_ei",
        beta=2.6,
        belief=None,
        noise=None,
        noise_floor=1e-8,
        seed=0,
    ):
        self.known, self.costs = known, np.asarray(costs, dtype=float)
        self._space, self._seed = space, seed
        self._X = np.array([space.encode(values) for values in known])
        self._observed = WholeTrials(self.costs) if curves is None else Curves(curves)
        X, groups, costs = self._observed.rows(self._X, space.groups)
        self.scale = Scale.of(costs, bends=noise is None)
        self.believed = np.minimum(self.costs, self.scale.worst)
        self._fitted = fit_gaussian_process(
            X,
            self.scale.standard(costs),
            groups=groups,
            noise=None if noise is None else (noise / self.scale.unit) ** 2,
            noise_floor=noise_floor,
            seed=seed,
        )
        self.process = self._observed.seen(self._fitted)
        self._means, best = self._observed.means_and_best(self.process, self._X)
        process, expected = self._with_pending(pending)
        best = float(min([best, *expected])) - _LEAST_GAIN * self._fitted.y.std()
        self.acquisition = Acquisition(acquisition, process, best=best, beta=beta, belief=belief)

    def predict(self, settings, width):
        """Returns what the process predicts of settings, in the unit of the costs.

        Args:
            settings: List of m settings.
            width: Half the width of a band, in standard deviations of the process.

        Returns:
            Three arrays of shape (m,): the median of the costs, and the ends of the band.
        """
        mean, std = self.process.predict(self._encode(settings))
        return tuple(map(self.scale.costs, (mean, mean - width * std, mean + width * std)))

    def acquisition_of(self, settings):
        """Returns the acquisition of settings, an array; the higher, the sooner it is tried."""
        return self.acquisition(self._encode(settings))

    def error(self):
        """Returns how well the process predicts what it does not know (guide row 91).

        Returns:
            The root of the mean squared error at each cost left out, as a share of that of the mean
            of the other costs: below `ON_NOISE` the process knows something.
        """
        y = self._fitted.y
        from_mean = (y - y.mean()) * len(y) / (len(y) - 1)
        missed = y - self._fitted.leave_one_out()
        return float(np.sqrt(np.mean(missed**2) / max(np.mean(from_mean**2), 1e-300)))

    def best_untried(self, tried):
        """Returns the setting of the highest acquisition whose key is not in `tried`, or None."""
        points = climb(self.acquisition, self._candidates())
        settings = {}
        for setting in map(self._space.decode, points):
            settings.setdefault(setting_key(setting), setting)
            if len(settings) == _STARTS:
                break
        improved = [self._improve(setting) for setting in list(settings.values())[:_CLIMBED]]
        settings.update((setting_key(setting), setting) for setting in improved)
        fresh = [setting for key, setting in settings.items() if key not in tried]
        if not fresh:  # all are taken: the best of the whole list
            fresh = [s for s in map(self._space.decode, points) if setting_key(s) not in tried]
        return self._highest(fresh) if fresh else None

    # --- steps ------------------------------------------------------------------------------------

    def _with_pending(self, pending):
        """Returns the process that knows pending settings at its own mean, and those means."""
        if not pending:
            return self.process, ()
        Z = self._encode(pending)
        expected = self.process.predict(Z)[0]
        y = np.concatenate([self._fitted.y, expected])
        X = np.concatenate([self._fitted.X, self._observed.at_full_length(Z)])
        return self._observed.seen(self._fitted.with_points(X, y)), expected

    def _candidates(self):
        order = np.argsort(self._means, kind="stable")
        reach = _NEAR * self._fitted.lengthscales[: self._X.shape[1]]
        generator = np.random.default_rng(self._seed)
        return self._space.snap(candidates(self._X[order], reach, generator))

    def _improve(self, setting):
        """Steps to the best neighbour while that is better."""
        for _ in range(_STEPS):
            best = self._highest([setting, *self._space.neighbours(setting)])
            if setting_key(best) == setting_key(setting):
                break
            setting = best
        return setting

    def _highest(self, settings):
        return settings[int(np.argmax(self.acquisition_of(settings)))]

    def _encode(self, settings):
        return np.array([self._space.encode(setting) for setting in settings])
