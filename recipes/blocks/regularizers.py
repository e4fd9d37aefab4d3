"""The ladder against overfitting (guide row 33): climb a rung while the verdict says so.

0  nothing: the recipe's weight decay is enough to begin with
1  an L2 penalty on the kernels
2  and dropout before the head
3  and an L1 penalty on the kernels

Gamma, beta and biases have no penalty: they shift and scale, and cannot overfit by their size.
"""

import keras

from recipes.recommended import RECOMMENDED

RUNGS = (0, 1, 2, 3)


def penalty(rung):
    """Returns the Keras regulariser of the kernels on a rung, or None."""
    l1 = RECOMMENDED["l1"].value if rung >= 3 else 0.0
    return keras.regularizers.L1L2(l1, RECOMMENDED["l2"].value) if rung >= 1 else None


def least_dropout(rung):
    """Returns the share of features that a rung drops before the head, at least."""
    return RECOMMENDED["strong_dropout"].value if rung >= 2 else 0.0
