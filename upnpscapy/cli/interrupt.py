"""Signals for verbs that go on until then: what was begun is finished first.

A handler runs in the main thread between any two of its steps, also while that thread holds a
lock, or has looked at a condition and is about to wait for it: what it did there could wake
nobody. So the handler only opens a gate, and a thread behind it does what is to be done.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupt", "interruptible", "terminable"]


class Interrupt:
    """Whether the signal came."""

    def __init__(self) -> None:
        self.came = False


@contextmanager
def interruptible(stop: Callable[[], object]) -> Iterator[Interrupt]:
    """The first Ctrl-C inside has ``stop`` called, so that a last row and a recording are whole.

    ``stop`` is called by a thread of its own.
    A second Ctrl-C is a ``KeyboardInterrupt``.
    """
    with _calling(stop, signal.SIGINT) as interrupt:
        yield interrupt


@contextmanager
def terminable(stop: Callable[[], object]) -> Iterator[Interrupt]:
    """The same for SIGTERM, by which other programs end this one; further ones do nothing."""
    with _calling(stop, signal.SIGTERM) as interrupt:
        yield interrupt


@contextmanager
def _calling(stop: Callable[[], object], number: signal.Signals) -> Iterator[Interrupt]:
    interrupt = Interrupt()
    gate = threading.Lock()
    gate.acquire()

    def handle(_: int, __: FrameType | None) -> None:
        if not interrupt.came:
            interrupt.came = True
            gate.release()
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def wait() -> None:
        with gate:
            if interrupt.came:
                stop()

    try:
        before = signal.signal(number, handle)
    except ValueError:  # not in the main thread: nothing comes here
        yield interrupt
        return
    waiting = threading.Thread(target=wait, name="upnp-signal", daemon=True)
    waiting.start()
    try:
        yield interrupt
    finally:
        signal.signal(number, before)
        if not interrupt.came:
            gate.release()
        waiting.join()
