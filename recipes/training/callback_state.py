"""What callbacks remember, as plain values and arrays: it goes on with the training.

Nothing is pickled, so that reading a folder never runs code. What a callback was made with, and
what is neither plain nor an array (a function, the model), it gets by being made anew.
"""

import inspect

import numpy as np

_PLAIN = (bool, int, float, str, type(None))


def read_callbacks(callbacks):
    """Returns what some callbacks remember.

    Args:
        callbacks: Keras callbacks.

    Returns:
        Pair (values, arrays): for each callback its class and its plain attributes, as JSON can
        hold them, and a dict of its arrays.
    """
    values, arrays = [], {}
    for place, callback in enumerate(callbacks):
        plain = {}
        own = inspect.signature(type(callback)).parameters.keys()
        for name, value in vars(callback).items():
            if name in own:  # EarlyStopping turns the sign of its min_delta, in place
                continue
            if _is_plain(value):
                plain[name] = _as_json(value)
            elif _is_arrays(value):
                plain[name] = {"arrays": len(value)}
                keys = (f"callback_{place}_{name}_{k}" for k in range(len(value)))
                arrays |= dict(zip(keys, value, strict=True))
        values.append({"class": type(callback).__name__, "values": plain})
    return values, arrays


def write_callbacks(callbacks, values, arrays):
    """Gives callbacks back what `read_callbacks` returned, those of another class nothing.

    Args:
        callbacks: Keras callbacks, in the order of the others.
        values: The first of the pair.
        arrays: Mapping that holds the second.
    """
    for place, (callback, stored) in enumerate(zip(callbacks, values, strict=False)):
        if stored["class"] != type(callback).__name__:
            continue
        for name, value in stored["values"].items():
            if isinstance(value, dict) and value.keys() == {"arrays"}:
                keys = (f"callback_{place}_{name}_{k}" for k in range(value["arrays"]))
                value = [arrays[key] for key in keys]
            setattr(callback, name, value)


def _is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    return isinstance(value, (*_PLAIN, np.integer, np.floating))


def _as_json(value):
    if isinstance(value, (list, tuple)):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _is_arrays(value):
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(isinstance(item, np.ndarray) and item.dtype != object for item in value)
    )
