"""What one process has for another, written while it works on: neither waits for the other."""

from __future__ import annotations

import threading
from collections import deque
from types import TracebackType
from typing import IO, Self

__all__ = ["Outbox"]

MAX_WAITING = 32 << 20
"""Bytes that wait for a reader who is busy, before ``put`` waits too."""


class Outbox:
    """Writes what is put into it, in order, in a thread of its own; a context manager.

    ``put``, and the end of the context, raise ``BrokenPipeError`` if nobody reads any more.
    """

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._is_closed = self._has_failed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def put(self, data: bytes) -> None:
        """Let data be written; returns at once while there is room for it."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_failed or self._size < MAX_WAITING)
            if self._has_failed:
                raise BrokenPipeError
            self._waiting.append(data)
            self._size += len(data)
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._thread.join()
        if self._has_failed and error is None:
            raise BrokenPipeError

    def _run(self) -> None:
        while (data := self._next()) is not None:
            try:
                self._out.write(data)
                self._out.flush()
            except OSError:
                with self._changed:
                    self._has_failed = True
                    self._changed.notify_all()
                return
            with self._changed:
                self._size -= len(data)
                self._changed.notify_all()

    def _next(self) -> bytes | None:
        """What comes next, when there is something; None at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed)
            return self._waiting.popleft() if self._waiting else None
