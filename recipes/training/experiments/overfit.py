"""First something that surely works: a model must be able to learn one batch by heart (row 12).

The three checks are those of Karpathy's recipe (https://karpathy.github.io/2019/04/25/recipe/): the
loss before the first step is that of knowing nothing, one batch can be learned by heart, and a
model that does not see its inputs does worse.
"""

import dataclasses
import math

import keras
import numpy as np

from recipes import keras_compat
from recipes.errors import ArgumentError, check_integer, check_range, describe
from recipes.seeds import set_seed
from recipes.training.experiments.twin import training_twin
from recipes.training.losses.choose import is_cross_entropy, loss_name
from recipes.training.recipe import Recipe

GOAL = 0.01  # loss; guide row 12
_PLAIN = Recipe(label_smoothing=0.0)  # smoothed labels keep the loss above 0.5
_FAR = 2.0  # times ln(classes), or its half: the first loss is not that of knowing nothing
_NO_BETTER = 0.9  # share of the loss of a model that sees no input
_LOOK_EVERY = 50  # steps between looks at the loss in inference mode, without dropout


@dataclasses.dataclass(frozen=True)
class OneBatch:
    """What training on one batch has shown.

    Args:
        first_loss: Loss before the first step, None if the step failed.
        expected_loss: ln(classes), the cross-entropy of knowing nothing; None for other losses.
        last_loss: Loss after the last step, None if the step failed.
        blind_loss: Loss after as many steps of the same model that sees zeros in place of its
            inputs; None if the step failed.
        steps: Number of steps until the goal was met, or all that were allowed.
        problems: What is wrong, a sentence each.
    """

    first_loss: float | None
    expected_loss: float | None
    last_loss: float | None
    blind_loss: float | None
    steps: int
    problems: tuple

    @property
    def ok(self):
        """Whether the model can learn."""
        return not self.problems

    def __str__(self):
        if self.last_loss is None:
            return "\n".join(self.problems)
        expected = "" if self.expected_loss is None else f" (ln(classes) {self.expected_loss:.3f})"
        head = (
            f"{'Learned' if self.ok else 'Not learned'}: loss {self.first_loss:.3f}{expected} to "
            f"{self.last_loss:.4f} in {self.steps} steps, {self.blind_loss:.3f} without inputs."
        )
        return "\n".join([head, *(f"  - {problem}" for problem in self.problems)])


def overfit_one_batch(model_or_build, batch, *, steps=1000, learning_rate=3e-3, seed=0):
    """Trains on one batch until it is known by heart, and tells what stands in the way.

    The training is Adam's, without augmentation. Take a batch of 8 to 64 samples of several
    classes. A model that is given is put back afterwards, bit by bit.

    Args:
        model_or_build: A built `keras.Model`, or a callable without arguments that returns one. A
            model that is compiled keeps its loss; another one gets that of `fit`.
        batch: Pair (x, y) of arrays, or a `tf.data.Dataset` whose first batch is taken.
        steps: The most steps.
        learning_rate: Of Adam, without a unit.
        seed: A whole number of at least 0: the weights of a builder without a seed of its own.

    Returns:
        A `OneBatch`.

    Raises:
        ArgumentError: If an argument breaks its rule.

    Example:

        print(overfit_one_batch(build, (x[:32], y[:32])))
    """
    where = "overfit_one_batch"
    steps = check_integer(where, "steps", steps, 1)
    rate = check_range(where, "learning_rate", learning_rate, 0, 100, open_low=True)
    x, y = _batch(where, batch)
    given = isinstance(model_or_build, keras.Model)
    model = model_or_build if given else _build(where, model_or_build, seed)
    optimizer = keras.optimizers.Adam(rate)
    with training_twin(where, model, (x, y), recipe=_PLAIN, optimizer=optimizer) as twin:
        expected = _loss_of_knowing_nothing(model, twin.loss)
        try:
            losses, blind = _learn(twin, x, y, steps)
        except Exception as error:  # whatever Keras, TensorFlow or a layer raises
            problem = f"The step failed: {keras_compat.first_line(error)}"
            return OneBatch(None, expected, None, None, 0, (problem,))
    problems = tuple(_problems(losses, expected, blind, fresh=not given))
    return OneBatch(losses[0], expected, losses[-1], blind, len(losses) - 1, problems)


