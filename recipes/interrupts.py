"""Ctrl-C where Python or compiled code would lose it."""

import _thread
import contextlib
import signal
import sys
import threading

_AGAIN = 0.1  # seconds until a lost Ctrl-C comes again


@contextlib.contextmanager
def lasting_interrupts():
    """Lets Ctrl-C come again within the block if it was lost.

    A signal raises its exception wherever the program stands; in a weak reference's callback or a
    destructor Python prints "Exception ignored" and goes on, and TensorFlow runs many of them when
    a model is given up. Then Ctrl-C comes once more, until it is where it can be raised.
    """
    if not _takes_signals():  # blocks of several threads would put back each other's hook
        yield
        return
    former = sys.unraisablehook

    def hook(lost):
        if lost.exc_type is not KeyboardInterrupt:
            former(lost)
            return
        again = threading.Timer(_AGAIN, _interrupt)
        again.daemon = True
        again.start()

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = former


def _takes_signals():
    """Whether this is the main thread: signals come to no other."""
    return threading.current_thread() is threading.main_thread()


def _interrupt():
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)  # ends a sleep, too
    else:  # Windows
        _thread.interrupt_main()


@contextlib.contextmanager
def deferred_interrupts():
    """Lets Ctrl-C wait until the end of the block, which must be short.

    SciPy's Sobol sequence swallows an exception that a signal raises inside it: Ctrl-C was printed
    as "Exception ignored" and the search went on (scipy 1.17, `_sobol._initialize_v`).
    """
    if not _takes_signals():
        yield
        return
    arrived = []
    former = signal.signal(signal.SIGINT, lambda *received: arrived.append(received))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    if arrived and callable(former):
        former(*arrived[0])
