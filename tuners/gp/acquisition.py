"""Where to look next: acquisitions on a Gaussian process, to be maximised.

    μ, σ     mean and standard deviation of the process at a point; small values are good
    best     the least posterior mean at the points that are known
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
    """

    def __init__(self, name, process, *, best=0.0, beta=2.6):
        self._score = {"log_ei": self._log_ei, "ucb": self._ucb, "uncertainty": self._std}[name]
        self._process, self._best, self._beta = process, best, beta

    def __call__(self, Z):
        """Returns the acquisition at points of shape (m, D) as an array of shape (m,)."""
        mean, std = self._process.predict(Z)
        return self._score(mean, std)[0]

    def with_gradient(self, z):
        """Returns the acquisition at a point of shape (D,), and its gradient of shape (D,)."""
        mean, std, mean_gradient, std_gradient = self._process.predict_with_gradient(z)
        value, by_mean, by_std = self._score(mean, std)
        return float(value), by_mean * mean_gradient + by_std * std_gradient

    def _log_ei(self, mean, std):
        z = (self._best - mean) / std
        log_improvement = log_h(z)
        slope = np.exp(log_ndtr(z) - log_improvement)  # h'(z) / h(z), since h' = Φ
        return log_improvement + np.log(std), -slope / std, (1.0 - slope * z) / std

    def _ucb(self, mean, std):
        return self._beta * std - mean, -1.0, self._beta

    def _std(self, mean, std):
        return std + 0.0 * mean, 0.0, 1.0
