"""What `fit` compiles a model with: the optimiser of the recipe, and a loss if it has none."""

import keras

from recipes.data.batches import as_batches
from recipes.training.losses import choose_loss, is_cross_entropy

_PEEKED = 256  # samples; enough to tell the kind of labels


def compile_model(model, recipe, train, *, follow_clock=False):
    """Gives a model the optimiser of a recipe, and loss and metrics if it has none.

    Args:
        model: A built `keras.Model`.
        recipe: A `Recipe`.
        train: The training data, as in `fit`: their length gives the steps an epoch, their labels
            the kind of loss.
        follow_clock: Whether a callback sets the rate, in place of a schedule by steps.
    """
    train = as_batches("fit", "train", train)
    optimizer = _optimizer(recipe, train.steps(recipe.batch_size), follow_clock)
    if not model.compiled:
        labels = train.peek(_PEEKED)[1]
        objective = choose_loss(model, labels, label_smoothing=recipe.label_smoothing)
        model.compile(optimizer, objective.loss, metrics=list(objective.metrics))
        return
    if any(layer.compute_dtype == "float16" for layer in model.layers):
        optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
    model.optimizer = optimizer
    model.train_function = None  # traced with the former optimiser


def _optimizer(recipe, steps, follow_clock):
    """Returns the optimiser; a clock sets a rate that is a variable, which no schedule is."""
    if follow_clock:
        recipe = recipe.replace(schedule="constant")
    return recipe.make_optimizer(steps_per_epoch=steps)


def has_plain_loss(model):
    """Whether the loss that a model reports is a cross-entropy without smoothing or penalties."""
    config = model.loss.get_config() if isinstance(model.loss, keras.losses.Loss) else {}
    plain = is_cross_entropy(model.loss) and not config.get("label_smoothing")
    return plain and not model.losses
