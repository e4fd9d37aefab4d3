"""When to stop a trial, and when to go on with one: rules that see learning curves alone."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
