"""Trials that another objective, or keras_tuner, has scored."""

from keras_tuner.engine.trial import TrialStatus

from recipes.errors import FolderError, describe
from tuners.oracles.settings import objectives_of


def score_again(oracle):
    """Scores the completed trials of an oracle by its objective; without a finite score they fail.

    Args:
        oracle: The oracle.

    Raises:
        FolderError: If a trial has no metric of the objective's name.
    """
    for trial in oracle.trials.values():
        if trial.status == TrialStatus.COMPLETED:
            for objective in objectives_of(oracle):
                _check_metric(oracle, trial, objective.name)
                trial.metrics.metrics[objective.name].direction = objective.direction
            oracle._judge(trial)
            if trial.status == TrialStatus.INVALID:
                trial.status = TrialStatus.FAILED


def _check_metric(oracle, trial, name):
    if not trial.metrics.exists(name):
        rule = "the trials in the folder must have the metric of the objective"
        hint = "Ask for one of these, name another folder, or pass overwrite=True."
        has = ", ".join(trial.metrics.metrics)
        message = describe("search", rule, hint, objective=name, metrics=has)
        raise FolderError(f"{message} The folder is {oracle._project_dir}.")
