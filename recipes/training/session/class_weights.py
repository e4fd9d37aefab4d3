"""What a class counts in a training."""

import numpy as np

from recipes.data.batches.parts import class_numbers
from recipes.errors import ArgumentError, describe


def weigh_classes(class_weight, data):
    """Returns the training data with a weight for each sample by its class.

    The targets of a stream are read once for it.

    Args:
        class_weight: Dict from classes to weights; or "balanced": scikit-learn's, by which each
            class counts as much as any other.
        data: A view of the training data.

    Raises:
        ArgumentError: If it is neither, or the data have no class for each sample.
    """
    targets = data.targets()
    classes = None if targets is None else class_numbers(targets)
    balanced = isinstance(class_weight, str) and class_weight == "balanced"
    known = classes is not None and len(classes) == len(targets)
    if not known or not (balanced or isinstance(class_weight, dict)):
        rule = '`class_weight` must be "balanced" or a dict, with a class for each sample'
        raise ArgumentError(describe("fit", rule, class_weight=class_weight))
    return data.weighted(_balanced(classes) if balanced else _given(class_weight, classes))


def _balanced(classes):
    """Returns the weight of each class, an array of shape (largest class + 1,)."""
    from sklearn.utils import compute_class_weight

    found = np.unique(classes)
    weights = compute_class_weight("balanced", classes=found, y=classes)
    return _table(dict(zip(found, weights, strict=True)))


def _given(class_weight, classes):
    """Returns the same for weights that were given."""
    weights = {int(number): float(weight) for number, weight in class_weight.items()}
    missing = set(map(int, np.unique(classes))) - weights.keys()
    if missing:
        rule = "`class_weight` must have a weight for each class"
        raise ArgumentError(describe("fit", rule, missing=sorted(missing)))
    return _table(weights)


def _table(weights):
    table = np.zeros(max(weights) + 1, "float32")
    table[list(weights)] = list(weights.values())
    return table
