"""Real searches with formulas for objectives: oracles in folders, driven as a tuner drives them."""

import keras_tuner as kt

from tuners.oracles import RandomSearchOracle


def oracle_in(folder, space, *, kind=RandomSearchOracle, direction="min", name="score", **options):
    """Returns an oracle whose state is in `folder/search`, with what is there."""
    options = {"max_trials": 100, "seed": 0} | options
    oracle = kind(kt.Objective(name, direction), hyperparameters=space, **options)
    oracle.verbose = 0
    oracle._set_project_dir(str(folder), "search")
    oracle.reload()
    return oracle


def search(oracle, objective, trials):
    """Runs trials; `objective` maps values to a score, a list of scores by epoch, or raises.

    A score may be a dict of metrics by name.
    """
    for _ in range(trials):
        trial = oracle.create_trial("tuner0")
        if trial.status == "STOPPED":
            break
        run_trial(oracle, trial, objective)
    return oracle


def try_settings(oracle, settings, objective):
    """Runs given settings one after the other, as a tuner runs those of the oracle."""
    settings = iter(settings)
    oracle.suggest = lambda space, number, tried: next(settings, None)
    return search(oracle, objective, 1000)


def run_trial(oracle, trial, objective):
    """Runs one trial to its end, epoch by epoch."""
    try:
        scores = objective(trial.hyperparameters.values)
    except ArithmeticError as error:
        trial.status, trial.message = "INVALID", f"Traceback …\n{type(error).__name__}: {error}"
    else:
        scores = scores if isinstance(scores, list) else [scores]
        for epoch, score in enumerate(scores):
            metrics = score if isinstance(score, dict) else {oracle.objective.name: score}
            oracle.update_trial(trial.trial_id, metrics, step=epoch)
        trial.status = "COMPLETED"
    oracle.end_trial(trial)
