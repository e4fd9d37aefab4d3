"""Keras models with recommended defaults, a graph check, and a recipe that explains itself."""

import lazy_loader

__version__ = "0.1.0"

# The public names stand in __init__.pyi. Each is imported when it is first used, so that
# `import recipes` does not load TensorFlow.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
