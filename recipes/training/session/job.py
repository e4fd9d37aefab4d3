"""What `fit` was asked for, checked."""

import dataclasses

import keras

from recipes.errors import (
    ArgumentError,
    check_flag,
    check_integer,
    check_one_of,
    describe,
)
from recipes.training.recipe import Recipe
from recipes.training.session.budget import LONGEST, in_words, parse_budget


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """The arguments of `fit` beside model and data; see there.

    Args:
        recipe: The `Recipe`, or None: the recommended one for data and model.
        changes: What was asked for in place of the recipe's: epochs, batch size.
        seconds: The budget, or None.
        follow_clock: Whether the number of epochs follows from the budget.
        rates: The rate of each step of an earlier run that is to be repeated, or None.
    """

    recipe: Recipe | None = None
    changes: dict = dataclasses.field(default_factory=dict)
    seconds: float | None = None
    follow_clock: bool = False
    initial_epoch: int = 0
    seed: int = 0
    callbacks: tuple = ()
    class_weight: object = None
    preflight: bool = True
    force: bool = False
    deterministic: bool = False
    verbose: object = "auto"
    source: dict | None = None
    rates: list | None = None

    @property
    def sets_rates(self):
        """Whether a callback sets the rate of each step, in place of a schedule."""
        return self.follow_clock or self.rates is not None

    def complete(self, recipe):
        """Returns a recipe with what was asked for in its place."""
        return recipe.replace(**self.changes)

    def settings(self, recipe):
        """Returns what decides the result, as JSON can hold it."""
        return {
            "recipe": recipe.to_dict(),
            "budget": self.seconds,
            "initial_epoch": self.initial_epoch,
            "seed": self.seed,
            "class_weight": _as_json(self.class_weight),
            "deterministic": self.deterministic,
        }


def make_job(*, recipe, budget, epochs, batch_size, callbacks, **options):
    """Returns the `Job` of the arguments of `fit`, which are checked."""
    seconds = parse_budget(budget)
    recipe = _recipe(recipe)
    changes = {"epochs": epochs, "batch_size": batch_size}
    changes = {name: v for name, v in changes.items() if v is not None}
    (recipe or Recipe()).replace(**changes)  # checks them before anything is built
    job = Job(
        recipe=recipe,
        changes=changes,
        seconds=seconds,
        follow_clock=seconds is not None and epochs is None,
        callbacks=tuple(_check_callbacks(callbacks)),
        **options,
    )
    check_integer("fit", "initial_epoch", job.initial_epoch, 0)
    check_integer("fit", "seed", job.seed, 0)
    for name in ("preflight", "force", "deterministic"):
        check_flag("fit", name, getattr(job, name))
    check_one_of(
        "fit", "verbose", int(job.verbose) if job.verbose != "auto" else "auto", (0, 1, 2, "auto")
    )
    if seconds is not None and seconds > LONGEST and not job.force:
        rule = "a run must come to its end within 12 hours (guide row 8)"
        raise ArgumentError(describe("fit", rule, "Or force=True.", budget=in_words(seconds)))
    return job


def _recipe(recipe):
    """Returns a recipe: that one, or that of a record."""
    if recipe is None or isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, dict) and isinstance(recipe.get("recipe"), dict):
        return Recipe.from_dict(recipe["recipe"])
    rule = "`recipe` must be a Recipe, or the record of a run"
    raise ArgumentError(describe("fit", rule, recipe=recipe))


def _check_callbacks(callbacks):
    """Returns the callbacks as a list, without any that would set the rate beside the recipe."""
    callbacks = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else callbacks
    setters = (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler)
    for callback in callbacks or ():
        if isinstance(callback, setters):
            rule = "the recipe sets the learning rate, and no callback may"
            hint = "Leave it out, or use model.fit."
            name = type(callback).__name__
            raise ArgumentError(describe("fit", rule, hint, callback=name))
    return list(callbacks or ())


def _as_json(class_weight):
    if isinstance(class_weight, dict):
        return {str(key): float(value) for key, value in class_weight.items()}
    return class_weight
