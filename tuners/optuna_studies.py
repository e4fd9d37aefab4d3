"""Studies to and from Optuna (the extra `[optuna]`).

    study = to_optuna(tuner)             # then optuna.visualization, optuna-dashboard, …
    from_optuna(study, tuner.oracle)     # a search that begins with what a study knows

| ours                             | Optuna                                                 |
|----------------------------------|--------------------------------------------------------|
| Float, Int, with steps           | FloatDistribution, IntDistribution, with steps         |
| the same with sampling="log"     | log=True; factors between values are not kept          |
| the same with "reverse_log"      | linear: Optuna has no such scale                       |
| Choice, Boolean, Fixed           | CategoricalDistribution                                |
| inactive under its condition     | not among the trial's parameters                       |
| finished, pruned, failed         | COMPLETE, PRUNED, FAIL; unfinished trials are left out |
| the objective by epoch           | intermediate values, by step from 0                    |
| several objectives               | as many values, in their order; no intermediate ones   |
"""

import math

from recipes.errors import ArgumentError, RecipesError, describe
from tuners.oracles.settings import objectives_of
from tuners.results import read_search
from tuners.space import Space
from tuners.trial_result import FAILED, FINISHED, PRUNED

_DIRECTIONS = {"min": "minimize", "max": "maximize"}


def to_optuna(source):
    """Returns a search as an Optuna study in memory.

    Args:
        source: As in `tuners.results.read_search`.

    Returns:
        An `optuna.study.Study`, named after the folder. Name and message of each trial, and
        its metrics at the best epoch, are the user attributes `trial`, `message` and `metrics`. Its
        best trial meets the constraints of the search.

    Raises:
        RecipesError: If Optuna is not installed.

    Example:

        study = to_optuna(tuner)
        print(study.best_params)
    """
    optuna = _import_optuna("to_optuna")
    search = read_search(source)
    directions = [_DIRECTIONS[direction] for direction in search.directions.values()]
    study = optuna.create_study(study_name=str(search.folder), directions=directions)
    for trial in search.trials:
        if trial.status in (FINISHED, PRUNED, FAILED):
            study.add_trial(_frozen_trial(optuna, search, trial))
    return study


def from_optuna(study, target):
    """Gives a search what a study knows; it goes on from there.

    A trial comes with its intermediate values as epochs, if they are one for each step from 0 and
    the best of them is its value; else with its value, a pruned one with the best of them. Trials
    that have failed, are running or waiting have nothing to give and are left out.

    Args:
        study: An `optuna.study.Study` with the objectives of the search, in their order.
        target: A tuner or an oracle of ours whose space has the study's parameters, by name. In a
            folder that may be in use hand over the tuner: it locks the folder.

    Returns:
        The number of trials that were added.

    Raises:
        ArgumentError: If directions, names or values do not fit; then nothing was added.

    Example:

        study = to_optuna(tuner)  # or any study on the same space
        other = BayesianOptimization(build_model, "val_accuracy", project_name="other")
        from_optuna(study, other)
        other.search(x, y, validation_data=(x_val, y_val), epochs=10)
    """
    oracle = getattr(target, "oracle", target)
    objectives = objectives_of(oracle)
    _check_directions(study, objectives)
    results = [(trial, _known_results(study, trial)) for trial in study.get_trials(deepcopy=False)]
    known = [(trial, values) for trial, values in results if values is not None]
    space = Space(oracle.hyperparameters)
    for trial, _ in known:
        _check_names(space, trial)
    for trial, values in known:
        score = {each.name: value for each, value in zip(objectives, values, strict=True)}
        target.add_trial(space.setting_of(trial.params), score)
    return len(known)


# --- to Optuna ------------------------------------------------------------------------------------


def _frozen_trial(optuna, search, trial):
    """Returns one trial as Optuna keeps it."""
    states = {
        FINISHED: optuna.trial.TrialState.COMPLETE,
        PRUNED: optuna.trial.TrialState.PRUNED,
        FAILED: optuna.trial.TrialState.FAIL,
    }
    distributions = {
        name: _distribution(optuna, search.parameters.get(name), value)
        for name, value in trial.values.items()
    }
    return optuna.trial.create_trial(
        state=states[trial.status],
        values=_values(search, trial),
        params=trial.values,
        distributions=distributions,
        user_attrs={"trial": trial.trial, "message": trial.message, "metrics": trial.metrics},
        system_attrs=_constraints(search, trial),
        intermediate_values=_intermediate_values(search, trial),
    )


