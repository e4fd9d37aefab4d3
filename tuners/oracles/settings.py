"""The settings of a search as its journal keeps them, and what has changed since they were written.

Everything is read with `.get`: an older journal has fewer of them.
"""

import dataclasses
import inspect
import json

from tuners.constraints import Constraint
from tuners.state.changes import space_changes, space_config, space_from

FORMAT = 2  # of the journal's entries; in format 1 the search's entry had no settings or space
_KEPT_APART = ("objective", "max_trials", "seed", "hyperparameters")


def settings_of(oracle, space):
    """Returns the settings of a search as a dict that JSON can hold, and gives back unchanged.

    Args:
        oracle: The oracle.
        space: Its `keras_tuner.HyperParameters` before any trial.
    """
    settings = {
        "kind": "search",
        "format": FORMAT,
        "seed": oracle.seed,
        "oracle": type(oracle).__name__,
        "objective": oracle.objective.name,
        "directions": {each.name: each.direction for each in objectives_of(oracle)},
        "constraints": list(map(dataclasses.astuple, oracle.constraints)),
        "max_trials": oracle.max_trials,
        "arguments": {name: value for name, value in oracle.given.items() if _is_plain(value)},
        "marked": sorted(oracle.marked),
        "space": space_config(space),
    }
    return json.loads(json.dumps(settings, default=_plain))


def given_arguments(cls, args, kwargs):
    """Returns the arguments of an oracle's class by name, but for those that are kept apart.

    Args:
        cls: The class.
        args: Tuple of the arguments by place.
        kwargs: Dict of the others; what the class does not take is for its constructor to refuse.
    """
    signature = inspect.signature(cls)
    known = {name: value for name, value in kwargs.items() if name in signature.parameters}
    bound = signature.bind_partial(*args[: len(signature.parameters)], **known)
    bound.apply_defaults()
    return {name: each for name, each in bound.arguments.items() if name not in _KEPT_APART}


def objectives_of(oracle):
    """Returns the `keras_tuner.Objective`s of an oracle as a list, each a metric of its own."""
    return getattr(oracle.objective, "objectives", [oracle.objective])


def changes_between(old, new):
    """Returns what has changed from old settings to new ones, as a list of texts.

    Args:
        old: Dict, as a journal has it.
        new: Dict, from `settings_of`.
    """
    changes = [_change(key, old, new) for key in ("oracle", "max_trials")]
    if not same_objective(old, new):
        changes.append(f"objective: {_objective(old)} -> {_objective(new)}")
    if "constraints" in old and not has_constraints(old, new):
        changes.append(f"constraints: {_constraints(old)} -> {_constraints(new)}")
    if old.get("oracle") == new["oracle"]:
        names = sorted(old.get("arguments", {}).keys() & new["arguments"].keys())
        changes += [_change(name, old["arguments"], new["arguments"]) for name in names]
    if not same_space(old, new):
        changes += space_changes(space_from(old["space"]), space_from(new["space"]))
    return [change for change in changes if change]


def changes_of_common_parameters(old, new):
    """Returns how parameters that are in two spaces have changed, as a list of texts.

    The space that keras_tuner keeps has what its models asked for in any trial, too.

    Args:
        old: List of dicts, or None where it is not known.
        new: List of dicts.
    """
    names = {each["config"]["name"] for each in new}
    old = [each for each in old or () if each["config"]["name"] in names]
    return space_changes(space_from(old), space_from(new)) if old else []


def same_objective(old, new):
    """Whether scores under old settings mean what they mean under new ones."""
    same_name = old.get("objective") == new["objective"]
    return same_name and old.get("directions", new["directions"]) == new["directions"]


def has_constraints(old, new):
    """Whether old settings tell the constraints of new ones; those of older journals tell none."""
    return old.get("constraints", []) == new["constraints"]


def same_space(old, new):
    """Whether two settings have the same space before any trial, as far as they have one.

    A tuner of keras_tuner that reopens a folder does not declare a space: it takes the trials'.
    """
    return not new["space"] or old.get("space", new["space"]) == new["space"]


def _is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str))


def _change(name, old, new):
    if name not in old or old[name] == new[name]:
        return None
    return f"{name}: {old[name]} -> {new[name]}"


def _objective(settings):
    directions = settings.get("directions", {settings.get("objective"): None})
    return ", ".join(f"{name} ({way})" if way else str(name) for name, way in directions.items())


def _constraints(settings):
    return ", ".join(str(Constraint(*each)) for each in settings["constraints"]) or "none"


def _plain(value):
    return value.item()
