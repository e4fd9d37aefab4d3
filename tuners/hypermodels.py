"""Our builders and recipes as a `keras_tuner.HyperModel`, with the recommended search space."""

import functools

import keras_tuner

from recipes.models import find_builder
from recipes.recommended import RECOMMENDED
from recipes.training.fit import fit
from recipes.training.recipe import Recipe

_RECIPE_VALUES = ("learning_rate", "weight_decay")  # in the order of guide row 47
_DROPOUT_STEP = 0.1


def search_space(hp):
    """Declares the recommended search space (guide rows 47, 74, 82).

    Each parameter's default is the recommended value, so the first trial is the recommended recipe.

    Args:
        hp: A `keras_tuner.HyperParameters`.

    Returns:
        Dict of the values: `learning_rate`, `weight_decay` and `dropout`.
    """
    values = {
        name: hp.Float(
            name, *RECOMMENDED[name].search, sampling="log", default=RECOMMENDED[name].value
        )
        for name in _RECIPE_VALUES
    }
    dropout = RECOMMENDED["dropout"]
    values["dropout"] = hp.Float(
        "dropout", *dropout.search, step=_DROPOUT_STEP, default=dropout.value
    )
    return values


class RecipeHyperModel(keras_tuner.HyperModel):
    """A builder and a recipe whose values are searched.

    Args:
        model: Name of a builder, such as "resnet".
        input_shape: Shape of one sample.
        num_classes: Number of classes.
        recipe: The `Recipe` of whatever is not searched, the epochs among it.
        seed: A whole number of at least 0, of the initial weights.
    """

    def __init__(self, model, input_shape, num_classes, *, recipe=None, seed=0):
        super().__init__(name=model)
        self._builder = functools.partial(find_builder(model), input_shape, num_classes, seed=seed)
        self._recipe = recipe or Recipe()
        self._seed = seed

    def build(self, hp):
        """Returns the uncompiled model of a setting."""
        return self._builder(dropout=search_space(hp)["dropout"])

    def recipe(self, hp):
        """Returns the recipe of a setting."""
        values = search_space(hp)
        return self._recipe.replace(**{name: values[name] for name in _RECIPE_VALUES})

    def fit(self, hp, model, x, y, validation_data=None, callbacks=(), verbose=0):
        """Trains the model of a setting with its recipe; returns Keras' `History`.

        The data are not checked again: `tune` does so once, and the tuner checks each graph.
        """
        fit(
            model,
            (x, y),
            validation=validation_data,
            recipe=self.recipe(hp),
            callbacks=callbacks,
            seed=self._seed,
            preflight=False,
            verbose=verbose,
        )
        return model.history
