"""How many steps a budget holds: with the recommended recipe, and without each of its parts."""

import functools
import time

import keras
import numpy as np

from benchmarks.claims.cell import machine
from benchmarks.training import parts
from benchmarks.training.contenders import resnet_builder
from benchmarks.training.tasks import accuracy
from recipes import Recipe, fit

STEPS = 50  # of a turn
SKIPPED = 10  # of them, at its beginning
TURNS = 4
ALIKE = 0.05  # of the time of a step: less is no difference
QUICK = 10  # percentile of the steps: other work on the machine makes some of them slower


def steps_within(budget, data):
    """Trains with `fit` for a budget, then measures a step of the same size without each part.

    Args:
        budget: As `fit` takes it.
        data: The `Data` of images.

    Returns:
        Dict of "machine"; "size", which `fit` has chosen; "steps" of the budget; "accuracy" on the
        test data; "step_seconds" by the name of the part that is left out, "" for none; "passes" by
        the name of the part: how many the budget holds, "whole" and "without" it.
    """
    builder = resnet_builder(data)
    run = fit(builder, data.train, validation=data.validation, budget=budget, seed=0)
    (x, y), steps = data.tests["test"], int(run.model.optimizer.iterations)
    seconds = step_seconds(ways_of(builder, run.size, data), data)
    whole = steps * run.recipe.batch_size / len(data.train[0])
    return {
        "budget": budget,
        "machine": machine(),
        "size": run.size,
        "steps": steps,
        "accuracy": float(accuracy(run.predict(x), y)),
        "step_seconds": seconds,
        "passes": {part: passes_within(whole, seconds, part) for part in seconds if part},
    }


def passes_within(whole, seconds, part):
    """Returns the passes of the whole, and those that the same time holds without a part.

    Args:
        whole: Passes of the whole.
        seconds: What `step_seconds` returned.
        part: Name of the part.
    """
    faster = seconds[""] / seconds[part]
    faster = 1.0 if abs(faster - 1) < ALIKE else faster
    return {"whole": round(whole), "without": round(whole * faster)}


def ways_of(builder, size, data):
    """Returns pairs (recipe, builder) by the part that is left out, "" for none."""
    model = builder(seed=0)
    recipe = Recipe.for_data(*data.train, model=model, budget=1, seed=0)
    sized = functools.partial(builder, **size)
    ways = {"": (recipe, sized)}
    for part in parts.parts_of(recipe, model, data.train[0]):
        ways[part] = parts.without(part, recipe, builder if part == parts.SIZE else sized)
    return ways


def step_seconds(ways, data):
    """Returns the seconds of a quick step of each way; they take turns.

    Args:
        ways: Dict of pairs (recipe, builder).
        data: The `Data`.
    """
    found = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, (recipe, builder) in ways.items():
            found[name] += turn(recipe, builder, data)
    return {name: float(np.percentile(seconds, QUICK)) for name, seconds in found.items()}


def turn(recipe, builder, data):
    """Returns the seconds of each step of a short training by `fit`."""
    times = []
    clock = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: times.append(time.monotonic())
    )
    few = [part[: STEPS * recipe.batch_size] for part in data.train]
    recipe = recipe.replace(epochs=1)
    fit(builder, few, recipe=recipe, preflight=False, callbacks=[clock], verbose=0)
    return list(np.diff(times[SKIPPED:]))
