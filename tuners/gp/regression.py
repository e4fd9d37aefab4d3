"""Gaussian process regression with its hyperparameters at their most probable values.

    n, D     points and columns               X, y    data, (n, D) and (n,); y standardised
    G        parameters; a parameter may have several columns, which share its length scale
    ℓ        length scales, (G,)              s       variance of all parameters together
    v        noise variance                   a       variance of each parameter alone
    M, A     correlations as in kernels.py    K       s M + a A + v I, (n, n)
    L        Cholesky factor of K             α       K⁻¹ y, (n,)
    P        pairs of points, n (n − 1) / 2   θ       (log ℓ, log s, log a, log v), (G + 3,)

    log p(y|X) = −½ yᵀα − Σ log L_ii − ½ n log 2π           (2.30) of Rasmussen & Williams 2006
    d/dθ       = ½ tr((α αᵀ − K⁻¹) dK/dθ)                   (5.9)
    mean(x)    = k(x)ᵀ α,  var(x) = s + a − |L⁻¹ k(x)|²     (2.25), (2.26)
    left out   mean_i = y_i − α_i / [K⁻¹]_ii                (5.12)

The priors are log-normal, their modes in log θ. Length scales are one family: log ℓ is a common
part, how fast the function changes at all, and a part of each parameter's own, how much it matters.
Few trials so tell of all length scales together, where independent priors would have to be
overcome one by one. Their mode grows with the root of the number of parameters, as distances do:
with short ones many dimensions look like noise (Hvarfner et al. 2024, arXiv:2402.02229). There may
be much less noise than its mode, but hardly more: a process that is free to take a narrow valley
for noise does so, and does not look there.

Measured with benchmarks/search.py against independent priors around 0.5, of spread 1, and noise of
spread 1.5: half the regret on the three harder tasks at 30 trials, a third on Hartmann's function
at 50.
"""

import dataclasses

import numpy as np
from scipy import linalg, optimize

from tuners.gp.kernels import correlations, correlations_with_slopes, squared_distances

# On pure noise leaving one out errs 0.83 to 1.02 times as much as the mean does (8 searches of 30
# trials, 4 parameters; seven of them 0.94 at least), on a sum of squares with noise 0.40 to 0.75.
ON_NOISE = 0.9
_LENGTHSCALE_MODE = 0.8  # of log ℓ of 7 parameters, in width 1
_SHARED_SPREAD, _OWN_SPREAD = 0.7, 0.8  # of log ℓ: of what all share, and of each one's own part
_NOISE_MODE = np.log(1e-2)  # of log v, y having variance 1
_LESS_NOISE, _MORE_NOISE = 3.0, 1.0  # spreads of log v, below its mode and above it
_SIGNAL_MODES = np.log(0.7), np.log(0.3)  # of log s and log a
_SIGNAL_SPREADS = 1.0, 1.5
_RESTARTS, _FEW = 1, 64  # searches for θ from random starts too, and up to how many points
_BOUND = 12.0  # of |θ|: beyond it nothing changes any more
_LEAST_NOISE = 1e-10  # variance: less makes K singular
_MOST_LEARNED = 192  # points
_STEPS = 60  # of the optimiser, from each start
_TOLERANCE = 1e-6  # of −log p, relative, at which it stops
_IMPOSSIBLE = 1e10  # −log p of θ whose K cannot be factored


