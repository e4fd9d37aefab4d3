"""`fit`: from a model and data to a trained model and a verdict (guide row 1)."""

import dataclasses
import time
from pathlib import Path

import keras
import numpy as np

from recipes.data.augmentation import augmentation
from recipes.data.pipeline import training_batches
from recipes.diagnosis.curves import diagnose
from recipes.errors import ArgumentError, check_integer, describe
from recipes.files import writable_folder
from recipes.graph.check import check_graph
from recipes.seeds import set_seed
from recipes.training.preflight import check_data
from recipes.training.recipe import Recipe
from recipes.training.record import write_record
from recipes.training.verdict_loss import VerdictLoss


@dataclasses.dataclass(frozen=True)
class Run:
    """A finished training.

    Attributes:
        model: The trained `keras.Model`, the one that was given.
        history: Dict of lists, one value an epoch: `loss`, `accuracy`, `val_loss`, …, and
            `train_loss`, the loss on training data that can be compared with `val_loss`.
        diagnosis: The `Diagnosis` of the curves; None without validation data, or where the loss
            is no cross-entropy.
        recipe: The `Recipe` that was followed.
        seconds: Time of the training, in seconds.
        folder: `Path` of the record, None if none was asked for.
    """

    model: keras.Model
    history: dict
    diagnosis: object
    recipe: Recipe
    seconds: float
    folder: Path | None


def fit(
    model,
    train,
    *,
    validation=None,
    recipe=None,
    epochs=None,
    batch_size=None,
    initial_epoch=0,
    seed=0,
    folder=None,
    callbacks=(),
    preflight=True,
    verbose="auto",
):
    """Trains a classifier with the recommended recipe: momentum, warm-up, cosine, weight decay.

    The data and the graph of the model are checked first. A model that is not compiled gets
    cross-entropy and accuracy; one that is keeps its loss and metrics, and gets the optimiser of
    the recipe.

    Args:
        model: A built `keras.Model` with one output of shape (batch, classes), or (batch, 1) with
            a sigmoid for two classes.
        train: Pair (x, y): x of shape (samples, …), y whole numbers of shape (samples,) or one-hot
            of shape (samples, classes).
        validation: Pair (x, y) of the same form, or None: then there is no verdict.
        recipe: A `Recipe`; None takes the recommended one.
        epochs: Passes over the training data, in place of the recipe's.
        batch_size: Samples a step, in place of the recipe's.
        initial_epoch: How many epochs were trained before, from 0: the training goes on to the last
            of the recipe. The schedule follows the steps of the optimiser, so that a callback must
            put back its state before the first step.
        seed: A whole number of at least 0: the order of the samples, dropout (row 2). The weights
            were made before; `build_resnet(seed=…)` seeds them.
        folder: Where `run.json`, `history.csv` and `logs/` for TensorBoard go, or None.
        callbacks: More Keras callbacks; none that sets the learning rate.
        preflight: Whether data and graph are checked first (row 4).
        verbose: As in `keras.Model.fit`.

    Returns:
        A `Run`.

    Raises:
        DataError: If the data cannot be trained on: all reasons in one message.
        GraphError: If a layer of the model cannot learn.
        FolderError: If the folder cannot be written to.
        ArgumentError: If an argument breaks its rule, or the model is none of these.

    Example:

        model = build_resnet((8, 8, 1), num_classes=10)
        run = fit(model, (x, y), validation=(x_val, y_val))
        print(run.diagnosis)
    """
    recipe = _with_changes(_check_recipe(recipe), epochs=epochs, batch_size=batch_size)
    callbacks = _check_callbacks(callbacks)
    initial_epoch = check_integer("fit", "initial_epoch", initial_epoch, 0)
    folder = writable_folder("fit", folder) if folder is not None else None
    train, validation = _pair("train", train), validation and _pair("validation", validation)
    if preflight:
        _preflight(model, train, validation)
    set_seed(seed)
    if model.compiled and verbose:
        print("fit: the model is compiled already. It keeps its loss, not its optimiser.")
    compile_model(model, recipe, train)
    started = time.monotonic()
    history = model.fit(
        _batches(train, recipe, seed, initial_epoch),
        validation_data=validation,
        validation_batch_size=recipe.batch_size,
        epochs=recipe.epochs,
        initial_epoch=initial_epoch,
        shuffle=False,  # the batches are shuffled already
        callbacks=[*_observers(train, validation, recipe, seed, folder), *callbacks],
        verbose=verbose,
    ).history
    run = _finish(model, history, recipe, time.monotonic() - started, folder)
    if folder is not None:
        _record(run, seed)
    return run


def _check_recipe(recipe):
    if recipe is None or isinstance(recipe, Recipe):
        return recipe or Recipe()
    raise ArgumentError(describe("fit", "`recipe` must be a Recipe", recipe=recipe))


