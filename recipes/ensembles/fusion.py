"""`fuse`: the best mix of models of any kind, scikit-learn's among them (guide row 68).

The weights w are at least 0, have the sum 1, and minimise the loss of the mix on held-out samples
(stacking: Wolpert 1992; with weights of at least 0: Breiman 1996). That is a convex problem.
"""

import dataclasses

import keras
import numpy as np

from recipes.ensembles.members import ensemble
from recipes.ensembles.outputs import answers, judge
from recipes.errors import ArgumentError, describe

_LEAST_WEIGHT = 1e-4  # what counts less costs its member's time for nothing


@dataclasses.dataclass(frozen=True)
class Fusion:
    """A weighted mean of the outputs of models.

    Attributes:
        members: The models, a tuple.
        weights: Weight of each of them: at least 0, the sum is 1.
        losses: Loss of each of them on the held-out samples: cross-entropy in nats, or mean
            squared error.
        loss: Loss of the mix on them; never above the lowest of `losses`.
    """

    members: tuple
    weights: tuple
    losses: tuple
    loss: float

    def predict(self, x, *, batch_size=None):
        """Returns the mixed outputs for some samples; members of weight 0 are not asked.

        Args:
            x: As in `fuse`.
            batch_size: Samples a step of Keras models; None for 32.
        """
        members, weights = self._counting()
        outputs, _ = answers("predict", members, x, batch_size=batch_size)
        return sum(weight * part for weight, part in zip(weights, outputs, strict=True))

    def as_model(self, *, name="fusion"):
        """Returns the mix as one Keras model, without the members of weight 0.

        Args:
            name: Name of the model.

        Raises:
            ArgumentError: If a member that counts is no Keras model.
        """
        members, weights = self._counting()
        others = [type(each).__name__ for each in members if not isinstance(each, keras.Model)]
        if others:
            rule = "all members that count must be Keras models to become one"
            hint = "`predict` of the fusion works with all of them."
            raise ArgumentError(describe("as_model", rule, hint, members=others))
        return ensemble(members, weights=weights, name=name)

    def __str__(self):
        rows = zip(self.members, self.weights, self.losses, strict=True)
        lines = [
            f"{weight:6.3f} × {getattr(member, 'name', type(member).__name__)}: loss {loss:.4f}"
            for member, weight, loss in rows
        ]
        return "\n".join([*lines, f"mixed: loss {self.loss:.4f}"])

    def _counting(self):
        pairs = zip(self.members, self.weights, strict=True)
        return tuple(zip(*(pair for pair in pairs if pair[1] > 0), strict=True))


def fuse(models, x, y, *, batch_size=None):
    """Finds the weights with which the mean of the outputs of some models fits best.

    Args:
        models: Keras models, or objects with `predict_proba` or `predict`, such as scikit-learn's;
            one at least. They are trained already.
        x: Samples that no model was trained on: an array of shape (samples, …), or what all models
            take. A model of scikit-learn that was fitted on flat samples is given flat ones.
        y: Their targets: classes as whole numbers from 0 or one-hot, 0s and 1s, or numbers.
        batch_size: Samples a step of Keras models; None for 32.

    Returns:
        A `Fusion`.

    Raises:
        ArgumentError: If the models do not fit together.
        DataError: If the targets do not fit the outputs.

    Example:

        fusion = fuse([run.model, forest], *split.validation)
        print(fusion)
        probabilities = fusion.predict(split.test[0])
    """
    members = tuple(models) if isinstance(models, (list, tuple)) else ()
    if not members:
        rule = "`models` must be a list of one model at least"
        raise ArgumentError(describe("fuse", rule, models=models))
    outputs, form = answers("fuse", members, x, batch_size=batch_size)
    fit = judge("fuse", outputs, form, y)
    weights = best_weights(fit)
    return Fusion(members, tuple(weights.tolist()), fit.losses, fit.loss(weights))


def best_weights(fit):
    """Returns the weights on the simplex that minimise a loss, an array of shape (members,).

    Args:
        fit: A `recipes.ensembles.outputs.Fit`.
    """
    from scipy.optimize import minimize

    alone = np.eye(len(fit.losses))
    start = np.full(len(alone), 1 / len(alone))
    scale = max(min(fit.losses), 1e-12)  # the solver's tolerance is absolute
    found = minimize(
        lambda weights: fit.loss(weights) / scale,
        start,
        jac=lambda weights: fit.gradient(weights) / scale,
        bounds=[(0.0, 1.0)] * len(alone),
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 1_000},
    )
    whole = _on_simplex(found.x, 0.0)
    return min((*alone, start, whole, _on_simplex(found.x, _LEAST_WEIGHT)), key=fit.loss)


def _on_simplex(weights, least):
    """Returns weights whose sum is 1, those below `least` set to 0."""
    kept = np.where(weights > least, weights, 0.0)
    return kept / kept.sum()
