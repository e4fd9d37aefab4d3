"""`fit_ensemble`: one recipe from several initial weights, and the mean of what comes of it.

Members that differ in their initial weights and the order of their samples alone make other
mistakes (guide row 65; Lakshminarayanan et al. 2017, arXiv:1612.01474).
"""

import dataclasses
import functools
import inspect
from pathlib import Path

import keras

from recipes.blocks.initializers import check_initializer
from recipes.data.batches import as_batches
from recipes.ensembles.members import ensemble
from recipes.ensembles.outputs import answers, judge
from recipes.errors import ArgumentError, check_integer, describe
from recipes.files import replacing, writable_folder
from recipes.seeds import derive_seed
from recipes.training.fit import fit
from recipes.training.session.budget import parse_budget


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """Members that were trained alike, and their mean.

    Attributes:
        model: The mean of the members as one `keras.Model`, not compiled.
        runs: The `Run` of each member, a tuple.
        losses: Loss of each member on the validation data: cross-entropy in nats without smoothing,
            or mean squared error; empty without validation data, or where these are no arrays.
        loss: Loss of the mean; None where `losses` is empty. It is never above their mean.
    """

    model: keras.Model
    runs: tuple
    losses: tuple
    loss: float | None

    def predict(self, x, *, batch_size=None):
        """Returns the mean of the outputs of the members for some samples.

        Args:
            x: As in `keras.Model.predict`: array of shape (samples, …), for instance.
            batch_size: Samples a step, or None for Keras' 32.
        """
        return self.model.predict(x, batch_size=batch_size, verbose=0)

    def __str__(self):
        if self.loss is None:
            return f"{len(self.runs)} members"
        mean = sum(self.losses) / len(self.losses)
        members = f"{len(self.runs)} members: validation loss {mean:.4f} in the mean"
        return f"{members}, {min(self.losses):.4f} the best; together {self.loss:.4f}"


def fit_ensemble(
    builder,
    train,
    *,
    validation=None,
    members=5,
    initializers=None,
    recipe=None,
    budget=None,
    seed=0,
    folder=None,
    preflight=True,
    **options,
):
    """Trains one network from several initial weights, and averages the outputs.

    The recipe that `fit` recommends for the first member is that of all, and so is its size.

    Args:
        builder: A builder: `functools.partial(build_resnet, (32, 32, 3), 10)`. What has an option
            `seed` is given one for each member; anything else is built with Keras' seed set.
        train: As in `fit`.
        validation: As in `fit`.
        members: How many there are.
        initializers: Names of initialisers, or Keras' objects, that the members take in turn; the
            builder must have the option `initializer`. None: its own.
        recipe: As in `fit`.
        budget: Time of all members together, in equal shares, as in `fit`. The size that suits a
            share is measured with the first member; a builder with `depth` and `width` has these.
        seed: A whole number of at least 0, from which each member gets its own.
        folder: Where the members are kept, each in a folder `member_0`, `member_1`, …, with
            `model.keras`, the ensemble; or None. Called again, it goes on, with more members too;
            a budget must then leave each the share that it had.
        preflight: As in `fit`; the data are checked once.
        **options: More arguments of `fit`: `epochs`, `batch_size`, `verbose`, ….

    Returns:
        An `Ensemble`.

    Raises:
        ArgumentError: If an argument breaks its rule; and whatever `fit` raises.

    Example:

        build = functools.partial(build_resnet, (8, 8, 1), 10)
        together = fit_ensemble(build, (x, y), validation=(x_val, y_val), members=5, budget="10m")
        together.model.save("ensemble.keras")
    """
    members = check_integer("fit_ensemble", "members", members, 1)
    seed = check_integer("fit_ensemble", "seed", seed, 0)
    builders = _builders(builder, initializers, members, seed)
    seconds = parse_budget(budget)
    place = None if folder is None else writable_folder("fit_ensemble", folder)
    train = as_batches("fit_ensemble", "train", train)
    if validation is not None:
        validation = as_batches("fit_ensemble", "validation", validation)
    runs = []
    for number, build in enumerate(builders):
        run = fit(
            build,
            train,
            validation=validation,
            recipe=recipe,
            budget=None if seconds is None else seconds / members,
            seed=derive_seed(seed, "member", number),
            folder=None if place is None else place / f"member_{number}",
            preflight=preflight and not runs,
            **options,
        )
        runs.append(run)
        recipe = _with_size(runs[0])
    model = ensemble([run.model for run in runs])
    if place is not None:
        _save(model, place / "model.keras")
    return Ensemble(model, tuple(runs), *_losses(runs, validation))


def _with_size(run):
    """Returns the recipe of a run with the size that was measured for it."""
    own = {name: value for name, value in run.size.items() if value != getattr(run.recipe, name)}
    return run.recipe.replace(**own)


def _builders(builder, initializers, members, seed):
    """Returns the builder of each member."""
    takes = _options(builder)
    if isinstance(initializers, (str, keras.initializers.Initializer)):
        initializers = [initializers]
    if initializers is not None and (not initializers or "initializer" not in takes):
        rule = "`initializers` must name one at least, and the builder have the option initializer"
        raise ArgumentError(describe("fit_ensemble", rule, initializers=initializers))
    names = [check_initializer("fit_ensemble", name) for name in initializers or ()]
    builders = []
    for number in range(members):
        own = {"initializer": names[number % len(names)]} if names else {}
        if "seed" in takes:
            own["seed"] = derive_seed(seed, "weights", number)
        builders.append(functools.partial(builder, **own) if own else builder)
    return builders


def _options(builder):
    """Returns the names of the options of a builder."""
    if not callable(builder) or isinstance(builder, keras.Model):
        rule = "`builder` must be a builder, which makes each member anew"
        hint = "Such as functools.partial(build_resnet, (32, 32, 3), 10), or lambda: my_model()."
        raise ArgumentError(describe("fit_ensemble", rule, hint, builder=type(builder).__name__))
    return inspect.signature(builder).parameters.keys()


def _save(model, path):
    """Writes the ensemble; where there is an old one, this is replaced as a whole."""
    with replacing(Path(path)) as temporary:
        model.save(temporary)


def _losses(runs, validation):
    """Returns pair (loss of each member, loss of their mean)."""
    if validation is None or validation.arrays is None:
        return (), None
    x, y = validation.arrays
    fit = judge("fit_ensemble", *answers("fit_ensemble", [run.model for run in runs], x), y)
    return fit.losses, fit.loss([1 / len(runs)] * len(runs))
