"""A device on the loopback interface that answers as it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

__all__ = ["Responder"]

Answer = tuple[bytes, bool]
"""A payload, and whether it comes from another port than the one that was asked."""


class Responder:
    """Answers every datagram on a port of 127.0.0.1; a context manager.

    ``answer`` gets what was asked, and how often it was before, and gives the answers.
    """

    def __init__(
        self, answer: Callable[[bytes, int], Iterable[Answer]], address: str = "127.0.0.1"
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket, self._other = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self._socket, self._other):
            sock.bind((address, 0))
        self._socket.settimeout(0.05)
        place = self._socket.getsockname()[:2]
        self.host = "[{}]:{}".format(*place) if ":" in address else "{}:{}".format(*place)
        self._answer = answer
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.asked: list[tuple[bytes, tuple[str, int]]] = []
        """What came, and from where."""
        self._then: tuple[int, Callable[[], object]] | None = None

    def after(self, questions: int, then: Callable[[], object]) -> None:
        """Call something when so many questions have been answered completely."""
        self._then = questions, then

    @property
    def ports(self) -> tuple[int, int]:
        """The port that is asked, and the other one."""
        return self._socket.getsockname()[1], self._other.getsockname()[1]

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                data, place = self._socket.recvfrom(65535)
            except TimeoutError:
                continue
            self.asked.append((data, place))
            for payload, from_other_port in self._answer(data, len(self.asked) - 1):
                if self._stopped.is_set():
                    return
                (self._other if from_other_port else self._socket).sendto(payload, place)
            if self._then is not None and self._then[0] == len(self.asked):
                self._then[1]()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        self._thread.join()
        self._socket.close()
        self._other.close()
