"""Trials that call a function of the values, where there is no Keras model: nothing here loads it.

A function returns its score, as a number or a dict of metrics; or it yields one for each epoch, and
is closed after the epoch at which its trial is to stop.
"""

import contextlib
import inspect
import numbers
import random

import numpy as np


def run_function(function, values, args, kwargs, *, seed, report):
    """Calls the function of a trial.

    Args:
        function: The function, or generator function.
        values: Dict with the values of the trial by name.
        args: What it is given besides the values.
        kwargs: As `args`; `verbose` is the search's, and left out.
        seed: Seed for the generators of Python and NumPy: a whole number of at least 0.
        report: Function that is given the result of an epoch and its number from 0, and returns
            whether the trial is to stop.

    Returns:
        What the function returned; None if it yielded.
    """
    random.seed(seed)
    np.random.seed(seed)
    kwargs = {name: value for name, value in kwargs.items() if name != "verbose"}
    result = function(dict(values), *args, **kwargs)
    if not inspect.isgenerator(result):
        return result
    with contextlib.closing(result):
        for epoch, metrics in enumerate(result):
            if report(metrics, epoch):
                break
    return None


def as_metrics(result, objective):
    """Returns the result of an epoch as a dict of floats by name.

    Args:
        result: A number, the objective, or a dict of numbers.
        objective: Name of the objective.
    """
    metrics = {objective: result} if isinstance(result, numbers.Real) else result
    return {name: float(value) for name, value in metrics.items()}
