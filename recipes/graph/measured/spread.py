"""Gradients that grow or fade from layer to layer beyond all use."""

from recipes.graph.findings import Finding
from recipes.graph.wording import name_layers

_LARGE = 1e12  # of a gradient under cotangents of size 1; raw pixels give some 1e6
_SPREAD = 1e12  # between the gradients of healthy layers: a layer scale of 1e-6 is silent
_HINT = "Use He or Xavier initialisation, a norm after each layer, or residual branches."


def spread_finding(norms, faded):
    """Returns the finding of gradients that are above 1e12, or 1e12 apart, or None.

    Args:
        norms: Euclidean norm of the gradient of each layer's weights, by name of the layer.
        faded: Names of layers whose gradient may be zero because it has vanished before them.
    """
    alive = [norm for norm in norms.values() if norm > 0]
    smallest, largest = min(alive, default=1), max(alive, default=1)
    if largest > _LARGE:
        layers = [name for name, norm in norms.items() if norm > _LARGE]
        return _finding("EXPLODING", layers, f"explode, up to {largest:.0e}")
    if largest <= _SPREAD * smallest:
        return None
    small = [name for name, norm in norms.items() if 0 < norm * _SPREAD < largest]
    layers = [name for name in norms if name in faded or name in small]
    return _finding("VANISHING", layers, f"vanish, down to {smallest:.0e} of {largest:.0e}")


def _finding(code, layers, words):
    message = f"the gradients of {name_layers(layers)} {words}, with the present weights."
    return Finding(code, "warning", layers[0], (), "", message, _HINT, tuple(layers))
