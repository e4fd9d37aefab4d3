"""Ax as a contender."""

import logging

from benchmarks.searches.contenders.kinds import choices_of, kind_of


def ax_steps(hp, trials, seed):
    """Steps of Ax with the strategy that it chooses (Olson et al. 2025)."""
    from ax.api.client import Client
    from ax.utils.common.logger import set_ax_logger_levels

    set_ax_logger_levels(logging.ERROR)
    client = Client(random_seed=seed)
    client.configure_experiment(parameters=[_ax_one(each, hp.space) for each in hp.space])
    client.configure_optimization(objective="-score")
    while True:
        ((number, values),) = client.get_next_trials(max_trials=1).items()
        observed = yield values
        client.complete_trial(number, raw_data={"score": observed})


def _ax_one(hp, space):
    """Returns one parameter as Ax describes it, with those that are under its condition."""
    from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

    kind = kind_of(hp)
    if kind not in ("Choice", "Boolean"):
        bounds = (hp.min_value, hp.max_value)
        return RangeParameterConfig(hp.name, bounds, kind.lower(), scaling=hp.sampling)
    children = {value: _children(hp, value, space) for value in choices_of(hp)}
    return ChoiceParameterConfig(
        hp.name,
        choices_of(hp),
        "bool" if kind == "Boolean" else "str",
        is_ordered=kind == "Boolean",
        dependent_parameters={value: names for value, names in children.items() if names} or None,
    )


def _children(hp, value, space):
    """Returns the names of the parameters whose innermost condition is a value of this one."""
    inner = {each.name: each.conditions[-1] for each in space if each.conditions}
    return [n for n, condition in inner.items() if condition.is_active({hp.name: value})]
