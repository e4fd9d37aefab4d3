"""Other libraries talk while they work; here they do it where nobody sees it."""

import contextlib
import io
import logging
import os
import sys
import warnings


@contextlib.contextmanager
def quiet():
    """Hides logs, warnings and all of stderr inside the block; errors are raised as always."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            native_stderr_to(os.devnull),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            yield
    finally:
        logging.disable(before)


@contextlib.contextmanager
def native_stderr_to(path):
    """Sends what C++ code writes to stderr elsewhere; errors of Python are still raised."""
    sys.stderr.flush()
    kept, elsewhere = os.dup(2), os.open(path, os.O_WRONLY)
    os.dup2(elsewhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(elsewhere)
