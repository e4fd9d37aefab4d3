"""Gaussian process regression with its hyperparameters at their most probable values.

    n, D     points and columns               X, y    data, (n, D) and (n,); y standardised
    G        parameters; a parameter may have several columns, which share its length scale
    ℓ        length scales, (G,)              s       signal variance
    v        noise variance                   K       s M + v I, (n, n), M as in kernels.py
    L        Cholesky factor of K             a       K⁻¹ y, (n,)
    θ        (log ℓ, log s, log v), (G + 2,)

    log p(y|X) = −½ yᵀa − Σ log L_ii − ½ n log 2π        (2.30) of Rasmussen & Williams 2006
    d/dθ       = ½ tr((a aᵀ − K⁻¹) dK/dθ)                (5.9)
    mean(x)    = k(x)ᵀ a,  var(x) = s − |L⁻¹ k(x)|²      (2.25), (2.26)

The priors are log-normal. That of ℓ grows with the number of parameters, so that in many
dimensions the model does not begin as pure noise (Hvarfner et al. 2024, arXiv:2402.02229).
"""

import dataclasses

import numpy as np
from scipy import linalg, optimize

from tuners.gp.kernels import matern52, matern52_slope, scaled_differences

_LENGTHSCALE_SPREAD = np.sqrt(3.0)  # of log ℓ, Hvarfner et al. 2024
_NOISE_MODE, _NOISE_SPREAD = np.log(1e-2), 1.5  # of log v, y having variance 1
_SIGNAL_SPREAD = 1.0  # of log s, around 0
_RESTARTS = 2
_BOUND = 12.0  # of |θ|: beyond it nothing changes any more


@dataclasses.dataclass(frozen=True)
class GaussianProcess:
    """A fitted process.

    Attributes:
        X: Points of shape (n, D).
        lengthscales: Array of shape (D,), one for each column.
        signal: Signal variance s.
        noise: Noise variance v.
        cholesky: Lower factor L of K, of shape (n, n).
        weights: K⁻¹ y, of shape (n,).
    """

    X: np.ndarray
    lengthscales: np.ndarray
    signal: float
    noise: float
    cholesky: np.ndarray
    weights: np.ndarray

    def predict(self, Z):
        """Returns mean and standard deviation of the noiseless function at Z.

        Args:
            Z: Points of shape (m, D).

        Returns:
            Two arrays of shape (m,).
        """
        k = self.signal * matern52(scaled_differences(Z, self.X, self.lengthscales))
        half = linalg.solve_triangular(self.cholesky, k.T, lower=True)
        variance = np.maximum(self.signal - np.sum(half**2, axis=0), 1e-18)
        return k @ self.weights, np.sqrt(variance)

    def predict_with_gradient(self, z):
        """Returns mean and standard deviation at one point, and their gradients.

        Args:
            z: Point of shape (D,).

        Returns:
            Four values: mean, standard deviation, and their gradients of shape (D,).
        """
        differences = scaled_differences(z[np.newaxis], self.X, self.lengthscales)
        k = self.signal * matern52(differences)[0]
        slope = -self.signal * matern52_slope(differences)[0][:, np.newaxis]
        dk = slope * differences[0] / self.lengthscales  # (n, D)
        solved = linalg.cho_solve((self.cholesky, True), k)
        std = np.sqrt(max(self.signal - k @ solved, 1e-18))
        return k @ self.weights, std, dk.T @ self.weights, -(dk.T @ solved) / std

    def with_points(self, X, y):
        """Returns the process with the same θ and other data.

        Args:
            X: Points of shape (n, D).
            y: Values of shape (n,).
        """
        return _condition(X, y, self.lengthscales, self.signal, self.noise)


