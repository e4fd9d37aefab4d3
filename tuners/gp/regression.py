"""Gaussian process regression with its hyperparameters at their most probable values.

    n, D     points and columns               X, y    data, (n, D) and (n,); y standardised
    G        parameters; a parameter may have several columns, which share its length scale
    ℓ        length scales, (G,)              s       signal variance
    v        noise variance                   K       s C + v I, (n, n), C as in kernels.py
    L        Cholesky factor of K             a       K⁻¹ y, (n,)
    θ        (log ℓ, log s, log v), (G + 2,)  P       pairs of points, n (n − 1) / 2

    log p(y|X) = −½ yᵀa − Σ log L_ii − ½ n log 2π        (2.30) of Rasmussen & Williams 2006
    d/dθ       = ½ tr((a aᵀ − K⁻¹) dK/dθ)                (5.9)
    mean(x)    = k(x)ᵀ a,  var(x) = s − |L⁻¹ k(x)|²      (2.25), (2.26)
    left out   mean_i = y_i − a_i / [K⁻¹]_ii             (5.12)

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

from tuners.gp.kernels import correlation, correlation_with_slopes, squared_distances

# On pure noise leaving one out errs 0.83 to 1.02 times as much as the mean does (8 searches of 30
# trials, 4 parameters; seven of them 0.94 at least), on a sum of squares with noise 0.40 to 0.75.
ON_NOISE = 0.9
_LENGTHSCALE_MODE = 0.8  # of log ℓ of 7 parameters, in width 1
_SHARED_SPREAD, _OWN_SPREAD = 0.7, 0.8  # of log ℓ: of what all share, and of each one's own part
_NOISE_MODE = np.log(1e-2)  # of log v, y having variance 1
_LESS_NOISE, _MORE_NOISE = 3.0, 1.0  # spreads of log v, below its mode and above it
_SIGNAL_SPREAD = 1.0  # of log s, around 0
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
        signal: Signal variance s.
        noise: Noise variance v.
        cholesky: Lower factor L of K, of shape (n, n).
        weights: K⁻¹ y, of shape (n,).
    """

    X: np.ndarray
    y: np.ndarray
    groups: np.ndarray
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
        k = self.signal * correlation(self._squared_distances(Z))
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
        C, slopes = correlation_with_slopes(self._squared_distances(Z))
        k, slopes = self.signal * C, self.signal * slopes
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
        return _condition(X, y, self.groups, self.lengthscales, self.signal, self.noise)

    def _squared_distances(self, Z):
        """Returns r_g² of Z and the data as an array of shape (G, m, n)."""
        return squared_distances(Z, self.X, self.lengthscales, self.groups)

    def _std(self, explained):
        return np.sqrt(np.maximum(self.signal - explained, 1e-18))

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
    lengthscales, signal, noise = posterior.most_probable(max(low, _LEAST_NOISE), high, seed)
    return _condition(X, y, groups, lengthscales[groups], signal, noise)


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
        """Returns ℓ, s and v where the density is highest, of few points from several starts."""
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
        return np.exp(theta[:-2]), np.exp(theta[-2]), np.exp(theta[-1])

    def loss(self, theta):
        """Returns −log p(θ | X, y), and its gradient of shape (G + 2,)."""
        signal, noise = np.exp(theta[-2]), np.exp(theta[-1])
        squares = np.exp(-2 * theta[:-2])[:, np.newaxis] * self._squares
        C, slopes = correlation_with_slopes(squares)  # of the pairs; on the diagonal C is 1
        try:
            cholesky = _robust_cholesky(self._symmetric(signal * C, signal + noise))
        except linalg.LinAlgError:
            return _IMPOSSIBLE, np.zeros_like(theta)
        a, W = self._solve(cholesky)
        W_pairs, trace = W[self._below, self._left], np.trace(W)
        by_scale = signal * (slopes * squares) @ W_pairs
        by_signal = signal * (W_pairs @ C + 0.5 * trace)
        log_likelihood = -0.5 * self._y @ a - np.sum(np.log(np.diag(cholesky)))
        log_prior, prior_gradient = self.prior.log_density(theta)
        gradient = np.array([*by_scale, by_signal, 0.5 * noise * trace]) + prior_gradient
        return -(log_likelihood + log_prior), -gradient

    def _symmetric(self, pairs, diagonal):
        """Returns a matrix of shape (n, n) from its pairs and its diagonal."""
        K = np.empty((len(self._y), len(self._y)))
        K[self._below, self._left] = K[self._left, self._below] = pairs
        np.fill_diagonal(K, diagonal)
        return K

    def _solve(self, cholesky):
        """Returns a, and W = a aᵀ − K⁻¹ of (5.9)."""
        inverse = linalg.lapack.dpotri(cholesky, lower=1)[0]  # its lower triangle
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        a = inverse @ self._y
        return a, np.outer(a, a) - inverse


class Prior:
    """A normal prior on θ, in which the length scales go together; of the noise two halves.

    Args:
        parameters: Their number G.
    """

    def __init__(self, parameters):
        lengthscale = _LENGTHSCALE_MODE + 0.5 * np.log(parameters / 7)
        self.mode = np.array([*[lengthscale] * parameters, 0.0, _NOISE_MODE])
        spread = np.array([*[_OWN_SPREAD] * parameters, _SIGNAL_SPREAD, _LESS_NOISE])
        self.covariance = np.diag(spread**2)
        self.covariance[:parameters, :parameters] += _SHARED_SPREAD**2
        self._precision = linalg.inv(self.covariance)

    def draw(self, count, seed):
        """Returns random θ to start from, of shape (count, G + 2)."""
        generator = np.random.default_rng(seed)
        return generator.multivariate_normal(self.mode, self.covariance, count, method="cholesky")

    def log_density(self, theta):
        """Returns the density up to a constant, and its gradient."""
        away = theta - self.mode
        pull = self._precision @ away
        if away[-1] > 0:  # the noise is independent of all else
            pull[-1] *= (_LESS_NOISE / _MORE_NOISE) ** 2
        return -0.5 * away @ pull, -pull


def _condition(X, y, groups, lengthscales, signal, noise):
    K = signal * correlation(squared_distances(X, X, lengthscales, groups))
    np.fill_diagonal(K, signal + noise)
    cholesky = _robust_cholesky(K)
    weights = linalg.cho_solve((cholesky, True), y, check_finite=False)
    return GaussianProcess(X, y, groups, lengthscales, signal, noise, cholesky, weights)


def _robust_cholesky(K):
    """Returns the lower factor; equal points without noise get the least jitter that helps."""
    for jitter in (0.0, 1e-10, 1e-8, 1e-6, 1e-4):
        try:
            shifted = K + jitter * K[0, 0] * np.eye(len(K)) if jitter else K
            return linalg.cholesky(shifted, lower=True, check_finite=False)
        except linalg.LinAlgError:
            continue
    raise linalg.LinAlgError("the kernel matrix is not positive definite")
