"""A builder is called with the depth and the width that suit data and budget."""

import bisect
import contextlib
import functools
import inspect
import time

import keras
import numpy as np

from recipes.data.batches import ArrayBatches
from recipes.errors import ArgumentError, describe
from recipes.keras_compat import fusing_norms
from recipes.models import BUILDERS
from recipes.recommended import BUILDER_VALUES, LARGEST_SMALL_SIDE
from recipes.seeds import set_seed
from recipes.training.records.state import read_state, write_state
from recipes.training.session.compiling import compile_model

# Of 18,000 images a ResNet-10 had errors of 0.124 + 0.032 / width + 0.520 / passes at widths from
# 0.25 to 2 and 3 to 24 passes (benchmarks/sizes.py): 16 passes over the data err as much more than
# very many do as a width of 1 does more than very wide ones.
PASSES = 16
# Of the same, a ResNet-20 gained 0.4 points at width 2 and 12 passes, as if it were 1.3 times as
# wide. Narrower ones, or with fewer passes, gained 0.2 at most: depth comes after all widths.
_DEPTH = 0.4
STEPS = 500  # a small data set needs more passes: 28 of 1,149 digits
# With them most channels are multiples of 8, which processors take at once: a step of a ResNet-10
# took 95 ms at width 1.5, and 106 at 1.4.
WIDTHS = (0.25, 0.375, 0.5, 0.75, 1.0, 1.5, 2.0)
_COST = 1.5  # the power of the width with which a step grows, before two widths tell it
_COSTS = (0.5, 2.0)  # that of narrow networks, whose steps are overhead, and of wide ones
_SHALLOWEST = {"resnet": 10}  # where it is not the builder's own depth
_MEASURED = 6  # steps, after 2 that trace
_SHARE = 0.15  # of the budget that measuring may take


def is_builder(model):
    """Whether a model is one that is still to be built."""
    return callable(model) and not isinstance(model, keras.Model)


def build_model(builder, *, precision=None, seed=0, **options):
    """Calls a builder with those of some options that it takes.

    Args:
        builder: A callable, such as `functools.partial(build_resnet, (32, 32, 3), 10)`.
        precision: Name of Keras' policy for the types of weights and sums, or None.
        seed: From which Keras draws the seeds of layers that have none.
        **options: `depth`, `width`, `dropout`, `regularize`; None leaves it to the builder, as does
            a partial that has the option already.

    Returns:
        The `keras.Model`.

    Raises:
        ArgumentError: If it returns something else.
    """
    free = set(_parameters(builder, options)) - set(_fixed(builder))
    options = {name: v for name, v in options.items() if v is not None and name in free}
    set_seed(seed)
    with _policy(precision):
        model = builder(**options)
    if isinstance(model, keras.Model):
        return model
    rule = "a builder must return a keras.Model"
    raise ArgumentError(describe("fit", rule, returned=type(model).__name__))


def choose_size(builder, data, recipe, *, seconds, build):
    """Returns the size of a builder that is expected to err least when the time is over.

    A small model gets many passes over the data, a large one learns more from each. Beyond what no
    size avoids, the error is expected to be in proportion to 1 / size + `PASSES` / passes, with the
    size in units of the builder's own width, and of little more with each depth; of small data,
    `STEPS` steps stand for `PASSES` passes.

    Measures the smallest size first, because eight steps of a large one may take all of the budget,
    then the builder's own, or the largest up to it that can take no more than half of the time for
    measuring. Each further one is the best by the step times so far. When the time for measuring is
    over, the best by them is taken. Where there is one size alone, nothing is measured.

    Args:
        builder: A callable that takes `depth` or `width`.
        data: A view of the training data.
        recipe: The `Recipe`; a depth or a width in it is kept.
        seconds: Time for measuring and training.
        build: Function of depth and width that returns a model.

    Returns:
        Triple (model, size, times): the model compiled and as fresh as it was built; the size as a
        dict of `depth` and `width`; the seconds a step of each size that was measured, by its name.
    """
    sizes, models, measured = candidate_sizes(builder, recipe), {}, {}
    deadline = time.monotonic() + _SHARE * seconds
    steps = data.steps(recipe.batch_size)
    wanted = seconds / (steps * max(PASSES, STEPS / steps))  # seconds a step
    place = 0
    while place not in models:
        model = models[place] = build(**sizes[place])
        compile_model(model, recipe, data, follow_clock=True)
        if len(sizes) > 1 and (not measured or time.monotonic() < deadline):
            measured[place] = step_seconds(model, data, recipe.batch_size)
            second = _second(sizes, measured, _SHARE * seconds / 2)
            place = second or _best(sizes, measured, wanted)
    times = {size_name(sizes[k]): step for k, step in measured.items()}
    return models[place], sizes[place], times


