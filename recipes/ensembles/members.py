"""`ensemble`: one Keras model that averages the outputs of several (guide row 65).

The loss of a mean of probabilities is never above the mean of the losses (Jensen's inequality: the
cross-entropy and the squared error are convex), and below it where the members differ
(Lakshminarayanan et al. 2017, arXiv:1612.01474).
"""

import math
import numbers

import keras

from recipes import keras_compat
from recipes.errors import ArgumentError, describe
from recipes.optim.weight_average import recompute_statistics
from recipes.training.losses import read_head


def ensemble(models, *, weights=None, name="ensemble"):
    """Returns one model whose outputs are the mean of those of several.

    It shares the weights of its members until it is saved. It is made of Keras' own layers and is
    not compiled; it saves, loads and exports as its members do. Outputs are averaged as they are:
    give members with logits a softmax first, for a mean of probabilities.

    Args:
        models: Functional or sequential `keras.Model`s with inputs and outputs of the same shapes;
            one at least. The same one may be in it twice.
        weights: A number of at least 0 for each of them; their sum is 1. None: all count the same.
        name: Name of the model; in it the members are called `NAME_0`, `NAME_1`, ….

    Returns:
        A functional `keras.Model`.

    Raises:
        ArgumentError: If the models do not fit together, or an argument breaks its rule.

    Example:

        model = ensemble([run.model for run in runs])
        model.save("ensemble.keras")
    """
    models = check_models("ensemble", models)
    weights = None if weights is None else check_weights("ensemble", weights, len(models))
    inputs = keras.tree.map_structure(_input_like, _inputs(models[0]))
    members = [
        keras.Model(_inputs(model), _outputs(model), name=f"{name}_{place}")
        for place, model in enumerate(models)
    ]
    outputs = [member(inputs) for member in members]
    mean = keras.tree.map_structure(lambda *each: _mean(each, weights), *outputs)
    return keras.Model(inputs, mean, name=name)


def average_weights(models, data=None, *, name="average"):
    """Returns one model with the mean of the weights of several, as large and fast as each of them.

    For stages of one run that lie close together (Izmailov et al. 2018, arXiv:1803.05407; guide row
    67); models from different initial weights have nothing in common that could be averaged. The
    statistics of batch normalization are computed anew, since the mean of them is not theirs.

    Args:
        models: Functional or sequential `keras.Model`s of the same network, one at least.
        data: Training data for the statistics, as in `WeightAverage`; without batch normalization
            they are not needed.
        name: Name of the model.

    Returns:
        A `keras.Model` that is not compiled.

    Raises:
        ArgumentError: If the networks differ, or there are no data for the statistics.

    Example:

        model = average_weights(snapshots.models, x)
    """
    models = check_models("average_weights", models)
    shapes = [[tuple(weight.shape) for weight in model.weights] for model in models]
    if any(other != shapes[0] for other in shapes):
        rule = "`models` must be stages of one network, with weights of the same shapes"
        counts = [model.count_params() for model in models]
        raise ArgumentError(describe("average_weights", rule, parameters=counts))
    average = copy_model(models[0], name=name)
    stages = zip(*(model.get_weights() for model in models), strict=True)
    average.set_weights([sum(stage) / len(models) for stage in stages])
    _renew_statistics(average, data)
    return average


def copy_model(model, *, name):
    """Returns a model with the same layers and weights, not compiled, under another name."""
    copy = keras.models.clone_model(model)
    copy.name = name
    pairs = zip(keras_compat.all_layers(model), keras_compat.all_layers(copy), strict=True)
    for layer, twin in pairs:
        keras_compat.copy_state(layer, twin)
    return copy


def check_models(where, models):
    """Returns models as a tuple, if an ensemble can be made of them.

    Args:
        where: Name of the function that asks, for messages.
        models: As in `ensemble`.

    Raises:
        ArgumentError: If it cannot.
    """
    models = tuple(models) if isinstance(models, (list, tuple)) else ()
    if not models or any(keras_compat.functional_part(model) is None for model in models):
        rule = "`models` must be a list of functional or sequential Keras models, one at least"
        names = [type(model).__name__ for model in models]
        hint = "`fuse` mixes models of any kind." if models else ""
        raise ArgumentError(describe(where, rule, hint, models=names))
    for what, read in (("inputs", _inputs), ("outputs", _outputs)):
        shapes = [keras.tree.map_structure(_signature, read(model)) for model in models]
        if any(other != shapes[0] for other in shapes):
            rule = f"the {what} of all `models` must be of the same shape and type"
            raise ArgumentError(describe(where, rule, **{what: shapes}))
    _check_activations(where, models)
    return models


def check_weights(where, weights, count):
    """Returns weights as a tuple of floats: `count` of them, none below 0, their sum 1."""
    weights = tuple(weights)
    real = all(isinstance(weight, numbers.Real) and weight >= 0 for weight in weights)
    if real and len(weights) == count and math.isclose(sum(weights), 1.0, abs_tol=1e-6):
        return tuple(map(float, weights))
    rule = f"`weights` must be {count} numbers of at least 0 with the sum 1, one for each model"
    raise ArgumentError(describe(where, rule, weights=weights))


def _check_activations(where, models):
    """Refuses a mean of probabilities and logits."""
    heads = [read_head(model) for model in models]
    activations = sorted({head.activation for head in heads if head is not None})
    if len(activations) > 1:
        rule = "all `models` must end in the same activation"
        hint = "The mean of logits and probabilities means nothing."
        raise ArgumentError(describe(where, rule, hint, activations=activations))


def _inputs(model):
    return keras_compat.inputs_structure(keras_compat.functional_part(model))


def _outputs(model):
    return keras_compat.outputs_structure(keras_compat.functional_part(model))


def _signature(tensor):
    """The shape without the batch, and the type, as text: the tree ends here."""
    return f"{tuple(tensor.shape[1:])} {tensor.dtype}"


def _input_like(tensor):
    return keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype, name=tensor.name)


def _mean(tensors, weights):
    """Returns the weighted mean of Keras tensors by Keras' own layers."""
    if len(tensors) == 1:
        return tensors[0]
    if weights is None:
        return keras.layers.Average(dtype="float32")(tensors)
    pairs = zip(tensors, weights, strict=True)
    return keras.layers.Add(dtype="float32")(
        [keras.layers.Rescaling(weight, dtype="float32")(tensor) for tensor, weight in pairs]
    )


def _renew_statistics(model, data):
    layers = keras_compat.all_layers(model)
    normalized = any(isinstance(layer, keras.layers.BatchNormalization) for layer in layers)
    if data is not None and normalized:
        recompute_statistics(model, data)
    elif normalized:
        rule = "`data` must be given: the statistics of batch normalization are computed anew"
        raise ArgumentError(describe("average_weights", rule, "Give the training data.", data=None))
