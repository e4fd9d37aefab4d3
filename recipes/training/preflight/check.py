"""`preflight`: all that can be seen wrong before the first step, in one report (rows 4, 12, 43)."""

import keras
import numpy as np

from recipes import keras_compat
from recipes.data.overlap import find_overlap
from recipes.data.pixels import find_double_rescaling
from recipes.errors import ArgumentError, DataError, check_one_of, describe
from recipes.graph.check import check_graph
from recipes.graph.levels import LEVELS
from recipes.training.losses.choose import choose_loss
from recipes.training.losses.heads import read_head
from recipes.training.losses.tasks import CLASSES, find_task
from recipes.training.preflight.first_batch import (
    BATCH,
    failure,
    first_loss,
    loss_problems,
    loss_warnings,
)
from recipes.training.preflight.heads import head_problems, head_warnings, target_problems
from recipes.training.preflight.labels import class_problems
from recipes.training.preflight.parts import (
    balance_warnings,
    classes_of,
    form_problems,
    is_leak,
    single_class_problems,
    unseen_warnings,
)
from recipes.training.preflight.report import GRAPH, PreflightReport, Problem
from recipes.training.preflight.values import (
    input_problems,
    range_warnings,
    target_warnings,
    text_problems,
    token_problems,
)
from recipes.training.samples import read_samples

TRAIN, VALIDATION = "training data", "validation data"


def preflight(model, train, validation=None, *, recipe=None, loss=None, level="trace"):
    """Looks at data, loss, graph and one batch before a training, and changes nothing.

    Problems: samples of the wrong shape, NaN and infinity, no sample at all, equal samples, token
    ids without a row; labels out of range, as texts, one-hot where whole numbers are expected and
    the reverse, one class alone; a head that does not fit the loss, such as a softmax with logits;
    inputs rescaled twice; validation data that are training data, are empty, or have labels of
    another form; layers that cannot learn; a loss of the first batch that is no number.

    Warnings: inputs that are not scaled, rare classes, classes without samples, some samples in
    both parts, a batch that is too large or too small, an initial loss far above ln(classes).

    Args:
        model: A built `keras.Model`, compiled or not.
        train: Pair (x, y) of arrays, x of shape (samples, …); or batches of such pairs, as a
            `tf.data.Dataset` or a `keras.utils.PyDataset` gives them, of which the first 1,024
            samples are looked at.
        validation: The same, or None.
        recipe: The `Recipe` that the training will follow, or None.
        loss: A loss as `compile` takes it; None for the model's own, or the one that fits.
        level: How deep the graph is checked, as in `check_graph`; None leaves it out.

    Returns:
        A `PreflightReport`.

    Raises:
        ArgumentError: If an argument breaks its rule.
        DataError: If the samples are not of one shape.

    Example:

        report = preflight(model, (x, y), (x_val, y_val))
        print(report)
        report.raise_for_errors()
    """
    if not isinstance(model, keras.Model):
        rule = "`model` must be a Keras model"
        raise ArgumentError(describe("preflight", rule, model=type(model).__name__))
    if level is not None:
        check_one_of("preflight", "level", level, LEVELS)
    samples = read_samples("preflight", "train", train)
    held = None if validation is None else read_samples("preflight", "validation", validation)
    return _Check(model, samples, held, recipe, loss).run(level)


def check_data(x, y, *, num_classes, input_shape=None, where="fit", name="training"):
    """Refuses data that no classifier can be trained on, with every reason in one message.

    Args:
        x: Array of shape (samples, …).
        y: Whole numbers of shape (samples,) or (samples, 1), or one-hot of shape (samples,
            num_classes).
        num_classes: Number of classes.
        input_shape: Shape of one sample that the model takes, None where any length will do; None
            for a model that takes any shape.
        where: Name of the function that asks, for the message.
        name: What the data are called in the message.

    Raises:
        DataError: Names every problem that was found.
    """
    x, y = np.asarray(x), np.asarray(y)
    columns, classes = num_classes > 1, max(num_classes, 2)
    problems = [
        *input_problems(x, input_shape),
        *_lengths(len(np.atleast_1d(x)), y),
        *class_problems(y, classes, columns=columns),
    ]
    if not problems:
        problems = list(single_class_problems(classes_of(y, classes)))
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        raise DataError(f"{where}: the {name} data have {count}:\n{lines}")


def _lengths(count, y):
    if count != (len(y) if y.ndim else 0):
        yield f"x and y must be of the same length. Received: {count} samples, {len(y)} labels."


