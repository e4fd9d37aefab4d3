"""The engines that have a name."""

from recipes.errors import ArgumentError, describe, listing
from tuners.engines.local import LocalEngine
from tuners.engines.ray import RayEngine

ENGINES = {"local": LocalEngine, "ray": RayEngine}


def check_engine(where, engine):
    """Returns an engine that was given as one, by name, or as None.

    Args:
        where: Name of the function that received it.
        engine: A `LocalEngine` or `RayEngine`, "local", "ray", or None for a local one.

    Raises:
        ArgumentError: If it is something else.
    """
    if isinstance(engine, tuple(ENGINES.values())):
        return engine
    if engine is None or (isinstance(engine, str) and engine in ENGINES):
        return ENGINES[engine or "local"]()
    rule = f"`engine` must be one of {listing(ENGINES)}, a RayEngine or None"
    raise ArgumentError(describe(where, rule, engine=engine))
