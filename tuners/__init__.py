"""KerasTuner searches that need few trials and survive a kill; `import tuners as kt` is enough."""

import lazy_loader

from recipes import __version__ as __version__

# The public names stand in __init__.pyi. Each is imported when it is first used, so that
# `import tuners` does not load TensorFlow.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
