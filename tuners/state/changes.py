"""What differs between two search spaces, and which settings of one lie in the other."""

import keras_tuner

from tuners.parameters.values import plain_value, range_text


def space_changes(old, new):
    """Returns what has changed between two search spaces, as a list of texts.

    Args:
        old: `keras_tuner.HyperParameters`.
        new: `keras_tuner.HyperParameters`.

    Returns:
        Texts such as "learning_rate: 0.0001..0.1 (log) -> 0.001..0.1 (log)", "units is new".
    """
    before, after = _by_name(old), _by_name(new)
    gone = [f"{name} is gone" for name in before if name not in after]
    fresh = [f"{name} is new" for name in after if name not in before]
    both = (name for name in before if name in after)
    changed = (_change(name, before[name], after[name]) for name in both)
    return [*filter(None, changed), *gone, *fresh]


def lies_in(values, hyperparameters):
    """Whether the values of a trial have a place in a search space.

    A parameter that the trial did not have does not matter, nor one that the space does not have.

    Args:
        values: Dict of values.
        hyperparameters: `keras_tuner.HyperParameters`.
    """
    active = (hp for hp in hyperparameters.space if _is_active(hp, values))
    return all(plain_value(hp, values[hp.name]) is not None for hp in active if hp.name in values)


def space_from(config):
    """Returns the search space of a list of dicts, as `space_config` gives it."""
    return keras_tuner.HyperParameters.from_config({"space": config, "values": {}})


def space_config(hyperparameters):
    """Returns a search space as a list of dicts that JSON can hold."""
    return hyperparameters.get_config()["space"]


def _by_name(hyperparameters):
    """Returns the parameters of each name: several, where their conditions differ."""
    found = {}
    for hp in hyperparameters.space:
        found.setdefault(hp.name, []).append(hp)
    return found


def _change(name, old, new):
    """Returns how the parameters of a name differ, or None: by range, condition, then default."""
    for text in (range_text, _condition_text, _default_text):
        before, after = (" or ".join(map(text, each)) for each in (old, new))
        if before != after:
            return f"{name}: {before} -> {after}"
    return None


def _condition_text(hp):
    texts = [f"{c.name} is {' or '.join(map(str, c.values))}" for c in hp.conditions]
    return f"if {' and '.join(texts)}" if texts else "always"


def _default_text(hp):
    return f"default {hp.default}"


def _is_active(hp, values):
    return all(condition.is_active(values) for condition in hp.conditions)
