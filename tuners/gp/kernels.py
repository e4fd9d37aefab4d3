"""The Matérn 5/2 kernel with a length scale for each parameter.

    n, m     numbers of points                 D       columns of a point
    X, Z     points, (n, D) and (m, D)         ℓ       length scales, (D,)
    r        scaled distance, (n, m):          r² = Σ_d (X_d − Z_d)² / ℓ_d²
    M(r)     (1 + √5 r + 5/3 r²) exp(−√5 r)    correlation

Rasmussen & Williams 2006, Gaussian Processes for Machine Learning, equation (4.17).
"""

import numpy as np

_SQRT5 = np.sqrt(5.0)


def scaled_differences(X, Z, lengthscales):
    """Returns (X_d − Z_d) / ℓ_d as an array of shape (n, m, D).

    Args:
        X: Points of shape (n, D).
        Z: Points of shape (m, D).
        lengthscales: Array of shape (D,), each above 0.
    """
    return (X[:, np.newaxis, :] - Z[np.newaxis, :, :]) / lengthscales


def matern52(differences):
    """Returns the correlation M(r) as an array of shape (n, m).

    Args:
        differences: Scaled differences of shape (n, m, D).
    """
    r = _distance(differences)
    return (1.0 + _SQRT5 * r + 5.0 / 3.0 * r**2) * np.exp(-_SQRT5 * r)


def matern52_slope(differences):
    """Returns −M'(r) / r as an array of shape (n, m); it is finite at r = 0.

    With it, dM / dX_d     = −slope · (X_d − Z_d) / ℓ_d²
    and      dM / dlog ℓ_d =  slope · (X_d − Z_d)² / ℓ_d².

    Args:
        differences: Scaled differences of shape (n, m, D).
    """
    r = _distance(differences)
    return 5.0 / 3.0 * (1.0 + _SQRT5 * r) * np.exp(-_SQRT5 * r)


def _distance(differences):
    return np.sqrt(np.sum(differences**2, axis=-1))
