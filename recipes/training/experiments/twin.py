"""A twin of a model: the same layers, trained for a moment, and put back to the last bit."""

import contextlib

import keras
import numpy as np

from recipes import keras_compat
from recipes.data.pipeline import training_batches
from recipes.errors import ArgumentError, check_integer, describe
from recipes.training.fit import compile_model


@contextlib.contextmanager
def training_twin(where, model, sample, *, recipe, optimizer=None):
    """Yields a model that trains the weights of another one, and puts these back at the end.

    The model itself is never compiled, fitted or evaluated: its optimiser, metrics and traced
    functions are not touched. Its weights, the statistics of batch normalization, the states of
    its random layers, and the random numbers of the process are put back bit by bit.

    Args:
        where: Name of the function that asks, for messages.
        model: A built `keras.Model`. One that is compiled is trained with its loss; another one
            with the loss that `fit` would give it.
        sample: Pair (x, y): a batch or all of the data, for the kind of labels.
        recipe: The `Recipe` whose optimiser trains, at a constant rate that can be set.
        optimizer: A Keras optimiser in its place, or None.

    Raises:
        ArgumentError: If the model is none that can be trained so.
    """
    _check_model(where, model)
    kept = [(variable, np.array(variable)) for variable in model.variables]
    with keras_compat.restoring_process(), keras_compat.restoring(model):
        try:
            yield _make_twin(model, sample, recipe.replace(schedule="constant"), optimizer)
        finally:
            for variable, value in kept:
                variable.assign(value)


def same_kind(optimizer):
    """Returns an optimiser with the settings of another one, and a rate that can be set.

    Args:
        optimizer: A Keras optimiser. Where it follows a schedule, the copy does not.
    """
    inner = getattr(optimizer, "inner_optimizer", None)  # of one that scales the loss
    if inner is not None:
        return type(optimizer)(same_kind(inner))
    return type(optimizer).from_config({**optimizer.get_config(), "learning_rate": 1e-3})


def batches_of(where, train, sample, *, batch_size, seed):
    """Returns what Keras can iterate over.

    Args:
        where: Name of the function that asks, for messages.
        train: As in `sample_of`.
        sample: What `sample_of` returned for it.
        batch_size: Samples a step, of arrays.
        seed: A whole number of at least 0: the order of arrays.
    """
    if not _is_pair(train):
        return train
    size = min(check_integer(where, "batch_size", batch_size, 1), len(sample[0]))
    return training_batches(*sample, batch_size=size, seed=seed)


def sample_of(where, train):
    """Returns arrays as they are, or the first of some batches, as a pair (x, y) of arrays.

    Args:
        where: Name of the function that asks, for messages.
        train: Pair (x, y) of arrays, or batches: a `tf.data.Dataset` or a `keras.utils.PyDataset`.

    Raises:
        ArgumentError: If the data are none of these.
    """
    if _is_pair(train):
        return tuple(np.asarray(part) for part in train)
    if hasattr(train, "element_spec"):
        return _first_pair(where, iter(train.take(1)))
    if isinstance(train, keras.utils.PyDataset):
        return _first_pair(where, (train[0] for _ in range(min(1, len(train)))))
    raise ArgumentError(_unusable(where, type(train).__name__))


def _is_pair(train):
    return isinstance(train, (tuple, list)) and len(train) == 2


def _first_pair(where, batches):
    batch = next(batches, None)
    if not isinstance(batch, tuple) or len(batch) < 2:
        raise ArgumentError(_unusable(where, "batches without labels, or none"))
    return keras.tree.map_structure(np.asarray, batch[:2])


def _unusable(where, received):
    rule = "`train` must be a pair (x, y) of arrays, or batches of such pairs"
    hint = "Batches come from a tf.data.Dataset or a keras.utils.PyDataset."
    return describe(where, rule, hint, train=received)


class _Twin(keras.Model):
    """Another model with a compilation of its own."""

    def __init__(self, model):
        super().__init__(name="twin")
        self.inner = model
        self.output_names = getattr(model, "output_names", None)

    def call(self, inputs, training=None):
        return self.inner(inputs)  # Keras hands `training` on


def _make_twin(model, sample, recipe, optimizer):
    if not model.compiled:
        twin = keras.Model(model.inputs, model.outputs)
        compile_model(twin, recipe, sample)
        if optimizer is not None:
            twin.optimizer = optimizer
        return twin
    twin = _Twin(model)
    optimizer = optimizer or same_kind(model.optimizer)
    weights = model.get_compile_config().get("loss_weights")
    twin.compile(optimizer, loss=model.loss, loss_weights=weights, jit_compile=model.jit_compile)
    return twin


def _check_model(where, model):
    if not isinstance(model, keras.Model) or not model.built:
        rule = "`model` must be a built Keras model"
        hint = "Call it on a batch first, or begin a Sequential with keras.Input(shape)."
        raise ArgumentError(describe(where, rule, hint, model=getattr(model, "name", model)))
    own = [name for name in ("train_step", "compute_loss") if _is_own(model, name)]
    if own:
        rule = "`model` must be trained by Keras' own step"
        raise ArgumentError(describe(where, rule, model=model.name, own=own[0]))
    if not model.compiled and not (getattr(model, "inputs", None) and len(model.outputs) == 1):
        rule = "a model that is not compiled must be functional or sequential, with one output"
        hint = "Compile it first, with its loss."
        raise ArgumentError(describe(where, rule, hint, model=model.name))


def _is_own(model, name):
    return getattr(type(model), name) is not getattr(keras.Model, name)