def _learn(twin, x, y, steps):
    """Returns the losses of the training, and the last loss of one that sees no inputs."""
    twin.optimizer.build(twin.trainable_variables)
    start = [(v, np.array(v)) for v in [*twin.variables, *twin.optimizer.variables]]
    losses = _train(twin, x, y, steps, goal=GOAL)
    for variable, value in start:
        variable.assign(value)
    nothing = keras.tree.map_structure(np.zeros_like, x)
    return losses, _train(twin, nothing, y, len(losses) - 1, goal=0.0)[-1]


def _train(twin, x, y, steps, *, goal):
    """Returns the loss before each step, and the one after the last."""
    losses = []
    for step in range(steps):
        twin.reset_metrics()  # the loss of this step alone
        losses.append(float(twin.train_on_batch(x, y, return_dict=True)["loss"]))
        met = losses[-1] < goal or (step % _LOOK_EVERY == 0 and _tested(twin, x, y) < goal)
        if met or not math.isfinite(losses[-1]):
            break
    return [*losses, min(losses[-1], _tested(twin, x, y))]


def _tested(twin, x, y):
    """Returns the loss in inference mode: without dropout."""
    twin.reset_metrics()
    return float(twin.test_on_batch(x, y, return_dict=True)["loss"])


def _problems(losses, expected, blind, *, fresh):
    first, last = losses[0], losses[-1]
    if not math.isfinite(last):
        yield (
            "The loss is not finite. Look for NaN in the batch, labels that are out of range, and "
            "a rate that is too large."
        )
        return
    if expected and (first > _FAR * expected or (fresh and first < expected / _FAR)):
        yield (
            f"The first loss is {first:.3f}, and knowing nothing gives {expected:.3f}. Scale the "
            "inputs, and look at the activation of the head and at from_logits of the loss."
        )
    if last >= GOAL:
        yield (
            f"The loss is still {last:.3f} after {len(losses) - 1} steps, and one batch can be "
            f"learned to {GOAL}. Look whether equal samples have different labels; leave out "
            "dropout, penalties and label smoothing."
        )
    if last > _NO_BETTER * blind:
        yield (
            f"Without its inputs the model does as well ({blind:.3f}): what it learns does not "
            "come from the samples. See check_graph, and take a batch of several classes."
        )


def _loss_of_knowing_nothing(model, loss):
    """Returns ln(classes) for a cross-entropy over one output, or None."""
    outputs = getattr(model, "outputs", None) or ()
    if not is_cross_entropy(loss) or len(outputs) != 1:
        return None
    binary = "binary" in loss_name(loss)
    return math.log(2 if binary else max(outputs[0].shape[-1], 2))


def _build(where, build, seed):
    set_seed(seed)
    model = build() if callable(build) else None
    if isinstance(model, keras.Model):
        return model
    rule = "`model_or_build` must be a Keras model, or a callable that returns one"
    raise ArgumentError(describe(where, rule, model_or_build=build))


def _batch(where, batch):
    """Returns the inputs and the targets of a batch as arrays."""
    if hasattr(batch, "element_spec"):
        batch = next(iter(batch.take(1)), None)
    if isinstance(batch, (tuple, list)) and len(batch) == 2:
        x, y = (keras.tree.map_structure(np.asarray, part) for part in batch)
        rows = {part.shape[:1] for part in keras.tree.flatten([x, y])}
        if len(rows) == 1 and rows not in ({()}, {(0,)}):
            return x, y
    rule = "`batch` must be a pair (x, y) of arrays with a row for each sample, or a data set"
    raise ArgumentError(describe(where, rule, batch=type(batch).__name__))
