"""TCP of a large capture, read by a second process while this one reads all else.

Walking the records of a file is cheap, and both do: nothing but what was found goes from one to
the other, in the order in which one process alone would find it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import upnpscapy
from upnpscapy.capture.attempts import NOTHING_TRIED, Sender, Tried
from upnpscapy.capture.batch import Batch
from upnpscapy.capture.exchange_record import from_record
from upnpscapy.capture.source import SourceLike
from upnpscapy.capture.tcp import Look, TakeExchange, Tcp, TcpCounts, TcpReader
from upnpscapy.capture.tcp_worker import PROTOCOL, End, File, Found, Task
from upnpscapy.errors import CaptureError

__all__ = ["TcpProcess", "open_tcp"]

MIN_BYTES = 64 << 20
"""Of files together, from which on a second process is worth its start."""

PIPE_BYTES = 1 << 20
"""What the second process may be ahead, besides a batch; the most that Linux gives everybody."""

WAIT_SECONDS = 5.0
"""For the second process to end, which has nothing left to do."""

_NOTHING = End(TcpCounts(0, 0, 0), NOTHING_TRIED)

_ROOT = str(Path(upnpscapy.__file__).parents[1])
"""Where this package is, which may be found in other ways than by its path."""

_PROGRAM = (
    "import sys; sys.path[:] = sys.argv[1:]; from upnpscapy.capture.tcp_worker import main; main()"
)


def open_tcp(
    files: Sequence[tuple[SourceLike, int, int | None]],
    on_exchange: TakeExchange,
    *,
    handshakes: bool,
    look: Look | None = None,
) -> Tcp:
    """Who reads TCP of files best.

    Each is given with what is added to its frame numbers, and how many bytes of it are read.
    """
    if _is_worth_it(size for _, _, size in files):
        named = [File(str(source), base, size) for source, base, size in files]
        with suppress(OSError):
            return TcpProcess(named, on_exchange, handshakes=handshakes, look=look)
    return TcpReader(on_exchange, handshakes=handshakes)


class TcpProcess(Tcp):
    """Starts a process that reads the TCP of files; a context manager, which ends it.

    ``begin`` is called for those of the files that are read, in their order.
    Raises ``OSError`` if it cannot be started.
    """

    foreign = None

    def __init__(
        self,
        files: Sequence[File],
        on_exchange: TakeExchange,
        *,
        handshakes: bool = False,
        look: Look | None = None,
    ) -> None:
        self._names = [file.name for file in files]
        self._bases = [file.base for file in files]
        self._on_exchange = on_exchange
        self._file = -1
        self._frame = 0
        self._next: Found | None = None
        self._senders: list[Sender] = []
        self._end: End | None = None
        self.failure: CaptureError | None = None
        self._process = subprocess.Popen(
            [sys.executable, "-S", "-P", "-c", _PROGRAM, *map(str, sys.path), _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=PIPE_BYTES,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stream: IO[bytes] = self._process.stdout
        _widen(self._stream)
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            pickle.dump(Task(list(files), handshakes, look), stdin, PROTOCOL)

    @property
    def pid(self) -> int:
        """Of the other process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the other process has."""
        return self._process.poll() is not None

    def begin(self, base: int = 0) -> None:
        """Go on to the next file that is read."""
        self._file = self._bases.index(base, self._file + 1)
        self._frame = 0

    def read(self, batch: Batch, positions: Iterable[int]) -> None:
        """Take note that a batch was read."""
        deque(positions, 0)
        self._frame = batch.first_frame + len(batch.starts) - 1

    def pass_time(self, time_ns: int | None) -> None:
        """Wait until the other process has read as far; hand on what was complete then."""
        self._hand_on((self._file, self._frame))

    def senders(self) -> list[Sender]:
        """Who sent a SYN."""
        found, self._senders = self._senders, []
        return found

    def finish(self) -> None:
        """Hand on what is still open."""
        self._hand_on(None)

    def counts(self) -> TcpCounts:
        """What was not read; of a process that failed nothing is known."""
        return _NOTHING.counts if self._end is None else self._end.counts

    def tried(self) -> Tried:
        """The connections that were tried; of a process that failed nothing is known."""
        return NOTHING_TRIED if self._end is None else self._end.tried

    def close(self) -> None:
        """End the other process, which is over with it or is not waited for."""
        self._stream.close()
        try:
            self._process.wait(WAIT_SECONDS if self._end is not None else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _hand_on(self, place: tuple[int, int] | None) -> None:
        """Hand on what was found up to a file and frame, None for the end."""
        while self._end is None:
            found = self._next or self._receive()
            self._next = None
            if isinstance(found, End):
                self._end = found
                if place is not None and self.failure is None:
                    self._fail("it changed while it was read")
                return
            if place is not None and found[:2] > place:
                self._next = found
                if found.file > place[0]:
                    self._fail("it changed while it was read")
                return
            for record in found.exchanges:
                self._on_exchange(from_record(record))
            self._senders += found.senders
            if found[:2] == place:
                return

    def _receive(self) -> Found | End:
        """What comes next; if nothing more does, that nothing more is known."""
        try:
            received: Found | End = pickle.load(self._stream)
        except (EOFError, pickle.UnpicklingError) as error:
            status = self._process.wait()
            self._fail(f"the process that reads TCP ended early, with status {status}", error)
            return _NOTHING
        return received

    def _fail(self, reason: str, cause: Exception | None = None) -> None:
        if self.failure is None:
            path = self._names[max(0, self._file)]
            self.failure = CaptureError(reason, path, self._frame or None)
            self.failure.__cause__ = cause


def _is_worth_it(sizes: Iterable[int | None]) -> bool:
    """Whether they are large files that two can open, and there is a processor to spare."""
    if not sys.executable or getattr(sys, "frozen", False) or _processors() < 2:
        return False
    total = 0
    for size in sizes:
        if size is None:
            return False
        total += size
    return total >= MIN_BYTES


def _processors() -> int:
    """Those that this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed is not None else os.cpu_count() or 1


def _widen(stream: IO[bytes]) -> None:
    """Let more wait in a pipe, where that can be."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
