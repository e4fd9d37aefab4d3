"""What ends a search at once, because no trial could be judged."""

from keras_tuner.errors import FatalValueError

from recipes.errors import ArgumentError, describe
from tuners.executions import EXECUTION
from tuners.oracles.pruned import GRACE, PLANNED

PARAMETERS = "parameters"  # the metric with the number of a model's weights
SECONDS = "epoch_seconds"  # the metric with the time of an epoch, its validation included
_NOT_GIVEN = "default_objective"  # keras_tuner's name of it


def check_objective_given(objective):
    """Raises `ArgumentError` if there is no objective, where training returns its curves alone."""
    if objective.name == _NOT_GIVEN:
        rule = "`objective` must be given, unless HyperModel.fit or run_trial returns a number"
        hint = 'Name a metric that training logs, such as "val_loss".'
        raise ArgumentError(describe("search", rule, hint, objective=None))


def objective_missing(objective, metrics=()):
    """Returns the error that ends a search whose objective no training would report."""
    names = [o.name for o in getattr(objective, "objectives", [objective])]
    missing = ", ".join(name for name in names if name not in metrics)
    rule = "the objective must be a metric that training logs"
    hint = "Name the metric in model.compile, with val_ before it for validation data."
    return FatalValueError(describe("search", rule, hint, objective=missing))


def check_constraint_metrics(constraints, metrics):
    """Ends the search if a constraint is on a metric that is not reported.

    Args:
        constraints: The `Constraint`s.
        metrics: Names of the metrics that are reported, from the first epoch on.

    Raises:
        FatalValueError: If one is missing.
    """
    for constraint in constraints:
        if constraint.metric not in metrics and constraint.metric != PARAMETERS:
            rule = "each constraint must be on a metric that training logs"
            known = sorted({*metrics, PARAMETERS} - {GRACE, PLANNED, EXECUTION})
            hint = f"These are known: {', '.join(known)}."
            raise FatalValueError(describe("search", rule, hint, constraint=str(constraint)))
