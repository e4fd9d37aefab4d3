"""What is wrong between training and validation data, and in the balance of the classes."""

import numpy as np

from recipes.training.preflight.labels import is_one_hot

_LEAK = 0.5  # share of the validation samples from which on their score says nothing
_UNBALANCED = 10  # times the rarest class: from there on a classifier may ignore it
_MOST_NAMED = 5


def classes_of(y, num_classes, positions=()):
    """Returns labels of classes as whole numbers, whatever their form.

    Args:
        y: Labels without problems, of any form that `class_problems` takes.
        num_classes: Number of classes.
        positions: Shape of one sample's labels.
    """
    one_hot = is_one_hot(y, num_classes, positions)
    return (y.argmax(-1) if one_hot else y).astype("int64").ravel()


def single_class_problems(classes):
    """Yields that there is nothing to tell apart.

    Args:
        classes: Whole numbers of shape (labels,).
    """
    found = np.unique(classes)
    if len(found) == 1:
        yield f"All {len(classes)} labels are {found[0]}: with one class there is nothing to learn."


def balance_warnings(classes, num_classes):
    """Yields classes without samples, and classes that are rare.

    Args:
        classes: Whole numbers of shape (labels,).
        num_classes: Number of classes.
    """
    counts = np.bincount(classes, minlength=num_classes)
    missing = np.flatnonzero(counts == 0)
    if len(missing):
        yield f"There is no sample of {_named(missing)}: the model has an output for it."
    rare, common = counts[counts > 0].min(), counts.max()
    if common > _UNBALANCED * rare:
        yield (
            f"The most frequent class has {common} labels, the rarest {rare} (class "
            f"{np.flatnonzero(counts == rare)[0]}). Give `class_weight`, or judge by more than the "
            "accuracy."
        )


def unseen_warnings(train, validation):
    """Yields classes that are validated and never trained.

    Args:
        train: Whole numbers of shape (labels,).
        validation: Whole numbers of shape (labels,).
    """
    unseen = np.setdiff1d(validation, train)
    if len(unseen):
        yield f"The training data have no sample of {_named(unseen)}, which is validated."


def form_problems(train, validation):
    """Yields that labels differ in form.

    Args:
        train: Array of shape (samples, …).
        validation: Array of shape (samples, …).
    """
    kinds = [_form(train), _form(validation)]
    if kinds[0] != kinds[1]:
        yield f"Its labels are {kinds[1]}, those of the training data {kinds[0]}. Give both alike."


def is_leak(shared, count):
    """Whether so many shared ones of `count` validation samples are a fault, no coincidence."""
    return shared > _LEAK * count


def _form(y):
    """Says what labels look like: a sequence or an image may have another length."""
    kind = "texts" if y.dtype.kind in "OSU" else "numbers"
    if y.ndim == 2:
        return f"{kind} in {y.shape[1]} columns"
    return f"{kind} of {y.ndim - 1} axes" if y.ndim > 2 else f"single {kind}"


def _named(classes):
    shown = ", ".join(map(str, classes[:_MOST_NAMED]))
    more = f", … ({len(classes)} in all)" if len(classes) > _MOST_NAMED else ""
    return f"{'class' if len(classes) == 1 else 'classes'} {shown}{more}"