def step_seconds(model, data, batch_size):
    """Returns the median seconds of a training step, and leaves the model as it was.

    Args:
        model: A compiled `keras.Model`.
        data: A view of the training data.
        batch_size: Samples a step.
    """
    before = read_state(model)
    clock, times, steps = time.monotonic, [], _MEASURED + 2
    timer = keras.callbacks.LambdaCallback(on_train_batch_end=lambda k, logs: times.append(clock()))
    parts = data.peek(batch_size)
    parts = keras.tree.map_structure(lambda part: np.concatenate([part] * steps), parts)
    batches = ArrayBatches(*parts)
    stream = batches.stream(batch_size=max(batches.samples // steps, 1))
    with fusing_norms(model):
        model.fit(stream, epochs=1, shuffle=False, verbose=0, callbacks=[timer])
    write_state(model, before)
    return float(np.median(np.diff(times[1:])))


def size_name(size):
    """Returns a size in words, such as "depth=10, width=0.5"."""
    return ", ".join(f"{name}={v}" for name, v in size.items() if v is not None) or "its own size"


def _parameters(builder, names=("depth", "width")):
    """Returns which of some names a builder takes."""
    try:
        parameters = inspect.signature(builder).parameters
    except (TypeError, ValueError):
        return ()
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return tuple(names)
    return tuple(name for name in names if name in parameters)


def candidate_sizes(builder, recipe):
    """Returns what can be tried, from the smallest to the largest: wider first, then deeper.

    Args:
        builder: A callable.
        recipe: A `Recipe`, whose depth and width are kept.

    Returns:
        List of dicts of `depth` and `width`; None is the builder's own.
    """
    depth, width = recipe.depth, recipe.width
    taken, fixed = _parameters(builder), _fixed(builder)
    if "pretrained" in fixed:  # the weights fix the network
        return [{"depth": depth, "width": width}]
    widths = WIDTHS if "width" in taken and width is None and "width" not in fixed else (width,)
    depths = (depth,)
    if "depth" in taken and depth is None and "depth" not in fixed:
        depths = _depths(builder) or (None,)
    sizes = [{"depth": depths[0], "width": each} for each in widths]
    deeper = [{"depth": each, "width": widths[-1]} for each in depths[1:]]
    return sizes + deeper


def _fixed(builder):
    """Returns the names that a partial has given already."""
    return builder.keywords.keys() if isinstance(builder, functools.partial) else ()


def _depths(builder):
    """Returns the depths that one of our builders may have, from its shallowest; () of others."""
    function = builder.func if isinstance(builder, functools.partial) else builder
    path = f"{getattr(function, '__module__', '')}:{getattr(function, '__name__', '')}"
    name = {each: name for name, each in BUILDERS.items()}.get(path)
    if name == "resnet" and _shorter_side(builder) > LARGEST_SMALL_SIDE:
        name = "resnet, large images"
    depth = BUILDER_VALUES.get(name, {}).get("depth")
    if depth is None:
        return ()
    return tuple(each for each in depth.choices if each >= _SHALLOWEST.get(name, depth.value))


def _shorter_side(builder):
    """Returns the pixels of the shorter side of the images that a builder is made for."""
    try:
        given = inspect.signature(builder.func).bind_partial(*builder.args, **builder.keywords)
        return min(given.arguments["input_shape"][:2])
    except (AttributeError, KeyError, TypeError):
        return 0


def _second(sizes, measured, seconds):
    """Returns the place of the second size to measure; 0 if there are two, or it takes too long.

    Args:
        sizes: List of sizes.
        measured: Dict of the seconds of a step by place.
        seconds: What measuring it may take at most.
    """
    own = next((k for k, size in enumerate(sizes) if size["width"] in (1.0, None)), 0)
    limit = seconds / (measured[0] * (_MEASURED + 2))
    affordable = [k for k in range(own + 1) if _growth("width", sizes, 0, k) ** _COSTS[1] <= limit]
    return max(affordable, default=0) if len(measured) == 1 else 0


def _best(sizes, measured, wanted):
    """Returns the place of the size that is expected to err least.

    Args:
        sizes: List of sizes.
        measured: Dict of the seconds of a step by place; it has that of the smallest.
        wanted: Seconds of a step with which the time holds `PASSES`.
    """

    def error(place):
        size = (sizes[place]["width"] or 1.0) * _growth("depth", sizes, 0, place) ** _DEPTH
        return 1 / size + _expected(sizes, measured, place) / wanted

    return min(range(len(sizes)), key=error)


def _expected(sizes, measured, place):
    """Returns the seconds a step of a size, from those that were measured around or below it."""
    known = sorted(measured)
    above = min(bisect.bisect_right(known, place), len(known) - 1)
    power, low = _COST, max(k for k in known if k <= place)
    if above and (wider := _growth("width", sizes, known[above - 1], known[above])) != 1:
        slower = measured[known[above]] / measured[known[above - 1]]
        slower /= _growth("depth", sizes, known[above - 1], known[above])
        power = float(np.clip(np.log(slower) / np.log(wider), *_COSTS))
    wider, deeper = (_growth(name, sizes, low, place) for name in ("width", "depth"))
    return measured[low] * wider**power * deeper


def _growth(name, sizes, low, high):
    """Returns by what factor one size is wider or deeper than another."""
    return (sizes[high][name] or 1.0) / (sizes[low][name] or 1.0)


@contextlib.contextmanager
def _policy(precision):
    """Builds layers with a policy of types, and puts the former one back."""
    former = keras.config.dtype_policy()
    if precision is not None:
        keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(former)