def _values(search, trial):
    """Returns the value of each objective at the best epoch as a list; None without a score."""
    if trial.score is None:
        return None
    if len(search.directions) == 1:
        return [trial.score]
    return [trial.metrics[name] for name in search.directions]


def _constraints(search, trial):
    """Returns by how much a trial breaks the constraints, under Optuna's name for it."""
    return {"constraints": [trial.violation]} if search.constraints else {}


def _intermediate_values(search, trial):
    """Returns the objective by epoch, from 0; Optuna takes none where there are several."""
    curve = trial.curves.get(search.objective, {}) if len(search.directions) == 1 else {}
    return {epoch - 1: sum(values) / len(values) for epoch, values in curve.items()}


def _distribution(optuna, hp, value):
    """Returns the distribution of a hyperparameter; None stands for one that is fixed."""
    kinds = optuna.distributions
    if hp is None:
        return kinds.CategoricalDistribution([value])
    if hp["class_name"] in ("Choice", "Boolean"):
        return kinds.CategoricalDistribution(hp.get("values", [False, True]))
    low, high, step = hp["min_value"], hp["max_value"], hp["step"]
    is_log = hp["sampling"] == "log"
    step = step if hp["sampling"] == "linear" else None
    if step:  # the last value that a step leads to: Optuna wants it to be one
        high = low + math.floor((high - low) / step + 1e-9) * step
    if hp["class_name"] == "Int":
        return kinds.IntDistribution(low, high, log=is_log, step=step or 1)
    return kinds.FloatDistribution(low, float(f"{high:.12g}"), log=is_log, step=step)


# --- from Optuna ----------------------------------------------------------------------------------


def _check_directions(study, objectives):
    directions = [direction.name.lower() for direction in study.directions]
    if directions != [_DIRECTIONS[objective.direction] for objective in objectives]:
        ours = ", ".join(f"{objective.name} ({objective.direction})" for objective in objectives)
        rule = f"the study must have the objectives of the search, in their order: {ours}"
        raise ArgumentError(describe("from_optuna", rule, directions=directions))


def _known_results(study, trial):
    """Returns what a trial of Optuna says of its setting, a value for each objective, or None."""
    if trial.state.name not in ("COMPLETE", "PRUNED"):
        return None
    if len(study.directions) > 1:
        return trial.values
    result = _known_result(study, trial)
    return None if result is None else [result]


def _known_result(study, trial):
    """Returns the one objective of a trial: a list by epoch, a number, or None."""
    steps = sorted(trial.intermediate_values)
    curve = [trial.intermediate_values[step] for step in steps]
    finite = [value for value in curve if math.isfinite(value)]
    best = (min if study.direction.name == "MINIMIZE" else max)(finite, default=None)
    value = trial.value if trial.state.name == "COMPLETE" else best
    is_whole = curve == finite and steps == list(range(len(steps)))
    return curve if curve and is_whole and value == best else value


def _check_names(space, trial):
    """Refuses a trial that has other parameters than those that are active in its setting."""
    setting, tunable = space.setting_of(trial.params), {p.hp.name for p in space.parameters}
    unknown = [name for name in trial.params if name not in setting]
    missing = [name for name in setting if name in tunable and name not in trial.params]
    if unknown or missing:
        rule = "each trial must have the parameters of the space that are active in it"
        hint = "Nothing was added."
        received = {"trial": trial.number, "unknown": unknown, "missing": missing}
        raise ArgumentError(describe("from_optuna", rule, hint, **received))


def _import_optuna(where):
    try:
        import optuna
    except ImportError:
        rule = "a study of Optuna needs Optuna, which is not installed"
        hint = "Run `pip install 'keras-recipes[optuna]'`."
        raise RecipesError(describe(where, rule, hint)) from None
    return optuna
