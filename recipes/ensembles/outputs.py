"""What models of any kind answer, brought to one form, and how well it fits the truth.

| form | outputs | loss |
|---|---|---|
| "classes" | probabilities on the last axis: a softmax, `predict_proba` | cross-entropy |
| "yes_or_no" | one probability for each target: a sigmoid | cross-entropy |
| "numbers" | all else | squared error |

For a mix of members with weights w the loss is a convex function of w: it depends on the
probability that each member has given to the truth alone, or on its number.
"""

import dataclasses

import keras
import numpy as np

from recipes.errors import ArgumentError, DataError, describe
from recipes.training.losses import read_head

CLASSES, YES_OR_NO, NUMBERS = "classes", "yes_or_no", "numbers"
_LEAST = float(np.finfo("float32").eps)  # probability: scikit-learn's log_loss clips so, too


@dataclasses.dataclass(frozen=True)
class Fit:
    """How well mixes of members fit the truth.

    Args:
        given: Array of shape (targets, members): the probability that a member has given to what
            is true; or of "numbers" its error.
        form: "classes", "yes_or_no" or "numbers".
    """

    given: np.ndarray
    form: str

    def loss(self, weights):
        """Returns the loss of a mix: cross-entropy in nats, or mean squared error.

        Args:
            weights: Array of shape (members,), of sum 1.
        """
        mixed = self.given @ weights  # of errors, too: the truth is in each of them once
        return float(np.mean(mixed**2) if self.form == NUMBERS else -np.mean(np.log(mixed)))

    def gradient(self, weights):
        """Returns the derivative of the loss by each weight."""
        mixed = self.given @ weights
        slopes = 2 * mixed if self.form == NUMBERS else -1 / mixed
        return self.given.T @ slopes / len(mixed)

    @property
    def losses(self):
        """The loss of each member alone, a tuple."""
        return tuple(self.loss(alone) for alone in np.eye(self.given.shape[1]))


def answers(where, models, x, *, batch_size=None):
    """Returns what models answer, in one form.

    Args:
        where: Name of the function that asks, for messages.
        models: Keras models, or objects with `predict_proba` or `predict`.
        x: Array of shape (samples, …), or what all of them take. What was fitted on flat samples
            of as many numbers is given flat ones.
        batch_size: Samples a step of Keras models; None for 32.

    Returns:
        Pair (outputs, form): a list of arrays of one shape, and "classes", "yes_or_no" or
        "numbers".

    Raises:
        ArgumentError: If the answers do not fit together.
    """
    pairs = [_answer(where, model, x, batch_size) for model in models]
    forms = {form for _, form in pairs}
    if NUMBERS in forms and len(forms) > 1:
        rule = "all models must give probabilities, or all of them numbers"
        received = {
            type(model).__name__: form for model, (_, form) in zip(models, pairs, strict=True)
        }
        raise ArgumentError(describe(where, rule, models=received))
    if forms == {CLASSES, YES_OR_NO}:
        pairs = [(_two_columns(part, form), CLASSES) for part, form in pairs]
    outputs = [part for part, _ in pairs]
    if len({part.ndim for part in outputs}) > 1:
        outputs = [part.reshape(len(part)) if part.shape[1:] == (1,) else part for part in outputs]
    if len({part.shape for part in outputs}) > 1:
        rule = "the outputs of all models must be of the same shape"
        raise ArgumentError(describe(where, rule, shapes=[part.shape for part in outputs]))
    return outputs, pairs[0][1]


def judge(where, outputs, form, y):
    """Returns the `Fit` of outputs to the truth.

    Args:
        where: Name of the function that asks, for messages.
        outputs: List of arrays of shape (samples, …).
        form: Their form.
        y: Targets: whole numbers, one-hot, 0s and 1s, or numbers.

    Raises:
        DataError: If the targets do not fit the outputs.
    """
    y = np.asarray(y)
    find = {CLASSES: _of_classes, YES_OR_NO: _of_yes_or_no, NUMBERS: _of_numbers}[form]
    if len(y) == len(outputs[0]) and len(y):
        columns = find(outputs, y)
        if columns is not None:
            return Fit(np.stack(columns, axis=1).astype("float64"), form)
    rule = f"`y` must have a target for each output, which are {form} here"
    raise DataError(describe(where, rule, y=y.shape, outputs=outputs[0].shape))