def fit_gaussian_process(X, y, *, groups=None, noise_floor=1e-6, seed=0):
    """Fits a process to data by maximising the posterior of θ.

    Args:
        X: Points of shape (n, D), best within [0, 1].
        y: Values of shape (n,), standardised.
        groups: Integer array of shape (D,): the parameter of each column, 0 to G − 1. None: each
            column is a parameter.
        noise_floor: The smallest noise variance.
        seed: A whole number of at least 0, of the restarts.

    Returns:
        A `GaussianProcess`.
    """
    groups = np.arange(X.shape[1]) if groups is None else np.asarray(groups)
    prior = _Prior(int(groups.max()) + 1)
    starts = [prior.mode, *prior.draw(_RESTARTS, seed)]
    bounds = [(-_BOUND, _BOUND)] * (len(prior.mode) - 1) + [(np.log(noise_floor), _BOUND)]

    def loss(theta):
        return _negative_log_posterior(theta, X, y, groups, prior)

    fits = [
        optimize.minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
        for start in starts
    ]
    best = min(fits, key=lambda fit: fit.fun)
    lengthscales, signal, noise = _unpack(best.x, groups)
    return _condition(X, y, lengthscales, signal, noise)


class _Prior:
    """Independent normal priors on θ."""

    def __init__(self, parameters):
        lengthscale_mode = np.sqrt(2.0) + 0.5 * np.log(parameters) - _LENGTHSCALE_SPREAD**2
        self.mode = np.array([*[lengthscale_mode] * parameters, 0.0, _NOISE_MODE])
        self._spread = np.array(
            [*[_LENGTHSCALE_SPREAD] * parameters, _SIGNAL_SPREAD, _NOISE_SPREAD]
        )

    def draw(self, count, seed):
        generator = np.random.default_rng(seed)
        return self.mode + self._spread * generator.standard_normal((count, len(self.mode)))

    def log_density(self, theta):
        """Returns the density up to a constant, and its gradient."""
        standard = (theta - self.mode) / self._spread
        return -0.5 * standard @ standard, -standard / self._spread


def _unpack(theta, groups):
    return np.exp(theta[:-2])[groups], np.exp(theta[-2]), np.exp(theta[-1])


def _condition(X, y, lengthscales, signal, noise):
    K = signal * matern52(scaled_differences(X, X, lengthscales))
    cholesky = _robust_cholesky(K + noise * np.eye(len(X)))
    return GaussianProcess(
        X, lengthscales, signal, noise, cholesky, linalg.cho_solve((cholesky, True), y)
    )


def _robust_cholesky(K):
    """Returns the lower factor; equal points without noise get the least jitter that helps."""
    for jitter in (0.0, 1e-10, 1e-8, 1e-6, 1e-4):
        try:
            return linalg.cholesky(K + jitter * K[0, 0] * np.eye(len(K)), lower=True)
        except linalg.LinAlgError:
            continue
    raise linalg.LinAlgError("the kernel matrix is not positive definite")


def _negative_log_posterior(theta, X, y, groups, prior):
    """Returns −log p(θ | X, y) up to a constant, and its gradient of shape (G + 2,)."""
    lengthscales, signal, noise = _unpack(theta, groups)
    differences = scaled_differences(X, X, lengthscales)
    M = matern52(differences)
    cholesky = _robust_cholesky(signal * M + noise * np.eye(len(X)))
    a = linalg.cho_solve((cholesky, True), y)
    log_likelihood = -0.5 * y @ a - np.sum(np.log(np.diag(cholesky)))
    W = np.outer(a, a) - linalg.cho_solve((cholesky, True), np.eye(len(X)))  # of (5.9)
    weighted_slope = signal * W * matern52_slope(differences)
    by_column = 0.5 * np.einsum("ij,ijd->d", weighted_slope, differences**2)
    by_group = np.bincount(groups, weights=by_column, minlength=len(theta) - 2)
    gradient = np.array([*by_group, 0.5 * signal * np.sum(W * M), 0.5 * noise * np.trace(W)])
    log_prior, prior_gradient = prior.log_density(theta)
    return -(log_likelihood + log_prior), -(gradient + prior_gradient)
