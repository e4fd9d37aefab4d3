"""Ctrl-C is never lost: it comes when the block that cannot take it has ended."""

import signal
import sys
import threading
import time
import weakref

import pytest

from recipes.interrupts import deferred_interrupts, lasting_interrupts
from tuners.oracles import random as sobol


def interrupt_in_a_block(then):
    with deferred_interrupts():
        signal.raise_signal(signal.SIGINT)
        then()


def test_ctrl_c_waits_for_the_end_of_the_block_and_then_comes():
    finished = []
    with pytest.raises(KeyboardInterrupt):
        interrupt_in_a_block(lambda: finished.append(True))
    assert finished == [True]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_without_ctrl_c_nothing_comes_and_errors_pass():
    with deferred_interrupts():
        pass
    with pytest.raises(ZeroDivisionError), deferred_interrupts():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pytest.mark.parametrize("block", [deferred_interrupts, lasting_interrupts])
def test_in_another_thread_the_block_runs_as_it_is(block):
    hooks, former = [], sys.unraisablehook

    def work():
        with block():
            hooks.append(sys.unraisablehook)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert hooks == [former]


def test_ctrl_c_inside_a_sobol_sequence_is_not_lost(monkeypatch):
    class Interrupted(sobol.qmc.Sobol):
        def random(self, *words):
            signal.raise_signal(signal.SIGINT)
            return super().random(*words)

    monkeypatch.setattr(sobol.qmc, "Sobol", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        sobol._sobol_point(2, 3, 0)


class Given:
    """Something that can be referred to weakly."""


def test_ctrl_c_that_a_weak_references_callback_has_swallowed_comes_again():
    went_on, former = [], sys.unraisablehook

    def work():
        given = Given()
        reference = weakref.ref(given, lambda gone: signal.raise_signal(signal.SIGINT))
        with lasting_interrupts():
            del given  # here Python ignores the exception
            went_on.append(reference() is None)
            time.sleep(20)

    with pytest.raises(KeyboardInterrupt):
        work()
    assert went_on == [True]
    assert sys.unraisablehook is former


def test_other_errors_that_python_ignores_are_told_as_before(monkeypatch):
    told, given = [], Given()
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))
    reference = weakref.ref(given, lambda gone: 1 / 0)
    with lasting_interrupts():
        del given
    assert reference() is None
    assert told == [ZeroDivisionError]
