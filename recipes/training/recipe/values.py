"""The training recipe: frozen values, each with its reason and source (guide row 64)."""

import dataclasses

from recipes.errors import check_flag, check_integer, check_one_of
from recipes.optim.optimizers import make_optimizer
from recipes.optim.schedules import make_schedule
from recipes.recommended import NORMS, TRAINING, recommend_guide
from recipes.training.losses.tasks import TASKS
from recipes.training.recipe.checks import check_reasons, check_values
from recipes.training.recipe.choose import choose_for_data
from recipes.training.recipe.explain import explain
from recipes.training.recipe.records import read_dict
from recipes.training.recipe.simple import simplest
from recipes.training.recipe.traits import read_traits


def _recommended(name):
    return dataclasses.field(default=TRAINING[name].value)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """How a model is trained.

    Args:
        optimizer: "momentum" or "adam" (guide row 37), or another one that
            `recipes.optim.optimizers.make_optimizer` knows, such as "adadelta" (row 70).
        learning_rate: Peak of the schedule, without a unit; the first value to tune (row 47).
        momentum: Share of the last step that is kept, in [0, 1); of "momentum" alone.
        batch_size: Samples a step. 1 is fine for a recurrent network if time does not matter (row
            73).
        weight_decay: Decay apart from the gradient, in [0, 1]; gamma, beta and bias are spared.
        clip_norm: Largest norm of all gradients together, above 0; None for no limit.
        schedule: "cosine", "cyclic", "one_cycle", "step", "plateau" or "constant" (row 48).
        warmup: Share of the run in which the rate rises to its peak, in [0, 0.9] (row 50).
        factor: What "step" and "plateau" multiply the rate by, in (0, 1], such as 0.1, 0.3 or 0.5
            (row 54), and the peak of each further cycle; None for their own.
        cycles: How often "cosine" falls to 0, beginning anew at the peak, or "cyclic" rises and
            falls; None for their own, 1 and 3. With `Snapshots` each end of a cycle is a model.
        label_smoothing: Share of each target that is spread over all classes, in [0, 1).
        augmentation: Level of the augmentation of training images, 0 (none) to 3 (row 18); data
            that are no images have none.
        shift: Largest random shift of training images, as a share of their side, in [0, 0.5]; 0
            for none.
        flip: "horizontal", "vertical" or "both": how training images are mirrored; None for not.
        preprocessing: What comes before a model that `fit` builds: "auto", "none", "unit",
            "signed", "standardize", "standardize_pixels", "zca", "pca" or "grayscale" (rows 20-24),
            or several of them in a tuple.
        ema: Share of the averaged weights that is kept in each step, in (0, 1), such as 0.99; None
            for no average (row 67).
        precision: "float32", "mixed_float16" or "mixed_bfloat16": of a model that `fit` builds.
        epochs: Length of the run, in passes over the training data.
        dropout: Share of the features that a model drops that `fit` builds, in [0, 1); 0 leaves it
            to the builder.
        depth: Depth of a model that `fit` builds, in layers, stages or halvings; None: it follows
            from the data and the budget.
        width: Factor on its channels or units; None: the same.
        regularize: Rung of the ladder against overfitting of a model that `fit` builds, 0 to 3 (row
            33); 0 leaves it to the builder.
        reasons: Pairs (name, sentence): why a value is not the recommended one. `for_data`, `guide`
            and `simplify` write them, `explain` prints them.

    Raises:
        ArgumentError: If a value breaks its rule.

    Example:

        recipe = Recipe.for_data(x, y, model=model).replace(epochs=60)
        print(recipe.explain())
        run = fit(model, (x, y), recipe=recipe)
    """

    optimizer: str = _recommended("optimizer")
    learning_rate: float = _recommended("learning_rate")
    momentum: float = _recommended("momentum")
    batch_size: int = _recommended("batch_size")
    weight_decay: float = _recommended("weight_decay")
    clip_norm: float | None = _recommended("clip_norm")
    schedule: str = _recommended("schedule")
    warmup: float = _recommended("warmup")
    factor: float | None = _recommended("factor")
    cycles: int | None = _recommended("cycles")
    label_smoothing: float = _recommended("label_smoothing")
    augmentation: int = _recommended("augmentation")
    shift: float = _recommended("shift")
    flip: str | None = _recommended("flip")
    preprocessing: str | tuple = _recommended("preprocessing")
    ema: float | None = _recommended("ema")
    precision: str = _recommended("precision")
    epochs: int = _recommended("epochs")
    dropout: float = _recommended("dropout")
    depth: int | None = _recommended("depth")
    width: float | None = _recommended("width")
    regularize: int = _recommended("regularize")
    reasons: tuple = dataclasses.field(default=(), compare=False, repr=False)

    def __post_init__(self):
        for name, value in check_values(self).items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "reasons", check_reasons(self.reasons, TRAINING))

    # --- chosen recipes --------------------------------------------------------------------------

    @classmethod
    def for_data(cls, x, y=None, *, model=None, task=None, batch_size=None, budget=None, seed=0):
        """Returns the recommended recipe for some data, a task and a model.

        What follows from what: `recipe.explain()` says it of each value.

        Args:
            x: Array of shape (samples, …), or a list or dict of them; or, with y=None, a pair (x,
                y), a `tf.data.Dataset` or `keras.utils.PyDataset` of batches of such pairs, or
                `Traits`.
            y: Targets of shape (samples, …).
            model: The `keras.Model` that will be trained, or None: without one no head tells the
                task, and images are taken to go into a network with batch normalization.
            task: "classification", "multi_label", "next_step", "mask", "image" or "regression";
                None tells it from the targets and the head of the model.
            batch_size: Samples a step, if that is no choice: the rate follows it (row 51). None
                chooses it, or takes that of the batches which the data come in.
            budget: As in `fit`, or None. With one the epochs are a ceiling.
            seed: A whole number of at least 0: which samples are looked at.

        Returns:
            A `Recipe`.

        Raises:
            ArgumentError: If an argument breaks its rule.
            DataError: If there is no sample.

        Example:

            recipe = Recipe.for_data(x, y, model=build_mlp((30,), 2, norm=None))
            recipe.dropout  # 0.5, on less than 10,000 samples (guide row 27)
        """
        traits = read_traits(x, y, model=model, task=task, seed=seed)
        if batch_size is not None:
            size = check_integer("Recipe.for_data", "batch_size", batch_size, 1)
            traits = dataclasses.replace(traits, batch_size=size)
        return cls().adopt(choose_for_data(traits, budgeted=budget is not None))

    @classmethod
    def guide(cls, *, task="classification", norm="batch", images=True):
        """Returns guide A to the letter, in place of what was measured (row 92).

        Where the guide contradicts itself (rows 38, 40, 70), `explain()` says what was taken, and
        how to have the other.

        Args:
            task: "image" for outputs that are images; any other task has labels.
            norm: The norm of the model, or None: then there is a dropout of 0.5 (rows 27, 31).
            images: Whether the samples are images, which are augmented.

        Returns:
            A `Recipe`.

        Raises:
            ArgumentError: If an argument breaks its rule.

        Example:

            run = fit(model, (x, y), validation=(x_val, y_val), recipe=Recipe.guide())
        """
        check_one_of("Recipe.guide", "task", task, TASKS)
        check_one_of("Recipe.guide", "norm", norm, NORMS)
        images = check_flag("Recipe.guide", "images", images)
        return cls().adopt(recommend_guide(task, norm=norm, images=images))

    def simplify(self, model=None):
        """Returns what is left without all that is not needed to learn (guide row 11).

        No augmentation, schedule, smoothing, decay, dropout or average, the plain loss, Adam at
        its published rate, and the smallest model. Batches, epochs and preprocessing stay.

        Args:
            model: Name of the builder ("resnet", "unet", "fcn", "rnn", "mlp") whose smallest depth
                is taken, or None: the depth stays open.
        """
        return self.adopt(simplest(model))

    def adopt(self, recommendations):
        """Returns a recipe with recommended values, whose reasons `explain` prints.

        Args:
            recommendations: Dict of `Recommendation`s by name; names of no field are left out.
        """
        own = {name: each for name, each in recommendations.items() if name in TRAINING}
        reasons = dict(self.reasons) | {name: str(each) for name, each in own.items()}
        values = {name: each.value for name, each in own.items()}
        return dataclasses.replace(self, **values, reasons=tuple(reasons.items()))

    def replace(self, **changes):
        """Returns a recipe with other values, by name."""
        if "reasons" not in changes:
            kept = [(name, reason) for name, reason in self.reasons if name not in changes]
            changes["reasons"] = tuple(kept)
        return dataclasses.replace(self, **changes)

    # --- in and out ------------------------------------------------------------------------------

    def to_dict(self):
        """Returns the values by name, and the reasons, as JSON can hold them."""
        values = {name: getattr(self, name) for name in TRAINING}
        listed = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
        return {**listed, "reasons": dict(self.reasons)}

    @classmethod
    def from_dict(cls, values):
        """Returns the recipe that `to_dict` was called on, also of a record of an earlier version.

        Args:
            values: Dict of all values by name. What version 0.1 did not have may be missing: it
                then has the value that did nothing.

        Raises:
            ArgumentError: If a name is unknown or missing, or a value breaks its rule.

        Example:

            recipe = Recipe.from_dict(json.loads(path.read_text())["recipe"])
        """
        return cls(**read_dict(values))

    def explain(self):
        """Returns the values as text, one a line: the value, its reason, its source."""
        return explain(self)

    # --- in use ----------------------------------------------------------------------------------

    def make_schedule(self, total_steps):
        """Returns the learning rate as `make_schedule` makes it.

        Args:
            total_steps: Length of the run, in steps.
        """
        return make_schedule(
            self.schedule,
            self.learning_rate,
            total_steps,
            warmup=self.warmup,
            factor=self.factor,
            cycles=self.cycles,
        )

    def make_optimizer(self, steps_per_epoch):
        """Returns the Keras optimiser, its schedule as long as the run.

        Args:
            steps_per_epoch: Batches in one pass over the training data.
        """
        return make_optimizer(
            self.optimizer,
            self.make_schedule(self.epochs * steps_per_epoch),
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            clip_norm=self.clip_norm,
        )
