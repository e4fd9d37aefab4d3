"""Gaussian process regression with its hyperparameters at their most probable values.

    G        parameters; a parameter may have several columns, which share its length scale
    P        pairs of points, n (n − 1) / 2   θ       (log ℓ, log s, log a, log v), (G + 3,)
    ℓ        length scales, (G,); all else as in process.py

    log p(y|X) = −½ yᵀα − Σ log L_ii − ½ n log 2π           (2.30)
    d/dθ       = ½ tr((α αᵀ − K⁻¹) dK/dθ)                   (5.9)

The equations are those of Rasmussen & Williams 2006, as in process.py.
"""

import numpy as np
from scipy import linalg, optimize

from tuners.gp.kernels import correlations_with_slopes
from tuners.gp.prior import Prior
from tuners.gp.process import GaussianProcess, robust_cholesky

# On pure noise leaving one out errs 0.83 to 1.02 times as much as the mean does (8 searches of 30
# trials, 4 parameters; seven of them 0.94 at least), on a sum of squares with noise 0.40 to 0.75.
ON_NOISE = 0.9
_RESTARTS, _FEW = 1, 40  # searches for θ from random starts too, and up to how many points
_BOUND = 12.0  # of |θ|: beyond it nothing changes any more
_LEAST_NOISE = 1e-10  # variance: less makes K singular
_MOST_LEARNED = 128  # points
_STEPS = 60  # of the optimiser, from each start
_TOLERANCE = 1e-6  # of −log p, relative, at which it stops
_IMPOSSIBLE = 1e10  # −log p of θ whose K cannot be factored


def fit_gaussian_process(
    X, y, *, groups=None, noise=None, noise_floor=1e-8, seed=0, most=_MOST_LEARNED
):
    """Fits a process to data by maximising the posterior of θ.

    Args:
        X: Points of shape (n, D), best within [0, 1].
        y: Values of shape (n,), standardised.
        groups: Integer array of shape (D,): the parameter of each column, 0 to G − 1. None: each
            column is a parameter.
        noise: The noise variance, or None to learn it.
        noise_floor: The smallest noise variance that may be learned.
        seed: A whole number of at least 0, of the restarts.
        most: From how many points θ is learned, at most; of more it takes the lowest half of `y`
            and the latest. The process itself always knows all points.

    Returns:
        A `GaussianProcess`.
    """
    groups = np.arange(X.shape[1]) if groups is None else np.asarray(groups)
    learned = _telling_points(y, most)
    posterior = Posterior(X[learned], y[learned], groups)
    low, high = (noise_floor, np.inf) if noise is None else (noise, noise)
    lengthscales, *variances = posterior.most_probable(max(low, _LEAST_NOISE), high, seed)
    return GaussianProcess.of(X, y, groups, lengthscales[groups], *variances)


def _telling_points(y, most):
    """Returns the indices of the points from which θ is learned."""
    if len(y) <= most:
        return np.arange(len(y))
    latest = np.arange(len(y) - most // 2, len(y))
    lowest = np.argsort(y[: latest[0]], kind="stable")[: most - len(latest)]
    return np.sort(np.concatenate([lowest, latest]))


class Posterior:
    """The posterior density of θ, given data, up to a constant.

    Args:
        X: Points of shape (n, D).
        y: Values of shape (n,).
        groups: Integer array of shape (D,): the parameter of each column.
    """

    def __init__(self, X, y, groups):
        self._y = y
        self._below, self._left = np.tril_indices(len(X), -1)
        squares = (X[self._below] - X[self._left]) ** 2  # (P, D)
        self._squares = np.zeros((int(groups.max()) + 1, len(squares)))  # (G, P)
        np.add.at(self._squares, groups, squares.T)
        self.prior = Prior(len(self._squares))

    def most_probable(self, least_noise, most_noise, seed):
        """Returns ℓ, s, a and v where the density is highest, of few points from several starts."""
        noise = np.clip(np.log([least_noise, max(least_noise, most_noise)]), None, _BOUND)
        bounds = [*[(-_BOUND, _BOUND)] * (len(self.prior.mode) - 1), tuple(noise)]
        restarts = _RESTARTS if len(self._y) <= _FEW else 0  # many points leave one mode
        starts = [self.prior.mode, *self.prior.draw(restarts, seed)]
        options = {"maxiter": _STEPS, "ftol": _TOLERANCE}
        fits = [
            optimize.minimize(
                self.loss, start, jac=True, bounds=bounds, method="L-BFGS-B", options=options
            )
            for start in starts
        ]
        theta = min(fits, key=lambda fit: fit.fun).x
        return np.exp(theta[:-3]), *np.exp(theta[-3:])

    def loss(self, theta):
        """Returns −log p(θ | X, y), and its gradient of shape (G + 3,)."""
        signal, alone, noise = np.exp(theta[-3:])
        squares = np.exp(-2 * theta[:-3])[:, np.newaxis] * self._squares
        M, A, slope, slopes = correlations_with_slopes(squares)  # of the pairs
        try:
            K = self._symmetric(signal * M + alone * A, signal + alone + noise)
            cholesky = robust_cholesky(K)
        except linalg.LinAlgError:
            return _IMPOSSIBLE, np.zeros_like(theta)
        weights, W = self._solve(cholesky)
        W_pairs, trace = W[self._below, self._left], np.trace(W)
        by_scale = ((signal * slope + alone * slopes) * squares) @ W_pairs
        by_signal = signal * (W_pairs @ M + 0.5 * trace)
        by_alone = alone * (W_pairs @ A + 0.5 * trace)
        log_likelihood = -0.5 * self._y @ weights - np.sum(np.log(np.diag(cholesky)))
        log_prior, prior_gradient = self.prior.log_density(theta)
        by_variance = [by_signal, by_alone, 0.5 * noise * trace]
        gradient = np.array([*by_scale, *by_variance]) + prior_gradient
        return -(log_likelihood + log_prior), -gradient

    def _symmetric(self, pairs, diagonal):
        """Returns a matrix of shape (n, n) from its pairs and its diagonal."""
        K = np.empty((len(self._y), len(self._y)))
        K[self._below, self._left] = K[self._left, self._below] = pairs
        np.fill_diagonal(K, diagonal)
        return K

    def _solve(self, cholesky):
        """Returns α, and W = α αᵀ − K⁻¹ of (5.9)."""
        inverse = linalg.lapack.dpotri(cholesky, lower=1)[0]  # its lower triangle
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        weights = inverse @ self._y
        return weights, np.outer(weights, weights) - inverse
