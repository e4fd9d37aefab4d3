"""What `run_trial` and `HyperModel.fit` may return, and what of it is still to be reported.

KerasTuner takes a number, a dict, a `History`, or a list of these, one for each execution. The
epochs of a training are reported while it runs: then a `History` says nothing new. A number or dict
that `fit` returns is the result in the place of the curve, as in KerasTuner.
"""

import keras
from keras_tuner.src.engine import tuner_utils

from tuners.executions import EXECUTION, RETURNED
from tuners.trials.missing import objective_missing


def complete_sum(results, objective):
    """Returns results in which each dict with all of several objectives has their sum, too."""
    if isinstance(results, list):
        return [complete_sum(result, objective) for result in results]
    if isinstance(results, dict) and objective.has_value(results):
        return {**results, objective.name: objective.get_value(results)}
    return results


def report_results(oracle, trial_id, results, *, where="Tuner.run_trial()"):
    """Reports to the oracle what it has not been told epoch by epoch.

    Args:
        oracle: An oracle, or the client of one.
        trial_id: Name of the trial.
        results: What `run_trial` has returned.
        where: What has returned it, for messages.

    Raises:
        FatalTypeError: If it is none of what KerasTuner takes.
        FatalValueError: If it has no objective.
    """
    objective = oracle.objective
    metrics = oracle.get_trial(trial_id).metrics
    reported = metrics.exists(objective.name)
    if results is None and reported:
        return  # scripts that report by themselves need return nothing
    results = complete_sum(results, objective)
    tuner_utils.validate_trial_results(results, objective, where)
    several = results if isinstance(results, list) else [results]
    # One epoch is left out, so that this is not taken for the next point of the curve.
    last = max((o.step for o in metrics.get_history(objective.name)), default=0) if reported else 0
    for execution, result in enumerate(several):
        if reported and isinstance(result, keras.callbacks.History):
            continue
        if isinstance(result, keras.callbacks.History) and not objective.has_value(result.history):
            raise objective_missing(objective, result.history)
        values = tuner_utils.convert_to_metrics_dict(result, objective)
        tags = {EXECUTION: execution} if len(several) > 1 else {}
        tags |= {RETURNED: 1} if reported else {}
        step = last + 2 if reported else tuner_utils.get_best_step(result, objective)
        oracle.update_trial(trial_id, {**_numbers(values), **tags}, step=step)


def _numbers(values):
    return {name: float(value) for name, value in values.items()}
