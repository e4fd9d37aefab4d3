"""The rules: which hyperparameter to change next, and which way (guide rows 47, 74, 75).

A parameter is known by its name. What no rule asks for is tried last, in steps to both sides.
"""

import dataclasses
import re

ROLES = {  # the first that fits; "dropout_rate" is no learning rate
    "dropout": r"drop",
    "norm": r"norm|(^|_)bn($|_)",
    "batch size": r"batch",
    "decay": r"decay|regulari[sz]|(^|_)(l1|l2|wd)($|_)",
    "augmentation": r"augment|shift|mixup|cutmix|cutout|flip|rotat",
    "learning rate": r"(^|_)lr($|_)|learning_?rate|^rate$",
    "depth": r"depth|layers$|blocks|stages",
    "width": r"width|units|filters|channels|hidden|neurons",
}
ORDER = (  # of rows 47 and 74
    "learning rate",
    "batch size",
    "decay",
    "dropout",
    "norm",
    "augmentation",
    "depth",
    "width",
)

UP, DOWN = 1, -1
_STEP = 0.33  # share of the range: as bold as a person with few trials
_FACTOR = 3.0  # of a learning rate


@dataclasses.dataclass(frozen=True)
class Remedy:
    """One change.

    Args:
        role: One of `ROLES`.
        direction: 1 for more, -1 for less.
        factor: What a learning rate is multiplied or divided by.
    """

    role: str
    direction: int
    factor: float = _FACTOR


REMEDIES = {
    "diverged": (
        Remedy("learning rate", DOWN, 10.0),
        Remedy("learning rate", DOWN),
        Remedy("norm", UP),
        Remedy("batch size", UP),
    ),
    "failed": (
        Remedy("batch size", DOWN),
        Remedy("width", DOWN),
        Remedy("depth", DOWN),
        Remedy("learning rate", DOWN),
    ),
    "unstable": (
        Remedy("learning rate", DOWN),
        Remedy("learning rate", DOWN, 10.0),
        Remedy("batch size", UP),
        Remedy("norm", UP),
    ),
    "slow": (
        Remedy("learning rate", UP, 10.0),
        Remedy("learning rate", UP),
        Remedy("norm", UP),
        Remedy("batch size", DOWN),
    ),
    "improving": (
        Remedy("learning rate", UP),
        Remedy("norm", UP),
        Remedy("batch size", DOWN),
        Remedy("dropout", DOWN),
    ),
    "overfitting": (
        Remedy("dropout", UP),
        Remedy("decay", UP),
        Remedy("norm", UP),
        Remedy("augmentation", UP),
        Remedy("width", DOWN),
        Remedy("depth", DOWN),
    ),
    "underfitting": (
        Remedy("depth", UP),
        Remedy("width", UP),
        Remedy("dropout", DOWN),
        Remedy("norm", UP),
        Remedy("augmentation", DOWN),
        Remedy("decay", DOWN),
        Remedy("learning rate", UP),
        Remedy("learning rate", DOWN),
    ),
    "done": (),
    "unknown": (),
}


def role_of(name):
    """Returns the role of a hyperparameter, or None where its name says nothing."""
    found = (role for role, pattern in ROLES.items() if re.search(pattern, name.lower()))
    return next(found, None)


def in_order(parameters):
    """Returns parameters in the order of rows 47 and 74, those without a role last."""
    rank = {role: place for place, role in enumerate(ORDER)}
    return sorted(parameters, key=lambda p: rank.get(role_of(p.hp.name), len(rank)))


def changed(parameter, value, direction, *, factor=_FACTOR, share=1.0):
    """Returns the values that a step leads to, the nearest to what is meant first.

    Args:
        parameter: A parameter as columns, as in `make_parameter`.
        value: Its value.
        direction: 1 for more, -1 for less.
        factor: What a learning rate is multiplied or divided by.
        share: Size of the step, 1 for a whole one.

    Returns:
        List of values; several where they have no order, none at the end of the range.
    """
    if parameter.columns > 1:
        return parameter.near(value) if direction == UP and share == 1.0 else []
    if role_of(parameter.hp.name) == "learning rate" and isinstance(value, (int, float)):
        target = float(parameter.encode(value * factor ** (direction * share))[0])
    else:
        target = float(parameter.encode(value)[0]) + direction * _STEP * share
    return _toward(parameter, value, direction, target)


def _toward(parameter, value, direction, target):
    """Returns the value at a target, or the next one to it where that is the value itself."""
    found = parameter.decode([target])
    if found != value:
        return [found]
    place = parameter.encode(value)[0]
    near = (each for each in parameter.near(value))
    return [each for each in near if (parameter.encode(each)[0] - place) * direction > 0]