def _of_classes(outputs, y):
    shape = outputs[0].shape
    if y.shape == shape:
        y = y.argmax(axis=-1)
    if y.size != np.prod(shape[:-1]) or np.any(y < 0) or np.any(y >= shape[-1]):
        return None
    places = y.reshape(*shape[:-1], 1).astype("int64")
    found = (np.take_along_axis(part, places, axis=-1).ravel() for part in outputs)
    return [np.clip(part.astype("float64"), _LEAST, 1.0) for part in found]


def _of_yes_or_no(outputs, y):
    if y.size != outputs[0].size or not np.isin(y, (0, 1)).all():
        return None
    flat = (part.astype("float64").ravel() for part in outputs)
    return [np.clip(np.where(y.ravel() == 1, part, 1 - part), _LEAST, 1.0) for part in flat]


def _of_numbers(outputs, y):
    if y.size != outputs[0].size or y.dtype.kind not in "iubf":
        return None
    return [part.astype("float64").ravel() - y.ravel() for part in outputs]


def _answer(where, model, x, batch_size):
    """Returns pair (outputs, form) of one model."""
    if isinstance(model, keras.Model):
        outputs = model.predict(x, batch_size=batch_size, verbose=0)
        return outputs, _form_of(read_head(model), outputs)
    if hasattr(model, "predict_proba"):
        return _with_all_classes(where, model, model.predict_proba(_flat_for(model, x))), CLASSES
    if not hasattr(model, "predict") or getattr(model, "classes_", None) is not None:
        rule = "each model must be a Keras model, or give probabilities or numbers"
        hint = "CalibratedClassifierCV gives a classifier of scikit-learn its predict_proba."
        raise ArgumentError(describe(where, rule, hint, model=type(model).__name__))
    outputs = np.asarray(model.predict(_flat_for(model, x)))
    return outputs, _form_of(None, outputs)


def _form_of(head, outputs):
    """Returns the form by the activation, or where that is not known by the values."""
    if head is not None:
        return {"softmax": CLASSES, "sigmoid": YES_OR_NO}.get(head.activation, NUMBERS)
    sums_up = outputs.ndim > 1 and outputs.shape[-1] > 1 and np.all(outputs >= 0)
    return CLASSES if sums_up and np.allclose(outputs.sum(-1), 1, atol=1e-3) else NUMBERS


def _with_all_classes(where, model, outputs):
    """Returns probabilities with a column for each class from 0 on: it may not have seen all."""
    classes = np.asarray(getattr(model, "classes_", np.arange(np.shape(outputs)[-1])))
    if isinstance(outputs, list) or classes.dtype.kind not in "iu" or np.any(classes < 0):
        rule = (
            "a classifier must have been fitted on one whole number of at least 0 for each sample"
        )
        raise ArgumentError(describe(where, rule, model=type(model).__name__))
    whole = np.zeros((len(outputs), int(classes.max()) + 1))
    whole[:, classes] = outputs
    return whole


def _flat_for(model, x):
    """Returns samples as a scikit-learn model takes them."""
    numbers = np.prod(np.shape(x)[1:], dtype=int)
    flat = np.ndim(x) > 2 and getattr(model, "n_features_in_", None) == numbers
    return np.reshape(x, (len(x), -1)) if flat else x


def _two_columns(outputs, form):
    """Returns the probabilities of no and yes for one of yes."""
    if form == CLASSES or outputs.shape[1:] != (1,):
        return outputs
    return np.concatenate([1 - outputs, outputs], axis=1)
