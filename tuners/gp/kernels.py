"""The Matérn 5/2 kernel with a length scale for each parameter.

    n, m     numbers of points                 D       columns of a point
    X, Z     points, (n, D) and (m, D)         ℓ       length scales, (D,)
    r        scaled distance, (n, m):          r² = Σ_d (X_d − Z_d)² / ℓ_d²
    M(r)     (1 + √5 r + 5/3 r²) exp(−√5 r)    correlation

Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, equation (4.17).
"""

import numpy as np

_SQRT5 = np.sqrt(5.0)


def scaled_distance(X, Z, lengthscales):
    """Returns r as an array of shape (n, m).

    Args:
        X: Points of shape (n, D).
        Z: Points of shape (m, D).
        lengthscales: Array of shape (D,), each above 0.
    """
    X, Z = X / lengthscales, Z / lengthscales
    squares = np.sum(X**2, axis=1)[:, np.newaxis] + np.sum(Z**2, axis=1) - 2.0 * (X @ Z.T)
    return np.sqrt(np.maximum(squares, 0.0))  # below 0 by rounding, where points are equal


def matern52(r):
    """Returns the correlation M(r), an array of the shape of r."""
    r = _SQRT5 * r
    return (1.0 + r + r**2 / 3.0) * np.exp(-r)


def matern52_slope(r):
    """Returns −M'(r) / r, an array of the shape of r; it is finite at r = 0.

    With it, dM / dX_d     = −slope · (X_d − Z_d) / ℓ_d²
    and      dM / dlog ℓ_d =  slope · (X_d − Z_d)² / ℓ_d².
    """
    r = _SQRT5 * r
    return 5.0 / 3.0 * (1.0 + r) * np.exp(-r)
