"""From what `fit` was given to a compiled model and its recipe."""

import dataclasses
import functools

import keras

from recipes.data.preprocessing import with_preprocessing
from recipes.errors import ArgumentError, describe
from recipes.seeds import set_seed
from recipes.training.losses import find_task, read_head
from recipes.training.preflight import preflight
from recipes.training.recipe import Recipe
from recipes.training.recipe.traits import read_traits
from recipes.training.session.compiling import compile_model
from recipes.training.session.feeding import preprocessing_of
from recipes.training.session.precision import SHORTEST, choose_precision
from recipes.training.session.sizes import (
    build_model,
    candidate_sizes,
    choose_size,
    is_builder,
    size_name,
)

_LOOKED_AT = 512  # samples


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A model before its first step.

    Args:
        model: The compiled `keras.Model`.
        recipe: The `Recipe`.
        task: What it is trained for, as `find_task` says it; None where that is not known.
        size: Depth and width that a builder was called with; empty for a model that was given.
        times: Seconds a step of each size that was measured, by its name.
        compiled: Config of how the owner compiled the model, or None.
    """

    model: keras.Model
    recipe: Recipe
    task: str | None
    size: dict
    times: dict
    compiled: dict | None


def prepare(model, job, train, validation, *, earlier, watch, say):
    """Builds, checks and compiles.

    Args:
        model: A `keras.Model`, or a builder.
        job: The `Job`.
        train: A view of the training data.
        validation: A view of the validation data, or None.
        earlier: The record of the run that goes on, or None.
        watch: The `Stopwatch` of the run.
        say: Function that is given sentences.

    Returns:
        A `Prepared`.
    """
    stored = Recipe.from_dict(earlier["recipe"]) if earlier and "recipe" in earlier else None
    size, build = {}, None
    if is_builder(model):
        size = _size(job.recipe or stored, earlier)
        build = _Builder(model, job, train)
        if job.follow_clock and earlier is None:  # a large one might take long to be checked
            size = candidate_sizes(model, job.recipe or Recipe())[0]
        model = build.plain(**size)
    _check_model(model)
    checks = job.preflight and earlier is None
    if checks:  # before a recipe is chosen for the data; of a builder's model the data alone
        _check(model, train, validation, job.recipe, say, level=None if build else "trace")
    recipe = job.complete(job.recipe or stored or _recommended(model, train, job))
    task = _task(model, train)
    if build is not None:
        build.follow(recipe, task)
        model = build(**size)
        if checks:
            _check(model, train, validation, recipe, say, level="trace")
    set_seed(job.seed, deterministic=job.deterministic)
    compiled, times = _compile_config(model), {}
    if build is not None and job.follow_clock and earlier is None:
        model, recipe, size, times = _suited(build, recipe, task, job, train, watch, say)
    else:
        if model.compiled:
            say("the model is compiled already. It keeps its loss, not its optimiser.")
        compile_model(model, recipe, train, follow_clock=job.sets_rates)
    return Prepared(model, recipe, task, size, times, compiled)


def _suited(build, recipe, task, job, train, watch, say):
    """Returns model, recipe, size and step times: what is expected to err least in the time."""
    seconds = job.seconds - watch.seconds()
    model, size, times = choose_size(build.builder, train, recipe, seconds=seconds, build=build)
    if times:
        say(f"{size_name(size)} is the size that suits the budget.")
    if job.recipe is None and task == "classification" and seconds > SHORTEST:
        step, build = times.get(size_name(size)), functools.partial(build, **size)
        model, recipe, gain = choose_precision(model, recipe, train, step=step, build=build)
        if gain is not None:
            say(f"a step in {recipe.precision} is {gain:.1f} times as fast, and is taken.")
    return model, recipe, size, times


def _check(model, train, validation, recipe, say, *, level):
    """Raises all problems in one message; says the warnings if the graph is looked at, too."""
    parts = (view and view.shown() for view in (train, validation))
    report = preflight(model, *parts, recipe=recipe, level=level).raise_for_errors("fit")
    for warning in report.warnings if level else ():
        say(str(warning))


class _Builder:
    """A builder with all that a recipe says of the model."""

    def __init__(self, builder, job, train):
        self.builder, self._job, self._train = builder, job, train
        self._options, self._preprocessing = {}, []

    def plain(self, **size):
        """Returns the model that the builder makes by itself."""
        return build_model(self.builder, seed=self._job.seed, **size)

    def follow(self, recipe, task):
        """Takes over what a recipe says; the statistics of the data serve every size."""
        self._preprocessing = preprocessing_of(recipe, self._train, task=task)
        self._options = {
            "dropout": recipe.dropout or None,
            "regularize": recipe.regularize or None,
            "precision": recipe.precision,
        }

    def __call__(self, **changes):
        """Returns the model of a size, and of another precision than the recipe's if asked."""
        model = build_model(self.builder, seed=self._job.seed, **self._options | changes)
        return with_preprocessing(model, self._preprocessing) if len(model.inputs) == 1 else model


def _size(recipe, earlier):
    """Returns the size of an earlier run, or that of a recipe; None is the builder's own."""
    if earlier and earlier.get("size"):
        return earlier["size"]
    return {name: getattr(recipe, name, None) for name in ("depth", "width")}


def _recommended(model, train, job):
    """Returns the recommended recipe for a model and its data."""
    if read_head(model) is None:
        return Recipe()
    parts = train.arrays or train.peek(_LOOKED_AT)
    traits = read_traits(*parts, model=model, seed=job.seed)
    size = train.batch_size or job.changes.get("batch_size")
    traits = dataclasses.replace(traits, samples=train.samples, batch_size=size)
    return Recipe.for_data(traits, budget=job.seconds)


def _task(model, train):
    head = read_head(model)
    labels = train.peek(_LOOKED_AT)[1]
    return find_task(labels, head) if head is not None and hasattr(labels, "ndim") else None


def _check_model(model):
    """Refuses a model that has not one output, unless its owner has chosen its loss."""
    if isinstance(model, keras.Model) and (model.compiled or read_head(model) is not None):
        return
    rule = "`model` must be functional or sequential, with one output, or compiled with a loss"
    hint = "Begin a Sequential with keras.Input(shape)."
    name = getattr(model, "name", type(model).__name__)
    raise ArgumentError(describe("fit", rule, hint, model=name))


def _compile_config(model):
    """Returns how its owner compiled a model, as JSON can hold it, or None."""
    if not model.compiled:
        return None
    try:
        return model.get_compile_config()
    except (NotImplementedError, TypeError, ValueError):
        return None
