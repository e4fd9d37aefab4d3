"""How an error falls with the data: error(n) = c · n^(-a) + b (guide row 17).

    n   number of training samples
    c   error that a single sample would leave
    a   exponent: 0 where more data do not help, 0.5 where the error halves with four times as many
    b   floor that no number of samples takes away

Hestness et al. 2017, arXiv:1712.00409, measured exponents of 0.07 to 0.35 over many tasks.
"""

import dataclasses
import math
import warnings

import numpy as np

from recipes.errors import ArgumentError, describe

_STEEPEST = 5.0  # exponent; anything above is noise
_FOR_A_FLOOR = 4  # points: with fewer a floor cannot be told from a small exponent


@dataclasses.dataclass(frozen=True)
class PowerLaw:
    """error(n) = coefficient · n^(-exponent) + floor.

    Args:
        coefficient: c, above 0.
        exponent: a, at least 0.
        floor: b, at least 0.
    """

    coefficient: float
    exponent: float
    floor: float = 0.0

    def __call__(self, samples):
        """Returns the error with a number of samples."""
        return self.coefficient * samples**-self.exponent + self.floor

    def __str__(self):
        floor = f" + {self.floor:.2g}" if self.floor > 1e-6 else ""
        return f"{self.coefficient:.3g} · n^-{self.exponent:.2f}{floor}"


def fit_power_law(samples, errors):
    """Fits a power law to errors, each weighed by its own size (SciPy's `curve_fit`).

    Args:
        samples: Numbers of samples of shape (points,), at least two different ones.
        errors: The errors of shape (points,), none below 0. A floor is fitted from four points on.

    Returns:
        A `PowerLaw`.

    Raises:
        ArgumentError: If there are too few points, or one is out of range.
    """
    samples, errors = _check_points(samples, errors)
    logs = np.log(np.maximum(errors, 1e-6))  # in so many samples no error at all was seen
    exponent = float(np.clip(-np.polyfit(np.log(samples), logs, 1)[0], 0.0, _STEEPEST))
    log_c = float(np.mean(logs + exponent * np.log(samples)))
    if len(np.unique(samples)) < _FOR_A_FLOOR:
        return PowerLaw(math.exp(log_c), exponent)
    return _with_floor(samples, logs, log_c, exponent)


def _with_floor(samples, logs, log_c, exponent):
    """Fits all three numbers, from those of a law without a floor."""
    from scipy.optimize import OptimizeWarning, curve_fit

    highest = math.exp(logs.min())
    start = [log_c, float(np.clip(exponent, 0.01, _STEEPEST - 0.01)), highest / 10]
    bounds = ([-50.0, 0.0, 0.0], [50.0, _STEEPEST, highest])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)  # the covariance, which is not used
        found, _ = curve_fit(_log_error, samples, logs, start, bounds=bounds, max_nfev=10_000)
    return PowerLaw(math.exp(found[0]), float(found[1]), float(found[2]))


def _log_error(n, log_c, a, b):
    return np.log(np.exp(log_c) * n**-a + b)


def _check_points(samples, errors):
    samples, errors = np.asarray(samples, float), np.asarray(errors, float)
    alike = samples.ndim == 1 and samples.shape == errors.shape
    if alike and len(np.unique(samples)) >= 2 and samples.min() > 0 and errors.min() >= 0:
        return samples, errors
    rule = "there must be an error of at least 0 for each of two or more numbers of samples"
    received = {"samples": samples.tolist(), "errors": errors.tolist()}
    raise ArgumentError(describe("fit_power_law", rule, **received))
