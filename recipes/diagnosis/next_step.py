"""One change to try after a run, in the order of the guide (row 74).

The learning rate comes first; then dropout, batch normalization, augmentation, depth and width. A
change that the verdict speaks against, or that cannot be made, is passed over.
"""

import dataclasses

from recipes.diagnosis.verdict import FACTORS
from recipes.errors import ArgumentError, check_one_of, describe

ORDER = ("learning_rate", "dropout", "norm", "augmentation", "depth", "width")
_LARGEST_LEVEL = 3  # of augmentation
_DROPOUT_STEP = 0.2
_DEPTHS = ((10, 20, 32, 44, 56, 110), (18, 34, 50, 101, 152))  # of residual networks

_UP, _DOWN = 1, -1
_WAYS = {  # verdict: which way each is changed, in the order of row 74
    "diverged": {"learning_rate": _DOWN, "norm": _UP},
    "rate too large": {"learning_rate": _DOWN, "norm": _UP},
    "rate too small": {"learning_rate": _UP, "norm": _UP},
    "noisy": {"learning_rate": _DOWN, "batch_size": _UP, "norm": _UP},
    "still improving": {"epochs": _UP, "learning_rate": _UP, "norm": _UP},
    "too early to tell": {"epochs": _UP},
    "overfitting": {
        "dropout": _UP,
        "norm": _UP,
        "augmentation": _UP,
        "weight_decay": _UP,
        "depth": _DOWN,
        "width": _DOWN,
    },
    "underfitting": {
        "learning_rate": _UP,
        "dropout": _DOWN,
        "norm": _UP,
        "augmentation": _DOWN,
        "depth": _UP,
        "width": _UP,
    },
    "done": {},
}
_WHY = {  # why a thing is changed this way
    ("learning_rate", _DOWN): "the steps are too large",
    ("learning_rate", _UP): "larger steps get further in the same time",
    ("batch_size", _UP): "a larger batch has less noise",
    ("epochs", _UP): "more epochs lead further",
    ("dropout", _UP): "dropout keeps it from learning the samples by heart",
    ("dropout", _DOWN): "dropout takes away what it needs",
    ("norm", _UP): "batch normalization stands larger steps, and regularises",
    ("augmentation", _UP): "augmented data cannot be learned by heart",
    ("augmentation", _DOWN): "augmentation makes the task harder than it is",
    ("weight_decay", _UP): "decay keeps the weights small",
    ("depth", _UP): "a deeper model can learn more",
    ("depth", _DOWN): "a model of fewer layers learns less by heart",
    ("width", _UP): "a wider model can learn more",
    ("width", _DOWN): "a narrower model learns less by heart",
}


@dataclasses.dataclass(frozen=True)
class Step:
    """One change to try.

    Args:
        name: What is changed: a field of the recipe, or an argument of the builder.
        old: Its value in the run; None where it is not known, or chosen from the data.
        new: The value to try; None where the old one is not known: `reason` says which way.
        reason: The verdict, and why this change follows, as a sentence.
    """

    name: str
    old: object
    new: object
    reason: str

    def apply(self, recipe):
        """Returns a recipe with the change.

        Args:
            recipe: A `Recipe`.

        Raises:
            ArgumentError: If the change is none of the recipe, but of the model's builder, or has
                no value.
        """
        if self.new is not None and hasattr(recipe, self.name):
            return recipe.replace(**{self.name: self.new})
        rule = "the step must be one that the recipe holds, with a value"
        hint = "Change the arguments of the model's builder."
        raise ArgumentError(describe("Step.apply", rule, hint, name=self.name, new=self.new))

    def __str__(self):
        return f"{self.name} {_shown(self.old)} -> {_shown(self.new)}: {self.reason}."


