"""A Gaussian process whose hyperparameters are known.

    n, D     points and columns               X, y    data, (n, D) and (n,); y standardised
    G        parameters; a parameter may have several columns, which share its length scale
    ℓ        length scales, (D,)              s       variance of all parameters together
    v        noise variance                   a       variance of each parameter alone
    M, A     correlations as in kernels.py    K       s M + a A + v I, (n, n)
    L        Cholesky factor of K             α       K⁻¹ y, (n,)

    mean(x)    = k(x)ᵀ α,  var(x) = s + a − |L⁻¹ k(x)|²     (2.25), (2.26)
    left out   mean_i = y_i − α_i / [K⁻¹]_ii                (5.12)

The equations are those of Rasmussen & Williams 2006, Gaussian Processes for Machine Learning.
"""

import dataclasses

import numpy as np
from scipy import linalg

from tuners.gp.kernels import correlations, correlations_with_slopes, squared_distances

_BLOCK = 2**15  # numbers of a matrix that is computed at once: they stay near the processor


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

    @classmethod
    def of(cls, X, y, groups, lengthscales, signal, alone, noise):
        """Returns the process that knows data, its hyperparameters being given."""
        K = _covariance(X, X, groups, lengthscales, signal, alone)
        np.fill_diagonal(K, signal + alone + noise)
        cholesky = robust_cholesky(K)
        weights = linalg.cho_solve((cholesky, True), y, check_finite=False)
        return cls(X, y, groups, lengthscales, signal, alone, noise, cholesky, weights)

    def predict(self, Z):
        """Returns mean and standard deviation of the noiseless function at Z.

        Args:
            Z: Points of shape (m, D).

        Returns:
            Two arrays of shape (m,).
        """
        k = _covariance(Z, self.X, self.groups, self.lengthscales, self.signal, self.alone)
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
        squares = squared_distances(Z, self.X, self.lengthscales, self.groups)
        M, A, slope, slopes = correlations_with_slopes(squares)
        k, slopes = self.signal * M + self.alone * A, self.signal * slope + self.alone * slopes
        solved = linalg.cho_solve((self.cholesky, True), k.T, check_finite=False).T
        std = self._std(np.sum(k * solved, axis=1))
        std_gradient = -self._pulled(Z, slopes * solved) / std[:, np.newaxis]
        return k @ self.weights, std, self._pulled(Z, slopes * self.weights), std_gradient

    def means(self):
        """Returns the mean at each of its points, of shape (n,): K α is y, noise included."""
        return self.y - self.noise * self.weights

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
        return self.of(X, y, self.groups, *learned)

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
        from_here = Z * pulls.sum(axis=2)[self.groups].T
        return (np.transpose(to_data) - from_here) / self.lengthscales**2


def robust_cholesky(K):
    """Returns the lower factor; equal points without noise get the least jitter that helps."""
    for jitter in (0.0, 1e-10, 1e-8, 1e-6, 1e-4):
        try:
            shifted = K + jitter * K[0, 0] * np.eye(len(K)) if jitter else K
            return linalg.cholesky(shifted, lower=True, check_finite=False)
        except linalg.LinAlgError:
            continue
    raise linalg.LinAlgError("the kernel matrix is not positive definite")


def _covariance(X, Z, groups, lengthscales, signal, alone):
    """Returns s M + a A of X and Z, of shape (n, m); by blocks of rows, which is faster."""
    blocks = np.array_split(X, 1 + len(X) * len(Z) // _BLOCK)
    parts = [correlations(squared_distances(block, Z, lengthscales, groups)) for block in blocks]
    return np.concatenate([signal * M + alone * A for M, A in parts])
