"""Pictures of searches: each file here computes one, and its namesake in `drawn/` draws it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
