"""The oracles: what to try next. They also work in a plain `keras_tuner.Tuner`."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
