"""Trials that were stopped early, as information about what they would have come to.

A process over settings and epochs learns from all curves how much a value after few epochs says of
one after many: the number of epochs, on a logarithmic scale, is one more column of a point, 1 at
full length (Swersky et al. 2013, arXiv 1406.3896, model curves in this way; the kernel is simpler
here). Suggestions are compared at full length.
"""

import numpy as np

_HALVINGS = 4  # a curve is looked at after all its epochs, a half, a quarter, an eighth of them


class WholeTrials:
    """Trials that all ran to their end: a point for each, and its cost.

    Args:
        costs: Their costs, of shape (n,).
    """

    def __init__(self, costs):
        self._costs = costs

    def rows(self, X, groups):
        """Returns what a process is fitted to.

        Args:
            X: The trials' settings, of shape (n, D).
            groups: The parameter that each column belongs to, of shape (D,).

        Returns:
            Points, one row for each observation, the parameters of their columns, and costs.
        """
        return X, groups, self._costs

    def at_full_length(self, Z):
        """Returns settings of shape (m, D) as points of the process."""
        return Z

    def seen(self, process):
        """Returns a fitted process as one over settings."""
        return process

    def means_and_best(self, seen, X):
        """Returns the means of a seen process at X, of shape (n,), and what is to be improved."""
        return seen.means(), seen.y.min()


class Curves:
    """Trials of which some were stopped early: a few points on the curve of each.

    Args:
        curves: List of n arrays of shape (epochs,), small values being good.
    """

    def __init__(self, curves):
        self._curves = curves

    def rows(self, X, groups):
        """Returns what `WholeTrials.rows` does: the epochs are one more column."""
        places, shares, values = curve_rows(self._curves)
        X = np.concatenate([X[places], shares[:, np.newaxis]], axis=1)
        return X, np.append(groups, groups.max(initial=-1) + 1), values

    def at_full_length(self, Z):
        """Returns settings of shape (m, D) as points of the process, of shape (m, D + 1)."""
        return _lengthened(Z)

    def seen(self, process):
        """Returns a fitted process as one over settings."""
        return AtFullLength(process)

    def means_and_best(self, seen, X):
        """Returns what `WholeTrials.means_and_best` does: some have no cost at full length."""
        means = seen.predict(X)[0]
        return means, means.min()


def curve_rows(curves):
    """Returns the epochs at which curves are looked at, and the best value up to there.

    Args:
        curves: List of arrays of shape (epochs,), small values being good.

    Returns:
        Three arrays of shape (rows,): the place of the curve in the list, the share of the full
        length on a logarithmic scale, in (0, 1], and the value.
    """
    full = max(map(len, curves))
    rows = [
        (place, np.log1p(epochs) / np.log1p(full), np.min(curve[:epochs]))
        for place, curve in enumerate(curves)
        for epochs in _looked_at(len(curve))
    ]
    places, shares, values = zip(*rows, strict=True)
    return np.array(places), np.array(shares), np.array(values)


def full_curves(curves, stopped):
    """Returns curves in which all but the stopped ones are as long as the longest.

    A trial that ended by itself would have stayed at its best value. One that failed, without a
    value, counts as the worst of all from its first epoch on, and so does a value of NaN or inf.

    Args:
        curves: List of arrays of shape (epochs,).
        stopped: Whether each was stopped early, a list of bool.
    """
    values = np.concatenate(curves)
    worst, full = values[np.isfinite(values)].max(), max(map(len, curves))
    finite = [np.where(np.isfinite(curve), curve, worst) for curve in curves]
    pairs = zip(finite, stopped, strict=True)
    return [curve if early else _held(curve, full, worst) for curve, early in pairs]


def _held(curve, full, worst):
    """Returns a curve that stays at its best value, or at the worst one, to the full length."""
    return np.append(curve, np.full(full - len(curve), np.min(curve, initial=worst)))


def _looked_at(epochs):
    halved = {-(-epochs // 2**power) for power in range(_HALVINGS)}
    return sorted(halved)


class AtFullLength:
    """A process over settings and epochs, seen at full length: as a process over settings.

    Args:
        process: A `GaussianProcess` whose last column is the share of the full length.
    """

    def __init__(self, process):
        self._process = process

    def predict(self, Z):
        """Returns what `GaussianProcess.predict` does, for Z of shape (m, D)."""
        return self._process.predict(_lengthened(Z))

    def predict_with_gradient(self, Z):
        """Returns what `GaussianProcess.predict_with_gradient` does, for Z of shape (m, D)."""
        mean, std, *gradients = self._process.predict_with_gradient(_lengthened(Z))
        return mean, std, *(gradient[:, :-1] for gradient in gradients)


def _lengthened(Z):
    return np.concatenate([Z, np.ones((len(Z), 1))], axis=1)
