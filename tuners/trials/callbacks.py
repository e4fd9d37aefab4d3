"""A person's callbacks, new for each training."""

import copy


def copy_callbacks(callbacks):
    """Returns copies of callbacks, so that no training sees what another one left in them.

    What cannot be copied (a lock, an open file, a progress bar) is shared between the copies, where
    keras_tuner ends the search.

    Args:
        callbacks: A Keras callback, several in a list or tuple, or None.
    """
    several = callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]
    return [_copied(callback) for callback in several if callback is not None]


def _copied(callback):
    try:
        return copy.deepcopy(callback)
    except Exception:  # whatever the copying of a foreign object raises
        return _copied_in_parts(callback)


def _copied_in_parts(callback):
    """Returns a copy whose attributes are copies, as far as they can be."""
    try:
        shell = copy.copy(callback)
        parts = vars(shell)
    except Exception:
        return callback
    for name, value in parts.items():
        try:
            parts[name] = copy.deepcopy(value)
        except Exception:
            parts[name] = value
    return shell
