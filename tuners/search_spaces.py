"""The recommended search spaces: what to tune first, and from which values (rows 47, 74, 82)."""

import dataclasses

import keras_tuner

from recipes.errors import ArgumentError, check_integer, describe, listing
from recipes.models import check_model_name
from recipes.recommended import MODELS, recommend_model

ORDER = (  # learning rate, batch size, weight decay (row 47); then those of row 74; then the rest
    "learning_rate",
    "batch_size",
    "weight_decay",
    "dropout",
    "norm",
    "shift",
    "depth",
    "width",
    "initializer",
    "activation",
)
ON_REQUEST = ("regularize", "kernel_size")  # rows 33, 42
TRIALS_EACH = 5  # trials for each parameter: with fewer, what is tuned first is not yet known
_FOLLOW = ("learning_rate", "batch_size", "weight_decay")  # row 47: what depends on the data
_NO_VALUE = {"initializer": "auto"}  # the text that stands for None; else "none"


class SearchSpace(keras_tuner.HyperParameters):
    """A search space whose defaults are the recommended values, and so the first trial.

    It is a `keras_tuner.HyperParameters`: pass it as `hyperparameters=`, or declare it in the
    function that builds the model.

    Args:
        recommendations: Dict of `Recommendation`s by name, in the order of their declaration.

    Example:

        space = search_space("resnet", trials=20)

        def build(hp):
            values = space.declare(hp)
            model = build_resnet((32, 32, 3), 10, dropout=values["dropout"])
            rate, decay = values["learning_rate"], values["weight_decay"]
            optimizer = keras.optimizers.SGD(rate, 0.9, weight_decay=decay)
            model.compile(optimizer, "sparse_categorical_crossentropy", ["accuracy"])
            return model
    """

    def __init__(self, recommendations):
        super().__init__()
        self.recommendations = dict(recommendations)
        self.declare(self)

    @property
    def names(self):
        """Names of the parameters, in the order in which they are tuned first."""
        return tuple(self.recommendations)

    @property
    def recommended(self):
        """Names of the parameters whose default is meant, even where it is the minimum."""
        return frozenset(self.recommendations)

    def declare(self, hp):
        """Declares the parameters in hyperparameters.

        Args:
            hp: A `keras_tuner.HyperParameters`.

        Returns:
            Dict of the values by name, as builders and recipe take them.
        """
        return {name: _declare(hp, name, each) for name, each in self.recommendations.items()}


def search_space(model="resnet", *, trials=20, include=None, input_shape=None, recipe=None):
    """Returns the recommended search space of a builder.

    Few trials tune the learning rate alone; every five more add a parameter, in the order of the
    guide: batch size, weight decay, dropout, norm, augmentation, depth, width, initialisation,
    activation.

    Args:
        model: "resnet", "unet", "fcn", "rnn" or "mlp".
        trials: Number of trials that will be run.
        include: Names of the parameters, in place of those that the trials are enough for:
            "regularize" (rung of the ladder against overfitting) and "kernel_size" come on request
            alone.
        input_shape: Shape of one sample, or None; large images have other depths of a "resnet".
        recipe: A `Recipe`, such as `Recipe.for_data` chooses, whose learning rate, batch size and
            weight decay are the defaults, the bounds around them in proportion; None for those that
            are recommended where nothing is known of the data.

    Returns:
        A `SearchSpace`.

    Raises:
        ArgumentError: If the model or a name is unknown, or `trials` is less than 1.

    Example:

        space = search_space("mlp", include=["learning_rate", "dropout", "regularize"])
        tuner = BayesianOptimization(build_model, "val_loss", hyperparameters=space)
    """
    trials = check_integer("search_space", "trials", trials, 1)
    check_model_name("search_space", model, MODELS)
    known = recommend_model(model, side=_side(input_shape))
    if recipe is not None:
        known |= {name: _around(known[name], getattr(recipe, name)) for name in _FOLLOW}
    order = [name for name in (*ORDER, *ON_REQUEST) if name in known]
    if include is None:
        tuned = [name for name in order if name not in ON_REQUEST][: max(1, trials // TRIALS_EACH)]
    else:
        tuned = _named(include, order)
    return SearchSpace({name: known[name] for name in tuned})


def _named(include, order):
    """Returns the names that were asked for, in their order."""
    include = [include] if isinstance(include, str) else list(include)
    unknown = [name for name in include if name not in order]
    if unknown or not include:
        rule = f"`include` must name one or more of {listing(order)}"
        received = {"include": unknown[0] if unknown else include}
        raise ArgumentError(describe("search_space", rule, **received))
    return [name for name in order if name in include]


def _around(recommended, value):
    """Returns a recommendation with another value, and what is searched around it."""
    if not value or value == recommended.value:  # around 0 there is nothing on a log scale
        return recommended
    if recommended.choices is not None:
        choices = tuple(sorted({*recommended.choices, value}))
        return dataclasses.replace(recommended, value=value, choices=choices)
    low, high = (bound * value / recommended.value for bound in recommended.search)
    return dataclasses.replace(recommended, value=value, search=(low, high))


def _side(input_shape):
    """Returns the shorter side of images of a shape, in pixels, or None."""
    sides = [side for side in tuple(input_shape or ())[:2] if side is not None]
    return min(sides) if len(tuple(input_shape or ())) == 3 and sides else None


def _declare(hp, name, recommended):
    """Declares one parameter; returns its value."""
    if recommended.choices is None:
        kind = hp.Int if isinstance(recommended.value, int) else hp.Float
        low, high = recommended.search
        options = {"step": recommended.step, "sampling": recommended.scale}
        return kind(name, low, high, default=recommended.value, **options)
    nothing = _NO_VALUE.get(name, "none")
    texts = [nothing if choice is None else choice for choice in recommended.choices]
    default = nothing if recommended.value is None else recommended.value
    value = hp.Choice(name, texts, default=default)
    return None if value == nothing and None in recommended.choices else value
