"""Our builders and recipes as a `keras_tuner.HyperModel`, with the recommended search space."""

import dataclasses
import functools
import inspect
import random

import keras_tuner

import recipes
from recipes.data.preprocessing import copy_layers, with_preprocessing
from recipes.errors import ArgumentError, describe
from recipes.models import check_model_name
from recipes.recommended import BUILDER_VALUES
from recipes.training.fit import fit
from recipes.training.recipe import Recipe
from tuners.search_spaces import search_space

_CLASSIFIERS = ("resnet", "fcn", "mlp", "rnn")
_OF_THE_RECIPE = frozenset(field.name for field in dataclasses.fields(Recipe))


class RecipeHyperModel(keras_tuner.HyperModel):
    """A builder and a recipe whose values are searched.

    Args:
        model: Name of a builder: "resnet", "fcn", "mlp" or "rnn". The recipe trains classifiers;
            a "unet" names the class of each pixel.
        input_shape: Shape of one sample.
        num_classes: Number of classes.
        space: A `SearchSpace`; None takes the recommended one of the builder.
        recipe: The `Recipe` of whatever is not searched, the epochs among it; None takes the
            values that are recommended for the builder.
        preprocessing: Layers in front of every model, fitted on the training split, as
            `recipes.make_preprocessing` returns them.
        seed: A whole number of at least 0, of the initial weights.

    Attributes:
        space: The `SearchSpace`.
        recommended: Names of the parameters whose default is a recommended value.

    Raises:
        ArgumentError: If the model is unknown or no classifier, or the space has a parameter that
            neither builder nor recipe takes.
    """

    def __init__(
        self,
        model,
        input_shape,
        num_classes,
        *,
        space=None,
        recipe=None,
        preprocessing=(),
        seed=0,
    ):
        super().__init__(name=_check_model(model))
        builder = getattr(recipes, f"build_{model}")
        self._options = inspect.signature(builder).parameters.keys()
        self._builder = functools.partial(builder, input_shape, num_classes, seed=seed)
        self._recipe = recipe or Recipe(**self._recommended_values(model))
        self._preprocessing = list(preprocessing)
        self.space = space or search_space(model, input_shape=input_shape)
        _check_names(self.space, builder)

    @property
    def recommended(self):
        """Names of the parameters whose default is a recommended value."""
        return self.space.recommended

    def build(self, hp):
        """Returns the uncompiled model of a setting."""
        values = self.space.declare(hp)
        options = {name: value for name, value in values.items() if name in self._options}
        return with_preprocessing(self._builder(**options), copy_layers(self._preprocessing))

    def recipe(self, hp):
        """Returns the recipe of a setting."""
        values = self.space.declare(hp)
        changes = {name: value for name, value in values.items() if name not in self._options}
        return self._recipe.replace(**changes)

    def fit(
        self,
        hp,
        model,
        x,
        y=None,
        validation_data=None,
        callbacks=(),
        epochs=None,
        initial_epoch=0,
        verbose=0,
    ):
        """Trains the model of a setting with its recipe; returns Keras' `History`.

        The data are not checked again: `tune` does so once, and the tuner checks each graph. The
        order of the samples, shifts and dropout follow from Python's random generator, which the
        tuner seeds for each execution of each trial.

        Args:
            hp: The `keras_tuner.HyperParameters` of the setting.
            model: What `build` returned.
            x: Array of shape (samples, …); or, with y=None, batches of pairs (x, y): a
                `tf.data.Dataset` or a `keras.utils.PyDataset`, which has its own batch size.
            y: Array of shape (samples, …).
            validation_data: Pair of such arrays, such batches, or None.
            callbacks: As in `recipes.fit`.
            epochs: Length of the training in place of the recipe's, or None.
            initial_epoch: As in `recipes.fit`: a trial that was stopped goes on.
            verbose: As in `keras.Model.fit`.
        """
        fit(
            model,
            x if y is None else (x, y),
            validation=validation_data,
            recipe=self.recipe(hp),
            epochs=epochs,
            initial_epoch=initial_epoch,
            callbacks=callbacks,
            seed=random.getrandbits(31),
            preflight=False,
            verbose=verbose,
        )
        return model.history

    def _recommended_values(self, model):
        """Returns the values of the recipe that are others for this builder, by name."""
        own = BUILDER_VALUES[model].items()
        names = _OF_THE_RECIPE - self._options
        return {name: each.value for name, each in own if each is not None and name in names}


def _check_model(model):
    """Returns the name of a builder of classifiers."""
    if model == "unet":
        rule = "the recipe trains classifiers, and a unet names the class of each pixel"
        hint = 'Declare search_space("unet") in a function that builds and compiles the model.'
        raise ArgumentError(describe("RecipeHyperModel", rule, hint, model=model))
    return check_model_name("RecipeHyperModel", model, _CLASSIFIERS)


def _check_names(space, builder):
    taken = _OF_THE_RECIPE | inspect.signature(builder).parameters.keys()
    for name in space.names:
        if name not in taken:
            rule = f"every parameter must be an option of {builder.__name__} or of the recipe"
            hint = "Leave it out of `include`, or declare the space in a function of your own."
            raise ArgumentError(describe("RecipeHyperModel", rule, hint, parameter=name))