@dataclasses.dataclass(frozen=True)
class GaussianProcess:
    """A fitted process.

    Attributes:
        X: Points of shape (n, D).
        y: Values of shape (n,).
        groups: Integer array of shape (D,): the parameter of each column.
        lengthscales: Array of shape (D,), one for each column.
        signal: Variance s of all parameters together.
        alone: Variance a of each parameter alone.
        noise: Noise variance v.
        cholesky: Lower factor L of K, of shape (n, n).
        weights: K⁻¹ y, of shape (n,).
    """

    X: np.ndarray
    y: np.ndarray
    groups: np.ndarray
    lengthscales: np.ndarray
    signal: float
    alone: float
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
        k = _covariance(self._squared_distances(Z), self.signal, self.alone)
        half = linalg.solve_triangular(self.cholesky, k.T, lower=True, check_finite=False)
        return k @ self.weights, self._std(np.sum(half**2, axis=0))

    def predict_with_gradient(self, Z):
        """Returns mean and standard deviation at Z, and their gradients.

        Args:
            Z: Points of shape (m, D).

        Returns:
            Four arrays: mean and standard deviation of shape (m,), and their gradients by the
            coordinates of each point, of shape (m, D).
        """
        M, A, slope, slopes = correlations_with_slopes(self._squared_distances(Z))
        k, slopes = self.signal * M + self.alone * A, self.signal * slope + self.alone * slopes
        solved = linalg.cho_solve((self.cholesky, True), k.T, check_finite=False).T
        std = self._std(np.sum(k * solved, axis=1))
        std_gradient = -self._pulled(Z, slopes * solved) / std[:, np.newaxis]
        return k @ self.weights, std, self._pulled(Z, slopes * self.weights), std_gradient

    def leave_one_out(self):
        """Returns the mean at each point of a process without that point, of shape (n,)."""
        inverse = linalg.cho_solve((self.cholesky, True), np.eye(len(self.X)), check_finite=False)
        return self.y - self.weights / np.diag(inverse)

    def with_points(self, X, y):
        """Returns the process with the same θ and other data.

        Args:
            X: Points of shape (n, D).
            y: Values of shape (n,).
        """
        learned = (self.lengthscales, self.signal, self.alone, self.noise)
        return _condition(X, y, self.groups, *learned)

    def _squared_distances(self, Z):
        """Returns r_g² of Z and the data as an array of shape (G, m, n)."""
        return squared_distances(Z, self.X, self.lengthscales, self.groups)

    def _std(self, explained):
        return np.sqrt(np.maximum(self.signal + self.alone - explained, 1e-18))

    def _pulled(self, Z, pulls):
        """Returns Σ_j pulls_ij (X_jd − Z_id) / ℓ_d² as an array of shape (m, D).

        Args:
            Z: Points of shape (m, D).
            pulls: Array of shape (G, m, n): of a column, those of its parameter count.
        """
        columns = enumerate(self.groups)
        to_data = [pulls[group] @ self.X[:, column] for column, group in columns]
        return (
            np.transpose(to_data) - Z * pulls.sum(axis=2).T[:, self.groups]
        ) / self.lengthscales**2


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
    return _condition(X, y, groups, lengthscales[groups], *variances)


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
        M, A, slope, slopes = correlations_with_slopes(
            squares
        )  # of pairs; M = A = 1 on the diagonal
        try:
            K = self._symmetric(signal * M + alone * A, signal + alone + noise)
            cholesky = _robust_cholesky(K)
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


class Prior:
    """A normal prior on θ, in which the length scales go together; of the noise two halves.

    Args:
        parameters: Their number G.
    """

    def __init__(self, parameters):
        lengthscale = _LENGTHSCALE_MODE + 0.5 * np.log(parameters / 7)
        self.mode = np.array([*[lengthscale] * parameters, *_SIGNAL_MODES, _NOISE_MODE])
        spread = np.array([*[_OWN_SPREAD] * parameters, *_SIGNAL_SPREADS, _LESS_NOISE])
        self.covariance = np.diag(spread**2)
        self.covariance[:parameters, :parameters] += _SHARED_SPREAD**2
        self._precision = linalg.inv(self.covariance)

    def draw(self, count, seed):
        """Returns random θ to start from, of shape (count, G + 3)."""
        generator = np.random.default_rng(seed)
        return generator.multivariate_normal(self.mode, self.covariance, count, method="cholesky")

    def log_density(self, theta):
        """Returns the density up to a constant, and its gradient."""
        away = theta - self.mode
        pull = self._precision @ away
        if away[-1] > 0:  # the noise is independent of all else
            pull[-1] *= (_LESS_NOISE / _MORE_NOISE) ** 2
        return -0.5 * away @ pull, -pull


def _condition(X, y, groups, lengthscales, signal, alone, noise):
    K = _covariance(squared_distances(X, X, lengthscales, groups), signal, alone)
    np.fill_diagonal(K, signal + alone + noise)
    cholesky = _robust_cholesky(K)
    weights = linalg.cho_solve((cholesky, True), y, check_finite=False)
    return GaussianProcess(X, y, groups, lengthscales, signal, alone, noise, cholesky, weights)


def _covariance(squares, signal, alone):
    """Returns s M + a A, of shape (...), from r_g² as an array of shape (G, ...)."""
    M, A = correlations(squares)
    return signal * M + alone * A


def _robust_cholesky(K):
    """Returns the lower factor; equal points without noise get the least jitter that helps."""
    for jitter in (0.0, 1e-10, 1e-8, 1e-6, 1e-4):
        try:
            shifted = K + jitter * K[0, 0] * np.eye(len(K)) if jitter else K
            return linalg.cholesky(shifted, lower=True, check_finite=False)
        except linalg.LinAlgError:
            continue
    raise linalg.LinAlgError("the kernel matrix is not positive definite")
