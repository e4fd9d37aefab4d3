"""Matérn 5/2 kernels: of all parameters together, and of each parameter alone.

    n, m     numbers of points                 D       columns of a point
    X, Z     points, (n, D) and (m, D)         G       parameters, each of one column or several
    g(d)     parameter of column d             ℓ       length scales, (D,), one for each parameter
    r_g      scaled distance in a parameter, (n, m):   r_g² = Σ_{d of g} (X_d − Z_d)² / ℓ_d²
    r        scaled distance:                          r² = Σ_g r_g²
    M(r)     (1 + √5 r + 5/3 r²) exp(−√5 r)
    A        of each alone:                            Σ_g M(r_g) / G

M is equation (4.17) of Rasmussen & Williams 2006, Gaussian Processes for Machine Learning. A is the
first order of Duvenaud et al. 2011 (arXiv:1112.4394): what a parameter does by itself is learned
from all trials that share its value, however far apart they are in the others.
"""

import numpy as np


def squared_distances(X, Z, lengthscales, groups):
    """Returns r_g² as an array of shape (G, n, m).

    Args:
        X: Points of shape (n, D).
        Z: Points of shape (m, D).
        lengthscales: Array of shape (D,), each above 0.
        groups: Integer array of shape (D,): the parameter of each column, 0 to G − 1.
    """
    X, Z = X / lengthscales, Z / lengthscales
    squares = np.zeros((int(groups.max()) + 1, len(X), len(Z)))
    for column, group in enumerate(groups):
        squares[group] += np.subtract.outer(X[:, column], Z[:, column]) ** 2
    return squares


def correlations(squares):
    """Returns M(r) and A, two arrays of shape (...), from r_g² as an array of shape (G, ...)."""
    alone = sum(map(matern52, squares))  # one by one: small arrays stay near the processor
    return matern52(squares.sum(axis=0)), alone / len(squares)


def correlations_with_slopes(squares):
    """Returns M(r), A and their slopes by each r_g², times −2; all are finite.

    With the slopes, dA / dX_d     = −slope_g(d) · (X_d − Z_d) / ℓ_d²
    and              dA / dlog ℓ_g =  slope_g · r_g²;            the same holds for M(r).

    Args:
        squares: Array of shape (G, ...).

    Returns:
        Four arrays: M(r) and A of shape (...), the slope of M(r), equal for each r_g², of shape
        (...), and the slopes of A, of shape (G, ...).
    """
    alone, slopes = np.zeros(squares.shape[1:]), np.empty_like(squares)
    for each, into in zip(squares, slopes, strict=True):
        M, slope = matern52_with_slope(each)
        alone += M
        np.divide(slope, len(squares), out=into)
    together, slope = matern52_with_slope(squares.sum(axis=0))
    return together, alone / len(squares), slope, slopes


def matern52(squares):
    """Returns M(r), an array of the shape of r²."""
    r = np.sqrt(5.0 * squares)
    M = r / 3.0
    M += 1.0  # in place, here and below: this is most of the work of a suggestion
    M *= r
    M += 1.0
    M *= np.exp(np.negative(r, out=r), out=r)
    return M


def matern52_with_slope(squares):
    """Returns M(r) and −M'(r) / r, which is finite at r = 0; two arrays of the shape of r²."""
    slope = np.sqrt(5.0 * squares)
    M = np.exp(-slope)
    slope += 1.0
    slope *= M
    M *= squares
    M *= 5.0 / 3.0
    M += slope
    slope *= 5.0 / 3.0
    return M, slope
