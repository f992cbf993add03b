"""Ctrl-C for verbs that go on until then: what was begun is finished first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interrupt", "interruptible"]


class Interrupt:
    """Whether Ctrl-C came."""

    def __init__(self) -> None:
        self.came = False


@contextmanager
def interruptible(stop: Callable[[], object]) -> Iterator[Interrupt]:
    """The first Ctrl-C inside calls ``stop``, so that a last row and a recording are whole.

    A second one is a ``KeyboardInterrupt``.
    """
    interrupt = Interrupt()

    def handle(_: int, __: FrameType | None) -> None:
        if interrupt.came:
            raise KeyboardInterrupt
        interrupt.came = True
        stop()

    try:
        before = signal.signal(signal.SIGINT, handle)
    except ValueError:  # not in the main thread: nothing comes here
        yield interrupt
        return
    try:
        yield interrupt
    finally:
        signal.signal(signal.SIGINT, before)
