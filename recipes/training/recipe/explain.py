"""A recipe as text: each value with its reason and its source (guide row 64)."""

from recipes.optim.names import optimizer_note
from recipes.recommended import TRAINING


def explain(recipe):
    """Returns the values of a recipe, one a line.

    Args:
        recipe: A `Recipe`.
    """
    reasons = dict(recipe.reasons)
    lines = (_line(name, getattr(recipe, name), reasons.get(name)) for name in TRAINING)
    return "\n".join(lines)


def _line(name, value, reason):
    text = f"{name} = {_shown(value)}: {reason or _why(name, value)}"
    note = _note(name, value)
    return f"{text} {note}" if note else text


def _why(name, value):
    recommended = TRAINING[name]
    if value == recommended.value:
        return str(recommended)
    return f"chosen in place of {_shown(recommended.value)}."


def _note(name, value):
    """Returns what a value costs that the guide allows with a condition, or None."""
    if name == "batch_size" and value == 1:
        times = TRAINING["batch_size"].value
        return (
            f"An epoch takes {times} times the steps of a batch of {times}: good for recurrent "
            "networks if time does not matter (guide row 73)."
        )
    return optimizer_note(value) if name == "optimizer" else None


def _shown(value):
    if isinstance(value, float):
        return f"{value:.4g}"
    return "+".join(value) if isinstance(value, tuple) else value
