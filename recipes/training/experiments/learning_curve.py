"""Do the data need more samples, or augmenting? Errors over parts of the data (guide row 17)."""

import dataclasses
import math
import statistics

from recipes.errors import ArgumentError, check_flag, check_integer, describe
from recipes.training.experiments.power_law import fit_power_law
from recipes.training.experiments.trial import (
    NO_AUGMENTATION,
    check_recipe,
    check_sizes,
    fractions_of,
    pair_of,
    recommended_recipe,
    stratified_part,
    train_and_score,
)

_HELPS = 0.9  # times the error: what a change must reach to count as help
_VERDICTS = {
    "augment": "Augmenting lowers the error: train with augmentation",
    "more data helps": "More data help: with twice as many the error is likely to fall by a tenth "
    "or more",
    "enough data": "Neither more data nor augmenting promises much: look at the model and the "
    "recipe",
}


@dataclasses.dataclass(frozen=True)
class LearningCurve:
    """Errors over parts of the data.

    Args:
        samples: Number of training samples of each part, rising.
        plain: Mean error over the seeds with each part, without augmentation; None if not asked.
        augmented: The same with augmentation; None if not asked, or if there is none.
        plain_law: The `PowerLaw` through `plain`, or None.
        augmented_law: The same of `augmented`.
        verdict: "augment", "more data helps" or "enough data"; the first that holds.
        more_data_helps: Whether twice the data promise an error lower by a tenth, with the better
            of the two.
    """

    samples: tuple
    plain: tuple | None
    augmented: tuple | None
    plain_law: object
    augmented_law: object
    verdict: str
    more_data_helps: bool

    def __str__(self):
        lines = [f"{_VERDICTS[self.verdict]}."]
        if self.verdict == "augment" and self.more_data_helps:
            lines.append("More data help as well.")
        names = [name for name in ("plain", "augmented") if getattr(self, name) is not None]
        lines.append(f"{'samples':>9}" + "".join(f"{name:>11}" for name in names))
        rows = zip(self.samples, *(getattr(self, name) for name in names), strict=True)
        lines += [f"{n:9,}" + "".join(f"{error:11.4f}" for error in row) for n, *row in rows]
        lines += [f"{name}: error = {getattr(self, f'{name}_law')}" for name in names]
        return "\n".join(lines)


def learning_curve(
    build,
    train,
    validation,
    *,
    recipe=None,
    fractions=(0.1, 0.2, 0.4, 1.0),
    augment=(True, False),
    seeds=(0,),
):
    """Trains on parts of the data, with and without augmentation, and fits a power law.

    Every part is trained for the epochs of the recipe: a tenth of the data takes a tenth of the
    time.

    Args:
        build: A callable without arguments that returns a built `keras.Model`.
        train: Pair (x, y) of arrays, or a folder of images or a `Dataset`, as in `fit`.
        validation: Data of one of these forms, always all of it.
        recipe: A `Recipe`, None for the recommended one; its augmentation is what is tried.
        fractions: Shares of the training data, in (0, 1], two at least; parts are stratified.
        augment: Whether to augment: True, False, or both. Data that are no images of shape
            (samples, height, width, channels) are never augmented.
        seeds: Seeds of part, weights and order; errors are means over them.

    Returns:
        A `LearningCurve`.

    Raises:
        DataError: If the data cannot be trained on, or are too few for parts of different sizes.
        ArgumentError: If an argument breaks its rule.

    Example:

        print(learning_curve(build, (x, y), (x_val, y_val), seeds=(0, 1, 2)))
    """
    where = "learning_curve"
    recipe, fractions = check_recipe(where, recipe), fractions_of(where, fractions, 2)
    train, validation = pair_of(where, "train", train), pair_of(where, "validation", validation)
    seeds = [check_integer(where, "seeds", seed, 0) for seed in seeds]
    if not seeds:
        raise ArgumentError(describe(where, "`seeds` must be one at least", seeds=seeds))
    parts = [[stratified_part(*train, f, seed=seed) for seed in seeds] for f in fractions]
    check_sizes(where, [row[0] for row in parts])
    recipe = recipe or recommended_recipe(build(), train)

    def errors(recipe):
        return tuple(_mean_error(build, row, validation, recipe, seeds) for row in parts)

    kinds = _recipes(where, recipe, augment, train[0])
    curves = {name: errors(recipe) for name, recipe in kinds.items()}
    return judge_curves([len(row[0][0]) for row in parts], **curves)


def judge_curves(samples, plain=None, augmented=None):
    """Says what curves of errors call for: more data, augmentation, or neither.

    Augmenting helps if it takes a tenth off the error, as the geometric mean over the parts, and
    does no harm with all data. More data help if the power law through the better curve promises
    an error lower by a tenth with twice as many.

    Args:
        samples: Number of samples of each part, rising.
        plain: Errors without augmentation, one a part; None if not measured.
        augmented: Errors with augmentation; None if not measured.

    Returns:
        A `LearningCurve`.
    """
    laws = [curve and fit_power_law(samples, curve) for curve in (plain, augmented)]
    augment = plain is not None and augmented is not None and _helps(plain, augmented)
    better = laws[1] if augment or plain is None else laws[0]
    more = better(2 * samples[-1]) <= _HELPS * better(samples[-1])
    verdict = "augment" if augment else "more data helps" if more else "enough data"
    curves = (curve and tuple(map(float, curve)) for curve in (plain, augmented))
    return LearningCurve(tuple(samples), *curves, *laws, verdict, bool(more))


def _helps(plain, augmented):
    ratios = [
        math.log(max(new, 1e-6) / max(old, 1e-6)) for new, old in zip(augmented, plain, strict=True)
    ]
    return statistics.mean(ratios) <= math.log(_HELPS) and augmented[-1] <= plain[-1]


def _mean_error(build, parts, validation, recipe, seeds):
    return statistics.mean(
        train_and_score(build, part, validation, recipe=recipe, seed=seed).error
        for part, seed in zip(parts, seeds, strict=True)
    )


def _recipes(where, recipe, augment, x):
    """Returns the recipes to try, by the name of their curve."""
    wanted = (augment,) if isinstance(augment, bool) else tuple(augment)
    wanted = {check_flag(where, "augment", flag) for flag in wanted}
    if not wanted:
        raise ArgumentError(describe(where, "`augment` must be True, False or both", augment=()))
    plain = recipe.replace(**NO_AUGMENTATION)
    if x.ndim != 4 or recipe.augmentation == 0:
        return {"plain": plain}  # there is nothing to augment, or nothing that does it
    kinds = {False: ("plain", plain), True: ("augmented", recipe)}
    return dict(kinds[flag] for flag in sorted(wanted))