def _check_callbacks(callbacks):
    """Returns the callbacks as a list, without any that would set the rate beside the recipe."""
    callbacks = [callbacks] if isinstance(callbacks, keras.callbacks.Callback) else callbacks
    setters = (keras.callbacks.ReduceLROnPlateau, keras.callbacks.LearningRateScheduler)
    for callback in callbacks or ():
        if isinstance(callback, setters):
            rule = "the recipe sets the learning rate, and no callback may"
            hint = "Leave it out, or use model.fit."
            name = type(callback).__name__
            raise ArgumentError(describe("fit", rule, hint, callback=name))
    return list(callbacks or ())


def _with_changes(recipe, **changes):
    return recipe.replace(**{key: value for key, value in changes.items() if value is not None})


def _pair(name, data):
    if isinstance(data, (tuple, list)) and len(data) == 2:
        return tuple(np.asarray(part) for part in data)
    rule = f"`{name}` must be a pair (x, y) of arrays"
    raise ArgumentError(describe("fit", rule, **{name: type(data).__name__}))


def _preflight(model, train, validation):
    """Checks data and graph before anything is changed."""
    expected = {"num_classes": _classes(model), "input_shape": model.input_shape[1:]}
    check_data(*train, name="training", **expected)
    if validation is not None:
        check_data(*validation, name="validation", **expected)
    check_graph(model, level="trace").raise_for_errors()


def _classes(model):
    """Returns the number of outputs of a model, if it is one that `fit` can train."""
    inputs, outputs = (getattr(model, name, None) or () for name in ("inputs", "outputs"))
    if len(inputs) == 1 and len(outputs) == 1 and len(outputs[0].shape) == 2:
        return outputs[0].shape[-1]
    rule = "`model` must be functional or sequential, from one input to outputs (batch, classes)"
    hint = "Begin a Sequential with keras.Input(shape)."
    raise ArgumentError(describe("fit", rule, hint, model=model.name))


def compile_model(model, recipe, train):
    """Gives a model the optimiser of a recipe, and cross-entropy and accuracy if it has no loss.

    Args:
        model: A built `keras.Model`.
        recipe: A `Recipe`.
        train: Pair (x, y) of arrays; the length of x gives the steps an epoch, y the kind of loss.
    """
    optimizer = recipe.make_optimizer(steps_per_epoch=-(-len(train[0]) // recipe.batch_size))
    if not model.compiled:
        model.compile(optimizer, loss=_loss(model, train[1]), metrics=["accuracy"])
        return
    model.optimizer = optimizer
    model.train_function = None  # traced with the former optimiser


def _loss(model, y):
    """The cross-entropy that fits the head and the labels."""
    logits = model.layers[-1].get_config().get("activation") in (None, "linear")
    if model.output_shape[-1] == 1:
        return keras.losses.BinaryCrossentropy(from_logits=logits)
    if y.ndim == 2 and y.shape[1] > 1:
        return keras.losses.CategoricalCrossentropy(from_logits=logits)
    return keras.losses.SparseCategoricalCrossentropy(from_logits=logits)


def _is_cross_entropy(loss):
    name = loss if isinstance(loss, str) else getattr(loss, "name", getattr(loss, "__name__", ""))
    return "crossentropy" in str(name).replace("_", "").lower()


def _batches(train, recipe, seed, initial_epoch):
    """The training data, shifted at random if they are images."""
    images = train[0].ndim == 4
    return training_batches(
        *train,
        batch_size=recipe.batch_size,
        augmentation=augmentation(1, shift=recipe.shift, seed=seed) if images else None,
        seed=seed,
        initial_epoch=initial_epoch,
    )


def _observers(train, validation, recipe, seed, folder):
    """The callbacks that measure: the loss of the verdict first, then those that log it."""
    if validation is not None:
        yield VerdictLoss(*train, batch_size=recipe.batch_size, seed=seed)
    if folder is not None and keras.backend.backend() == "tensorflow":
        yield keras.callbacks.TensorBoard(str(folder / "logs"), write_graph=False)


def _finish(model, history, recipe, seconds, folder):
    """Makes plain numbers of the curves, and judges them."""
    history = {key: [float(value) for value in values] for key, values in history.items()}
    judged = "val_loss" in history and _is_cross_entropy(model.loss)
    verdict = diagnose(history, model.output_shape[-1]) if judged else None
    return Run(model, history, verdict, recipe, seconds, folder)


def _record(run, seed):
    write_record(
        run.folder,
        recipe=run.recipe,
        seed=seed,
        history=run.history,
        diagnosis=run.diagnosis,
        seconds=run.seconds,
        parameters=run.model.count_params(),
    )
