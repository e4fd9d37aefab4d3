"""What every trial on some of the data shares: a part with every class, a training, a score."""

import dataclasses
from pathlib import Path

import keras
import numpy as np

from recipes.data.batches import as_batches
from recipes.data.dataset import Dataset
from recipes.errors import ArgumentError, DataError, check_range, describe
from recipes.seeds import derive_seed, set_seed
from recipes.training.fit import fit
from recipes.training.losses import read_head
from recipes.training.recipe import Recipe

NO_AUGMENTATION = {"augmentation": 0}  # at level 0 shifts and flips are off, too
LEAST_OF_A_CLASS = 5  # samples: with fewer a class is seen in some batches of an epoch alone


@dataclasses.dataclass(frozen=True)
class Score:
    """How well a trained model does.

    Args:
        error: Share of the samples that it names wrongly; its loss where it has no accuracy.
        is_share: Whether the error is such a share.
    """

    error: float
    is_share: bool


def pair_of(where, name, data):
    """Returns data as a pair (x, y) of arrays of the same length.

    Args:
        where: Name of the function that asks, for messages.
        name: Name of its argument; of data that came in parts the part of this name is taken.
        data: Pair (x, y) of arrays; or a folder of images or a `Dataset`, as in `fit`.

    Raises:
        ArgumentError: If it is none of these. Batches are not: parts of the data are drawn.
        DataError: If there is no sample, or not as many targets.
    """
    if isinstance(data, (str, Path, Dataset)):
        data = as_batches(where, name, data).arrays
    if not isinstance(data, (tuple, list)) or len(data) != 2:
        rule = f"`{name}` must be a pair (x, y) of arrays, or a folder of images"
        is_stream = hasattr(data, "element_spec") or isinstance(data, keras.utils.PyDataset)
        hint = f"Put its batches together: x, y = map(np.concatenate, zip(*{name}))."
        received = {name: type(data).__name__}
        raise ArgumentError(describe(where, rule, hint if is_stream else "", **received))
    x, y = (np.asarray(part) for part in data)
    if x.ndim and y.ndim and len(x) == len(y) and len(x):
        return x, y
    rule = f"x and y of `{name}` must have a row for each sample, as many, and one at least"
    raise DataError(describe(where, rule, x=x.shape, y=y.shape))


def check_recipe(where, recipe):
    """Returns a recipe or None, and refuses all else."""
    if recipe is None or isinstance(recipe, Recipe):
        return recipe
    raise ArgumentError(describe(where, "`recipe` must be a Recipe", recipe=recipe))


def recommended_recipe(model, train, *, seed=0):
    """Returns the recipe that `fit` would take.

    Args:
        model: A built `keras.Model`.
        train: Pair (x, y) of arrays, or batches of such pairs.
        seed: As in `Recipe.for_data`.
    """
    if read_head(model) is None:
        return Recipe()
    return Recipe.for_data(train, model=model, seed=seed)


def fractions_of(where, fractions, least):
    """Returns fractions of the data in rising order, each in (0, 1] and given once."""
    checked = sorted({check_range(where, "fractions", f, 0, 1, open_low=True) for f in fractions})
    if len(checked) >= least:
        return tuple(checked)
    rule = f"`fractions` must be at least {least} different ones"
    raise ArgumentError(describe(where, rule, fractions=fractions))


def stratified_part(x, y, fraction, *, seed=0):
    """Returns some of the data, with every class in its share and at least a few of each.

    Args:
        x: Array of shape (samples, …).
        y: Class of each sample, of shape (samples,) or one-hot. Other targets have no classes:
            floats, and whole numbers of which most are there once.
        fraction: Share of the samples, in (0, 1].
        seed: A whole number of at least 0.

    Returns:
        Pair (x, y): 5 samples of each class at least, or all that it has.
    """
    from sklearn.model_selection import train_test_split

    labels = classes_of(y)
    count = max(round(fraction * len(y)), 1)
    if labels is None:
        chosen = np.random.default_rng(seed).permutation(len(y))[:count]
        return x[chosen], y[chosen]
    order = np.random.default_rng(seed).permutation(len(y))
    kinds, sizes = np.unique(labels, return_counts=True)
    if len(kinds) <= count < len(y) - len(kinds) and sizes.min() > 1:
        drawn = train_test_split(order, train_size=count, stratify=labels[order], random_state=seed)
        order = np.concatenate(drawn)
    chosen = _with_some_of_each(labels, kinds, order, count)
    return x[chosen], y[chosen]


def check_sizes(where, parts):
    """Refuses parts of one size, which show nothing of what more data bring.

    Args:
        where: Name of the function that asks, for the message.
        parts: Pairs (x, y), as `stratified_part` returns them.

    Raises:
        DataError: If all of them have as many samples.
    """
    sizes = [len(y) for _, y in parts]
    if len(set(sizes)) < 2:
        rule = f"parts must differ in size, and have {LEAST_OF_A_CLASS} samples of each class"
        hint = "Take larger fractions of so few data, such as 0.3 and 1."
        raise DataError(describe(where, rule, hint, samples=sizes))


def classes_of(y):
    """Returns the class of each sample, or None where the targets are no classes."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 1:
        numbers = y.dtype.kind not in "iub" or len(np.unique(y)) > max(len(y) / 2, 1)
        return None if numbers else y
    one_hot = y.ndim == 2 and np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
    return y.argmax(axis=1) if one_hot else None


def train_and_score(build, train, validation, *, recipe, seed):
    """Builds a model, trains it with a recipe, and looks at its error on the validation data.

    Args:
        build: A callable without arguments that returns a built `keras.Model`.
        train: Pair (x, y) of arrays.
        validation: Pair (x, y) of arrays.
        recipe: A `Recipe`.
        seed: A whole number of at least 0: the weights of a builder without a seed of its own, the
            order of the samples, dropout.

    Returns:
        A `Score`.
    """
    set_seed(derive_seed(seed, "build"))
    run = fit(build(), train, recipe=recipe, seed=seed, preflight=False, verbose=0)
    return score(run, validation)


def score(run, validation):
    """Returns the `Score` of a `Run` on a pair (x, y) of arrays."""
    size = run.recipe.batch_size
    results = run.model.evaluate(*validation, batch_size=size, verbose=0, return_dict=True)
    name = next((key for key in results if key.endswith("accuracy")), None)
    if name is not None:
        return Score(1.0 - results[name], True)
    return Score(results["loss"], False)


def _with_some_of_each(labels, kinds, order, count):
    """Returns the first samples of an order, and as many of each class as are needed."""
    chosen = [order[:count]]
    for kind in kinds:
        of_kind = order[labels[order] == kind][:LEAST_OF_A_CLASS]
        chosen.append(of_kind)
    return np.sort(np.unique(np.concatenate(chosen)))
