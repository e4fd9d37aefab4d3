"""Where to look next: acquisitions on a Gaussian process, to be maximised.

    μ, σ     mean and standard deviation of the process at a point; small values are good
    best     what is to be improved on
    z        (best − μ) / σ
    h(z)     φ(z) + z Φ(z), so that EI = σ h(z)           (Jones et al. 1998, equation 15)

log EI is computed without underflow (Ament et al. 2023, arXiv:2310.20708, equation 9): far from
the data EI is 0 in floating point and has no gradient; its logarithm has.
"""

import numpy as np
from scipy.special import erfcx, log_ndtr

ACQUISITIONS = ("log_ei", "ucb", "uncertainty")
_HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)
_FAR = -1e6  # below it log h(z) is its first term


def log_h(z):
    """Returns log(φ(z) + z Φ(z)) for an array or a scalar."""
    z = np.asarray(z, dtype=float)
    near, middle, far = np.maximum(z, -1.0), np.clip(z, _FAR, -1.0), np.minimum(z, _FAR)
    density = np.exp(-0.5 * near**2 - _HALF_LOG_2PI)
    direct = np.log(density + near * np.exp(log_ndtr(near)))
    ratio = np.sqrt(np.pi / 2.0) * erfcx(-middle / np.sqrt(2.0)) * -middle  # z Φ(z) / −φ(z)
    scaled = -0.5 * middle**2 - _HALF_LOG_2PI + np.log1p(-np.minimum(ratio, 1.0 - 1e-16))
    limit = -0.5 * far**2 - _HALF_LOG_2PI - 2.0 * np.log(-far)
    return np.where(z > -1.0, direct, np.where(z > _FAR, scaled, limit))


class Acquisition:
    """An acquisition on a fitted process.

    Args:
        name: "log_ei" (expected improvement), "ucb" (−(μ − β σ)) or "uncertainty" (σ, the guide's
            own; row 80).
        process: A `GaussianProcess`.
        best: The value to improve on, for "log_ei".
        beta: How many standard deviations count as much as the mean, for "ucb".
        belief: A `Belief` that is added, or None.
    """

    def __init__(self, name, process, *, best=0.0, beta=2.6, belief=None):
        self._score = {"log_ei": self._log_ei, "ucb": self._ucb, "uncertainty": self._std}[name]
        self._process, self._best, self._beta, self._belief = process, best, beta, belief

    def __call__(self, Z):
        """Returns the acquisition at points of shape (m, D) as an array of shape (m,)."""
        value = self._score(*self._process.predict(Z))[0]
        return value if self._belief is None else value + self._belief(Z)[0]

    def with_gradient(self, Z):
        """Returns the acquisition at points of shape (m, D), of shape (m,), and its gradients, of
        shape (m, D)."""
        mean, std, mean_gradient, std_gradient = self._process.predict_with_gradient(Z)
        value, by_mean, by_std = self._score(mean, std)
        gradient = by_mean[:, np.newaxis] * mean_gradient + by_std[:, np.newaxis] * std_gradient
        if self._belief is None:
            return value, gradient
        belief, belief_gradient = self._belief(Z)
        return value + belief, gradient + belief_gradient

    def _log_ei(self, mean, std):
        z = (self._best - mean) / std
        log_improvement = log_h(z)
        slope = np.exp(log_ndtr(z) - log_improvement)  # h'(z) / h(z), since h' = Φ
        return log_improvement + np.log(std), -slope / std, (1.0 - slope * z) / std

    def _ucb(self, mean, std):
        return self._beta * std - mean, -np.ones_like(mean), np.full_like(std, self._beta)

    def _std(self, mean, std):
        return std, np.zeros_like(mean), np.ones_like(std)


class Belief:
    """What is believed beforehand of where the best setting is: independent normal densities.

    Its logarithm is added to an acquisition with a weight that falls with the number of trials
    (πBO, Hvarfner et al. 2022, arXiv:2204.11051, equation 6).

    Args:
        centre: The most probable point, of shape (D,).
        precision: 1 / variance of each column, of shape (D,); 0 where nothing is believed.
        weight: What the logarithm is multiplied by.
    """

    def __init__(self, centre, precision, weight):
        self._centre, self._precision = centre, weight * precision

    def __call__(self, Z):
        """Returns the weighted logarithm at points of shape (m, D), up to a constant, of shape
        (m,), and its gradients, of shape (m, D)."""
        away = Z - self._centre
        return -0.5 * away**2 @ self._precision, -self._precision * away
