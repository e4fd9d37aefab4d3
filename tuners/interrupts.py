"""Ctrl-C while compiled code runs that would lose it."""

import contextlib
import signal
import threading


@contextlib.contextmanager
def deferred_interrupts():
    """Lets Ctrl-C wait until the end of the block, which must be short.

    SciPy's Sobol sequence swallows an exception that a signal raises inside it: Ctrl-C was printed
    as "Exception ignored" and the search went on (scipy 1.17, `_sobol._initialize_v`).
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals come to the main thread alone
        return
    arrived = []
    former = signal.signal(signal.SIGINT, lambda *received: arrived.append(received))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if arrived and callable(former):
        former(*arrived[0])
