"""The executions of a trial: which epoch of each counts, and what was measured there.

An execution counts with its best epoch: an epoch that breaks the constraints less is better, then
the objective decides. So KerasTuner takes a `History`, and so the checkpoint is chosen.

| symbol | meaning |
|---|---|
| curves | dict by metric of dicts by epoch, each with a list: a value for each execution |
| execution | dict from its epochs to dicts of the metrics by name, in the order of the epochs |
| rank | function from the metrics of an epoch to what the better of two has less of |
"""

import math

EXECUTION = "execution"  # the metric that says which execution an observation is of
RETURNED = "returned"  # the metric that marks what `fit` has returned in the place of its curve


def split_executions(curves):
    """Returns a list with each execution of a trial.

    A metric that is not reported with each epoch keeps its value until it is.

    Args:
        curves: See above; whatever numbers the epochs.
    """
    observed, tags = {}, curves.get(EXECUTION, {})
    for name, curve in curves.items():
        for epoch, values in curve.items():
            tagged = tags.get(epoch, ())
            executions = map(int, tagged) if len(tagged) == len(values) else range(len(values))
            for execution, value in zip(executions, values, strict=True):
                observed.setdefault(execution, {}).setdefault(epoch, {})[name] = value
    return [_held(observed[execution]) for execution in sorted(observed)]


def rank_epoch(value, *, direction, violation=0.0):
    """Returns what the better of two epochs has less of: (violation, cost); NaN counts as inf.

    Args:
        value: The objective at the end of the epoch; NaN where it was not measured.
        direction: "min" or "max".
        violation: By how much the epoch breaks the constraints.
    """
    cost = -value if direction == "max" else value
    return violation, math.inf if math.isnan(cost) else cost


def best_epoch(execution, rank):
    """Returns the epoch of an execution that counts: the best, or what `fit` has returned."""
    returned = [epoch for epoch in execution if RETURNED in execution[epoch]]
    return min(returned or execution, key=lambda epoch: rank(execution[epoch]))


def at_best_epochs(executions, rank):
    """Returns a list with the metrics of each execution at its best epoch.

    Where `fit` has returned what counts, executions that were cut before it do not.
    """
    returned = [each for each in executions if any(RETURNED in m for m in each.values())]
    return [each[best_epoch(each, rank)] for each in returned or executions]


def mean_metrics(counted):
    """Returns the mean of each metric; NaN where one has not measured it.

    Args:
        counted: List of dicts of numbers, as `at_best_epochs` returns it.
    """
    names = dict.fromkeys(name for metrics in counted for name in metrics)
    shown = [name for name in names if name not in (EXECUTION, RETURNED)]
    return {name: sum(m.get(name, math.nan) for m in counted) / len(counted) for name in shown}


def _held(steps):
    held, filled = {}, {}
    for step in sorted(steps):
        held = {name: value for name, value in held.items() if name != RETURNED} | steps[step]
        filled[step] = held
    return filled
