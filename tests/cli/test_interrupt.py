"""Signals end what a verb does, whatever it is doing just then."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from upnpscapy.cli.interrupt import Interrupt, interruptible, terminable

Ending = Callable[[Callable[[], object]], AbstractContextManager[Interrupt]]

ENDINGS = [(interruptible, signal.SIGINT), (terminable, signal.SIGTERM)]


@pytest.mark.parametrize(("ending", "number"), ENDINGS)
def test_signal_between_looking_and_waiting_wakes(ending: Ending, number: int) -> None:
    changed, stopped = threading.Condition(), threading.Event()

    def stop() -> None:
        with changed:
            stopped.set()
            changed.notify_all()

    with ending(stop) as interrupt, changed:
        assert not stopped.is_set()
        os.kill(os.getpid(), number)
        assert changed.wait(10)
    assert interrupt.came


@pytest.mark.parametrize(("ending", "number"), ENDINGS)
def test_signal_while_the_lock_is_held_does_not_lock_up(ending: Ending, number: int) -> None:
    lock = threading.Lock()

    def stop() -> None:
        with lock:
            pass

    with ending(stop), lock:
        os.kill(os.getpid(), number)


def test_second_interrupt_ends_at_once() -> None:
    calls: list[str] = []
    with pytest.raises(KeyboardInterrupt), interruptible(lambda: calls.append("stop")):  # noqa: PT012
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
    assert calls == ["stop"]


@pytest.mark.parametrize(("ending", "number"), ENDINGS)
def test_without_signal_nothing_is_called_and_the_handler_is_back(
    ending: Ending, number: int
) -> None:
    before = signal.getsignal(number)
    calls: list[str] = []
    with ending(lambda: calls.append("stop")) as interrupt:
        assert signal.getsignal(number) != before
    assert not interrupt.came
    assert (calls, signal.getsignal(number)) == ([], before)


def test_elsewhere_than_in_the_main_thread_nothing_comes() -> None:
    came: list[bool] = []

    def run() -> None:
        with interruptible(lambda: None) as interrupt:
            came.append(interrupt.came)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert came == [False]