def next_step(run=None, *, diagnosis=None, recipe=None, model=None, tried=()):
    """Proposes one change to the settings of a run, or None where nothing is left to change.

    The order is that of the guide: the learning rate first, then dropout, batch normalization,
    augmentation, depth and width. The learning rate is passed over where the training loss shows
    that it serves (overfitting), and stands behind more epochs where the run just ended too early.

    Args:
        run: A `Run` of `fit`, or None: then `diagnosis` and `recipe` are needed.
        diagnosis: A `Diagnosis`, in place of that of the run.
        recipe: The `Recipe` that was followed, in place of that of the run. Fields that it does not
            have, such as `dropout`, are those of the model's builder.
        model: The `keras.Model`, in place of that of the run: one with batch normalization needs
            none, and its dropout is read from it. None if not known.
        tried: Names of changes that were tried and did not help.

    Returns:
        A `Step`, or None.

    Raises:
        ArgumentError: If there is no diagnosis or no recipe, or a name in `tried` is unknown.

    Example:

        step = next_step(run)
        print(step)  # learning_rate 0.1 -> 0.01: rate too large: the steps are too large.
        run = fit(build(), train, validation=validation, recipe=step.apply(run.recipe))
    """
    diagnosis, recipe, model = (
        given if given is not None else getattr(run, name, None)
        for name, given in (("diagnosis", diagnosis), ("recipe", recipe), ("model", model))
    )
    if diagnosis is None or recipe is None:
        rule = "a run with a diagnosis and a recipe is needed, or both of them"
        hint = "Train with validation data, and a cross-entropy or an error of numbers."
        received = {"diagnosis": diagnosis, "recipe": recipe}
        raise ArgumentError(describe("next_step", rule, hint, **received))
    known = (*ORDER, "batch_size", "epochs", "weight_decay")
    tried = [check_one_of("next_step", "tried", name, known) for name in tried]
    for name, way in _WAYS[diagnosis.verdict].items():
        if name not in tried:
            step = _step(name, way, diagnosis, recipe, model)
            if step is not None:
                return step
    return None


def _step(name, way, diagnosis, recipe, model):
    """Returns one change, or None where it cannot be made."""
    old = _present(name, recipe, model)
    new = _CHANGES[name](old, way, diagnosis.verdict)
    is_same = new == 0 if old is None else new == old  # less than nothing is nothing
    if is_same:
        return None
    return Step(name, old, new, f"{diagnosis.verdict}: {_WHY[name, way]}")


def _present(name, recipe, model):
    """Returns the value that a setting has: in the recipe, else in the model, else None."""
    value = getattr(recipe, name, None)
    return _IN_MODEL[name](model) if value is None and name in _IN_MODEL and model else value


def _norm_in(model):
    import keras

    kinds = [type(layer) for layer in _layers(model)]
    norms = {"batch": keras.layers.BatchNormalization, "layer": keras.layers.LayerNormalization}
    norms["group"] = keras.layers.GroupNormalization
    return next((name for name, kind in norms.items() if kind in kinds), None)


def _dropout_in(model):
    import keras

    rates = [layer.rate for layer in _layers(model) if type(layer) is keras.layers.Dropout]
    return rates[-1] if rates else 0.0


def _layers(model):
    from recipes import keras_compat

    return keras_compat.all_layers(model)


_IN_MODEL = {"norm": _norm_in, "dropout": _dropout_in}


def _rate(old, way, verdict):
    factor = FACTORS.get(verdict, 3.0)
    return float(f"{old * factor:.3g}")


def _dropout(old, way, verdict):
    return round(min(max((old or 0.0) + way * _DROPOUT_STEP, 0.0), 0.6), 3)


def _norm(old, way, verdict):
    return old or "batch"


def _level(old, way, verdict):
    return min(max((old or 0) + way, 0), _LARGEST_LEVEL)


def _doubled(old, way, verdict):
    return old * 2


def _tripled(old, way, verdict):
    return float(f"{(old or 1e-4) * 3:.3g}")


def _width(old, way, verdict):
    """Returns half as much again, or two thirds; None where the width is not known."""
    if old is None:
        return None
    width = old * (1.5 if way == _UP else 2 / 3)
    return max(round(width), 1) if isinstance(old, int) else round(width, 3)


def _depth(old, way, verdict):
    """Returns the next published depth, or a layer more or less; None where it is not known."""
    family = next((family for family in _DEPTHS if old in family), None)
    if old is None or family is None:
        return None if old is None else max(old + way, 1)
    return family[min(max(family.index(old) + way, 0), len(family) - 1)]


_CHANGES = {
    "learning_rate": _rate,
    "batch_size": _doubled,
    "epochs": _doubled,
    "dropout": _dropout,
    "norm": _norm,
    "augmentation": _level,
    "weight_decay": _tripled,
    "depth": _depth,
    "width": _width,
}


def _shown(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)
