"""What callbacks remember, as plain values and arrays: it goes on with the training.

Nothing is pickled, so that reading a folder never runs code. What a callback was made with, and
what is neither plain nor an array (a function, the model), it gets by being made anew.
"""

import inspect

import numpy as np

_PLAIN = (bool, int, float, str, type(None))


def read_callbacks(callbacks):
    """Returns what some callbacks remember: what their `get_state` says, or else their attributes.

    Args:
        callbacks: Keras callbacks.

    Returns:
        Pair (values, arrays): for each callback its class and its plain values by name, as JSON
        can hold them, and a dict of its arrays.
    """
    values, arrays = [], {}
    for place, callback in enumerate(callbacks):
        plain = {}
        for name, value in _memory(callback).items():
            if _is_plain(value):
                plain[name] = _as_json(value)
            elif _is_arrays(value):
                plain[name] = {"arrays": len(value)}
                arrays |= dict(zip(_keys(place, name, len(value)), value, strict=True))
        values.append({"class": type(callback).__name__, "values": plain})
    return values, arrays


def write_callbacks(callbacks, values, arrays, *, begun):
    """Gives callbacks back what `read_callbacks` returned, those of another class nothing.

    Args:
        callbacks: Keras callbacks, in the order of the others.
        values: The first of the pair.
        arrays: Mapping that holds the second.
        begun: False before the training begins, for callbacks with a `set_state`; True after their
            `on_train_begin`, for the others, which make themselves new there.
    """
    for place, (callback, stored) in enumerate(zip(callbacks, values, strict=False)):
        if stored["class"] != type(callback).__name__ or _has_state(callback) is begun:
            continue
        memory = {}
        for name, value in stored["values"].items():
            several = isinstance(value, dict) and value.keys() == {"arrays"}
            keys = _keys(place, name, value["arrays"]) if several else ()
            memory[name] = [arrays[key] for key in keys] if several else value
        if not begun:
            callback.set_state(memory)
        for name, value in memory.items() if begun else ():
            setattr(callback, name, value)


def _has_state(callback):
    """Whether a callback says by itself what it remembers."""
    return hasattr(callback, "get_state") and hasattr(callback, "set_state")


def _memory(callback):
    """Returns what a callback remembers, by name; what it was made with is not among it."""
    if _has_state(callback):
        return callback.get_state()
    own = inspect.signature(type(callback)).parameters.keys()
    # EarlyStopping turns the sign of its min_delta in place: it must not be given back
    return {name: value for name, value in vars(callback).items() if name not in own}


def _keys(place, name, count):
    return [f"callback_{place}_{name}_{number}" for number in range(count)]


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
