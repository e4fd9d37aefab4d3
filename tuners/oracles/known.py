"""Known results that are handed to a search: checked, and made into trials."""

import math
import numbers

from keras_tuner.engine.trial import Trial, TrialStatus

from recipes.errors import ArgumentError, describe, listing
from tuners.parameters.values import is_fixed, plain_value, range_text

_WHERE = "add_trial"
MESSAGE = "known before: handed over by add_trial"


def known_trial(oracle, name, values, score):
    """Returns a completed trial of known values and results.

    Args:
        oracle: The oracle, with its space and objective.
        name: The trial's name.
        values: As in `Oracle.add_trial`.
        score: As in `Oracle.add_trial`.

    Raises:
        ArgumentError: If values or score break a rule.
    """
    hyperparameters = oracle.get_space()
    hyperparameters.values = checked_setting(hyperparameters, values)
    trial = Trial(hyperparameters, name, TrialStatus.COMPLETED, MESSAGE)
    for step, metrics in enumerate(_epochs(oracle.objective, score)):
        for metric, value in metrics.items():
            if not trial.metrics.exists(metric):
                trial.metrics.register(metric, direction=oracle._direction_of(metric))
            trial.metrics.update(metric, value, step=step)
    oracle.score_trial(trial)
    return trial


def checked_setting(hyperparameters, values):
    """Returns a whole setting of plain values, in the order of the space.

    Args:
        hyperparameters: `keras_tuner.HyperParameters`.
        values: Dict with a value for each active parameter; fixed ones may be left out.

    Raises:
        ArgumentError: If a name is unknown, missing or not active, or a value out of range.
    """
    names = list(dict.fromkeys(hp.name for hp in hyperparameters.space))
    for name in values:
        if name not in names:
            rule = f"`values` must name parameters of the space: {listing(names) or 'it has none'}"
            raise ArgumentError(describe(_WHERE, rule, **{str(name): values[name]}))
    setting = {}
    for hp in hyperparameters.space:
        if all(condition.is_active(setting) for condition in hp.conditions):
            setting[hp.name] = _checked_value(hp, values)
    for name in values:
        if name not in setting:
            rule = f"`{name}` must be left out: it is not active beside the other values"
            raise ArgumentError(describe(_WHERE, rule, **{name: values[name]}))
    return setting


def _checked_value(hp, values):
    if hp.name not in values:
        if is_fixed(hp):
            return hp.value
        rule = f"`values` must have a value for `{hp.name}`, one of {range_text(hp)}"
        raise ArgumentError(describe(_WHERE, rule, values=values))
    value = plain_value(hp, values[hp.name])
    if value is None:
        rule = f"`{hp.name}` must be one of {range_text(hp)}"
        raise ArgumentError(describe(_WHERE, rule, **{hp.name: values[hp.name]}))
    return value


def _epochs(objective, score):
    """Returns the metrics of each epoch as a list of dicts of floats; a number is one epoch."""
    metrics = score if isinstance(score, dict) else {objective.name: score}
    curves = {
        name: value if isinstance(value, list) else [value] for name, value in metrics.items()
    }
    _check_numbers(curves)
    epochs = max(map(len, curves.values()), default=0)
    rows = [
        {name: float(curve[epoch]) for name, curve in curves.items() if epoch < len(curve)}
        for epoch in range(epochs)
    ]
    if not rows or not all(objective.has_value(row) for row in rows):
        names = [each.name for each in getattr(objective, "objectives", [objective])]
        rule = f"`score` must have the objective of every epoch: {listing(names)}"
        raise ArgumentError(describe(_WHERE, rule, score=score))
    return [{objective.name: float(objective.get_value(row)), **row} for row in rows]


def _check_numbers(curves):
    for name, curve in curves.items():
        for value in curve:
            number = isinstance(value, numbers.Real) and not isinstance(value, bool)
            if not number or not math.isfinite(value):
                rule = "`score` must be a finite number, or a dict of them or of lists of them"
                raise ArgumentError(describe(_WHERE, rule, **{name: value}))