class _Check:
    """One preflight: what is looked at, and what is found."""

    def __init__(self, model, train, validation, recipe, loss):
        self.model, self.train, self.validation, self.recipe = model, train, validation, recipe
        self.head = read_head(model)
        self.task = self._find_task()
        self.loss = _only(loss if loss is not None or not model.compiled else model.loss)
        self.problems, self.warnings = [], []

    def run(self, level):
        """Returns the report."""
        self._look_at(self.train, TRAIN)
        if self.validation is not None:
            self._look_at(self.validation, VALIDATION)
            self._look_at_both()
        self._look_at_scales()
        self._look_at_head()
        self._look_at_classes()
        self._look_at_recipe()
        readable = not self.problems
        if level is not None:
            self._look_at_graph(level)
        if readable:
            self._look_at_one_batch()
        return PreflightReport(tuple(self.problems), tuple(self.warnings))

    # --- what is known ---------------------------------------------------------------------------

    def _find_task(self):
        y = self.train.targets
        known = self.head is not None and hasattr(y, "shape") and self.train.count
        return find_task(y, self.head) if known else None

    @property
    def _positions(self):
        return self.head.shape[:-1]

    def _classes(self, samples):
        """Returns the labels of classes as whole numbers; None where there are none to be read."""
        if self.head is None or self.task not in CLASSES or not samples.count:
            return None
        y, count = samples.targets, max(self.head.units, 2)
        columns = self.head.units > 1
        if any(class_problems(y, count, self._positions, columns=columns)):
            return None
        return classes_of(y, count, self._positions)

    # --- what is found ---------------------------------------------------------------------------

    def _problem(self, part, messages):
        self.problems += [Problem(part, message) for message in messages]

    def _warn(self, part, messages):
        self.warnings += [Problem(part, message) for message in messages]

    def _look_at(self, samples, part):
        """Inputs and targets of one part."""
        for (name, x), (shape, dtype) in zip(samples.arrays, self._inputs(samples), strict=True):
            self._problem(part, input_problems(x, shape, name=name))
            self._problem(part, text_problems(x, dtype, name=name))
        y = samples.targets
        if not samples.count or not hasattr(y, "shape"):
            return
        self._problem(part, _lengths(samples.count, y))
        if self.head is not None:
            self._problem(part, target_problems(y, self.head, self.loss, self.task))

    def _inputs(self, samples):
        """Returns pairs (shape, type) of the model's inputs, one for each array."""
        inputs = keras.tree.flatten(getattr(self.model, "inputs", None) or [])
        if len(inputs) != len(samples.arrays):
            return [(None, None)] * len(samples.arrays)
        return [(tuple(each.shape[1:]), each.dtype) for each in inputs]

    def _look_at_both(self):
        """Training and validation data beside each other."""
        train, held = self.train, self.validation
        if not (train.count and held.count):
            return
        if hasattr(train.targets, "shape") and hasattr(held.targets, "shape"):
            self._problem(VALIDATION, form_problems(train.targets, held.targets))
        parts = train.arrays[0][1], held.arrays[0][1]
        alike = parts[0].shape[1:] == parts[1].shape[1:]
        shared = len(find_overlap(*parts)) if alike else 0
        if shared:
            leak = is_leak(shared, held.count)
            (self._problem if leak else self._warn)(VALIDATION, [_leak(shared, held)])

    def _look_at_scales(self):
        arrays = self.train.arrays
        if len(arrays) == 1 and self.train.count and arrays[0][1].dtype.kind in "iuf":
            x = arrays[0][1]
            self._problem(TRAIN, token_problems(x, self.model))
            self._problem(TRAIN, find_double_rescaling(x, self.model))
            self._warn(TRAIN, range_warnings(x, self.model))
        if self.task == "regression":
            self._warn(TRAIN, target_warnings(self.train.targets))

    def _look_at_head(self):
        if self.head is not None:
            self._problem("loss", head_problems(self.head, self.loss, self.task))
            self._warn("loss", head_warnings(self.head, self.loss))

    def _look_at_classes(self):
        train = self._classes(self.train)
        if train is None:
            return
        self._problem(TRAIN, single_class_problems(train))
        self._warn(TRAIN, balance_warnings(train, max(self.head.units, 2)))
        held = None if self.validation is None else self._classes(self.validation)
        if held is not None:
            self._warn(VALIDATION, unseen_warnings(train, held))

    def _look_at_recipe(self):
        if self.recipe is not None and self.train.count:
            self._warn("recipe", _batch_warnings(self.recipe, self.train, self.model))

    def _look_at_graph(self, level):
        subclassed = keras_compat.functional_part(self.model) is None
        data = self.train.batch(BATCH) if subclassed and self.train.count else None
        report = check_graph(self.model, data=data, loss=self._loss_for_graph(), level=level)
        self._problem(GRAPH, [str(each) for each in report.errors])
        found = [str(each) for each in report.findings if each.severity == "warning"]
        self._warn(GRAPH, found)

    def _loss_for_graph(self):
        return None if self.model.compiled else self.loss

    def _look_at_one_batch(self):
        if self.head is None or not self.train.count:
            return
        inputs, targets = self.train.batch(BATCH)
        loss = self.loss if self.loss is not None else choose_loss(self.model, targets).loss
        try:
            value = first_loss(self.model, loss, inputs, targets)
        except Exception as error:  # whatever a model or a loss of one's own may raise
            self._problem("first batch", [failure(error)])
            return
        warnings = loss_warnings(value, loss, self.head, self.task)
        self._problem("first batch", loss_problems(value))
        self._warn("first batch", warnings)


def _only(loss):
    """Returns the loss of a model with one output, for which Keras takes a list or dict too."""
    found = loss.values() if isinstance(loss, dict) else loss
    is_several = isinstance(loss, (dict, list, tuple))
    return next(iter(found), None) if is_several and len(loss) <= 1 else loss


def _leak(shared, held):
    if shared == held.count:
        return (
            f"All {shared} validation samples are training samples too: their score says nothing "
            "of other data. Split the data with `split_data`."
        )
    return (
        f"{shared} of {held.count} validation samples are training samples too: the score is too "
        "good by them. Take them out of one part."
    )


def _batch_warnings(recipe, train, model):
    """Yields batches that are larger than the data, or too small for batch normalization."""
    size = recipe.batch_size
    if train.whole and size > train.count:
        yield (
            f"A batch of {size} is larger than the {train.count} training samples: an epoch is one "
            f"step. Take batch_size={max(train.count // 8, 1)}."
        )
    normalised = any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    if size == 1 and normalised:
        yield (
            "Batch normalization has nothing to take a mean over in a batch of 1. Take at least 8, "
            'or a model with norm="layer" or None.'
        )
