"""Searches that may end a training early, and what they return for the epochs that they spend.

A contender is a generator: it yields a setting and from which epoch to which it is to be trained,
and is sent the errors in percent after each of these epochs. Going on with a setting where its
training ended costs the further epochs alone.

What a search returns after some epochs is the setting with the least error seen so far, after any
of its epochs; it is judged by its error after a full training.
"""

import contextlib
import functools
import tempfile
from typing import NamedTuple

import keras_tuner

from benchmarks.searches.contenders import CONTENDERS
from benchmarks.searches.contenders.optuna import optuna_study, suggest
from benchmarks.searches.contenders.oracles import finish, trials_of
from benchmarks.searches.contenders.running import Contender, on_one_thread, setting_within
from benchmarks.searches.problems import EPOCHS
from recipes.seeds import derive_seed
from tuners.oracles import BayesianOptimizationOracle, HyperbandOracle
from tuners.pruning import MedianRule, SuccessiveHalving, grace_epochs


class Found(NamedTuple):
    """What is returned from some number of spent epochs on: its error after a full training."""

    spent: int
    value: float


def search_with_epochs(contender, problem, budget, seed):
    """Runs a search until its epochs are spent.

    Args:
        contender: A `Contender` of `PRUNED`.
        problem: A `Problem` of the family "tasks".
        budget: How many epochs may be spent.
        seed: Seed of the search.

    Returns:
        List of `Found`: each better setting that was seen.
    """
    hp, found, least, spent, errors = problem.space(), [], float("inf"), 0, None
    requests = contender.steps(hp, budget, derive_seed(seed, "search"))
    with on_one_thread(contender.modules), contextlib.closing(requests):
        while spent < budget:
            values, start, stop = requests.send(errors)
            curve = problem.curve(setting_within(hp, values))
            errors = curve[start:stop]
            for error in errors[: budget - spent]:
                spent += 1
                if error < least:
                    least = error
                    found.append(Found(spent, float(curve[-1])))
    return found


def value_at(found, epochs):
    """Returns the value of what a search returns after some epochs.

    Args:
        found: List of `Found`, or of such pairs.
        epochs: How many epochs are spent, at least 1.
    """
    return [value for spent, value in found if spent <= epochs][-1]


# --- contenders -----------------------------------------------------------------------------------


def _in_full(contender):
    """Returns a contender whose every setting is trained for all epochs."""

    def steps(hp, budget, seed):
        observed = None
        with contextlib.closing(contender.steps(hp, -(-budget // EPOCHS), seed)) as suggestions:
            while True:
                errors = yield suggestions.send(observed), 0, EPOCHS
                observed = float(errors[-1])

    return Contender(steps, contender.modules)


def _optuna(make_pruner):
    """Returns Optuna's TPE with one of its pruners.

    Args:
        make_pruner: Function of the module `optuna.pruners` that returns a pruner.
    """

    def steps(hp, budget, seed):
        from optuna import pruners

        study = optuna_study("TPESampler", seed, pruner=make_pruner(pruners))
        while True:
            yield from _trial_of(study, hp)

    return Contender(steps, ("optuna",))


def _trial_of(study, hp):
    """Trains one setting epoch by epoch until it ends or is pruned."""
    from optuna.trial import TrialState

    trial = study.ask()
    values = suggest(trial, hp)
    for epoch in range(EPOCHS):
        (error,) = yield values, epoch, epoch + 1
        trial.report(float(error), epoch + 1)
        if trial.should_prune():
            return study.tell(trial, state=TrialState.PRUNED)
    return study.tell(trial, float(error))


def _keras_tuner_hyperband(hp, budget, seed):
    """Steps of KerasTuner's Hyperband; a promoted trial goes on from its last epoch."""
    oracle = keras_tuner.oracles.HyperbandOracle(
        keras_tuner.Objective("score", "min"),
        max_epochs=EPOCHS,
        factor=3,
        hyperband_iterations=None,  # until the epochs are spent
        seed=seed or 1,
        hyperparameters=hp,
    )
    for trial in trials_of(oracle):
        values = trial.hyperparameters.values
        errors = yield values, values["tuner/initial_epoch"], values["tuner/epochs"]
        finish(oracle, trial, float(min(errors)))


def _ours(make_oracle, pruner=None):
    """Returns one of our oracles with a pruner, told of each epoch as our tuner tells it.

    Args:
        make_oracle: Class of the oracle.
        pruner: A `tuners.pruning.Pruner`, or None for that of the oracle.
    """

    def steps(hp, budget, seed):
        with tempfile.TemporaryDirectory() as folder:
            oracle = make_oracle(
                keras_tuner.Objective("score", "min"), seed=seed, hyperparameters=hp
            )
            oracle.max_trials, oracle.verbose = None, 0
            oracle._set_project_dir(folder, "search")
            if pruner is not None:
                oracle.pruner = pruner
            while True:
                yield from _epochs_of(oracle)

    return Contender(steps)


def _epochs_of(oracle):
    """Runs a trial, or goes on with one, epoch by epoch until it ends or is told to stop."""
    trial = oracle.create_trial("tuner0")
    for epoch in range(oracle.epochs_before(trial), EPOCHS):
        (error,) = yield trial.hyperparameters.values, epoch, epoch + 1
        trial = oracle.update_trial(trial.trial_id, {"score": float(error)}, step=epoch)
        if trial.status == "STOPPED":
            break
    trial.status = "COMPLETED"
    oracle.end_trial(trial)


GRACE = grace_epochs(EPOCHS, steps_per_epoch=50)  # LCBench has no batch normalization

PRUNED = {
    "ours": _ours(
        BayesianOptimizationOracle, SuccessiveHalving(factor=2, max_epochs=EPOCHS, grace=GRACE)
    ),
    "ours-median": _ours(BayesianOptimizationOracle, MedianRule(max_epochs=EPOCHS, grace=GRACE)),
    "ours-hyperband": _ours(
        functools.partial(HyperbandOracle, max_epochs=EPOCHS, hyperband_iterations=None)
    ),
    "ours-in-full": _in_full(CONTENDERS["ours"]),
    "kt-hyperband": Contender(_keras_tuner_hyperband),
    "optuna-tpe-hyperband": _optuna(lambda of: of.HyperbandPruner(1, EPOCHS, 3)),
    "optuna-tpe-median": _optuna(lambda of: of.MedianPruner()),
    "optuna-gp-in-full": _in_full(CONTENDERS["optuna-gp"]),
}
