"""Optuna's samplers as contenders."""

from benchmarks.searches.contenders.kinds import choices_of, kind_of


def optuna_steps(sampler):
    """Returns the steps of an Optuna study.

    Args:
        sampler: Name of the sampler's class.
    """

    def steps(hp, trials, seed):
        study = optuna_study(sampler, seed)
        while True:
            trial = study.ask()
            observed = yield suggest(trial, hp)
            study.tell(trial, observed)

    return steps


def optuna_study(sampler, seed, **options):
    """Returns an Optuna study in memory that minimises.

    Args:
        sampler: Name of the sampler's class.
        seed: Seed of the sampler.
        **options: Further arguments of `optuna.create_study`.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = getattr(optuna.samplers, sampler)(seed=seed)
    return optuna.create_study(sampler=sampler, study_name="search", **options)


def suggest(trial, hp):
    """Returns the active values that an Optuna trial suggests for a KerasTuner space."""
    values = {}
    for each in hp.space:
        if all(condition.is_active(values) for condition in each.conditions):
            values[each.name] = _suggest_one(trial, each)
    return values


def _suggest_one(trial, hp):
    kind = kind_of(hp)
    if kind in ("Choice", "Boolean"):
        return trial.suggest_categorical(hp.name, choices_of(hp))
    suggest_number = trial.suggest_int if kind == "Int" else trial.suggest_float
    return suggest_number(hp.name, hp.min_value, hp.max_value, log=hp.sampling == "log")
