"""Where an acquisition is highest in the unit cube: many candidates, and climbs from the best.

The climbs from several starts are one problem of L-BFGS-B: their sum is maximised by all their
coordinates together, so that each step asks the process once (Balandat et al. 2020,
arXiv:1910.06403, section 4.1). The best end is then climbed on alone.
"""

import numpy as np
from scipy import optimize
from scipy.stats import qmc

from recipes.interrupts import deferred_interrupts

_EVEN = 512  # candidates that fill the cube
_NEAR = 100  # candidates around the best known points
_CENTRES = 5  # how many of these there are
_STARTS = 8  # candidates from which the acquisition is climbed
_STEPS = 40  # of a climb, at most
_REACH = 0.25  # of the candidates around a known point, at most


def candidates(centres, reach, generator):
    """Returns points at which an acquisition is compared, of shape (612, D).

    Most fill the cube; the others are around known points, some of their coordinates unchanged.

    Args:
        centres: The best known points, of shape (k, D), the best first; five of them count.
        reach: Standard deviation of the others around these, of shape (D,), at most.
        generator: A NumPy generator.
    """
    columns = centres.shape[1]
    with deferred_interrupts():
        even = qmc.Sobol(columns, rng=generator).random(_EVEN)
    around = centres[generator.integers(min(len(centres), _CENTRES), size=_NEAR)]
    width = np.minimum(reach, _REACH) * generator.random((_NEAR, 1)) ** 2
    moved = generator.random(around.shape) < max(0.5, 3.0 / columns)
    near = around + moved * width * generator.standard_normal(around.shape)
    return np.concatenate([even, np.clip(near, 0.0, 1.0)])


def climb(acquisition, points):
    """Returns points of high acquisition, the best first.

    Args:
        acquisition: An `Acquisition`.
        points: Candidates of shape (m, D).

    Returns:
        Array of shape (m + 9, D): where the climbs ended, and the candidates.
    """
    points = points[np.argsort(-acquisition(points), kind="stable")]
    ends = _ascend(acquisition, points[:_STARTS])
    best = ends[np.argmax(acquisition(ends))][np.newaxis]
    ends = np.concatenate([_ascend(acquisition, best), ends])
    ends = ends[np.argsort(-acquisition(ends), kind="stable")]
    return np.concatenate([ends, points])


def _ascend(acquisition, starts):
    """Returns the points, of shape (m, D), to which L-BFGS-B climbs from starts together."""

    def loss(flat):
        values, gradients = acquisition.with_gradient(flat.reshape(starts.shape))
        return -values.sum(), -gradients.ravel()

    bounds = [(0.0, 1.0)] * starts.size
    options = {"maxiter": _STEPS, "maxcor": 20}
    found = optimize.minimize(
        loss, starts.ravel(), jac=True, bounds=bounds, method="L-BFGS-B", options=options
    )
    return found.x.reshape(starts.shape)
