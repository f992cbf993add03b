"""The second process of a pass: it walks the same files, and reads of them TCP alone.

What it finds goes out batch by batch as a stream of pickles, the other process being of the same
code: a ``Found`` for every batch, at last an ``End``. Whoever starts it reads the stream, or
closes it, which ends this.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from contextlib import suppress
from typing import NamedTuple

from upnpscapy.capture.attempts import Sender, Tried
from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.exchange import Exchange
from upnpscapy.capture.exchange_record import Record, to_record
from upnpscapy.capture.outbox import Outbox
from upnpscapy.capture.passing import Passing
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source
from upnpscapy.capture.tcp import Look, TcpCounts, TcpReader
from upnpscapy.errors import CaptureError

__all__ = ["PROTOCOL", "End", "File", "Found", "Task", "main"]

PROTOCOL = 5
"""Of pickle."""


class File(NamedTuple):
    """A file that is to be read."""

    name: str
    base: int
    """What is added to its frame numbers."""
    size: int | None
    """Bytes that are read of it, as the other process does; None or 0 for all."""


class Task(NamedTuple):
    """What is to be read."""

    files: list[File]
    """Of one capture, in this order."""
    handshakes: bool
    look: Look | None = None
    """Is given each exchange before it goes out."""


class Found(NamedTuple):
    """What was complete when all frames up to ``frame`` of a file were read."""

    file: int
    """From 0."""
    frame: int
    exchanges: list[Record]
    senders: list[Sender]


class End(NamedTuple):
    """What is known when all was read."""

    counts: TcpCounts
    tried: Tried


def main() -> None:
    """Read the task from standard input, write what is found to standard output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this ends it
    task: Task = pickle.load(sys.stdin.buffer)
    # Nobody may read any more: then that is the end, too.
    with suppress(BrokenPipeError), rare_collections(), Outbox(sys.stdout.buffer) as outbox:
        _read(task, outbox)
    # All was written. The usual way out would take all memory apart, which takes its time.
    os._exit(0)


def _read(task: Task, outbox: Outbox) -> None:
    found: list[Record] = []
    file = frame = 0

    def take(exchange: Exchange) -> None:
        if task.look is not None:
            task.look(exchange)
        found.append(to_record(exchange))

    tcp = TcpReader(take, handshakes=task.handshakes)

    def hand_on() -> None:
        outbox.put(pickle.dumps(Found(file, frame, found, tcp.senders()), PROTOCOL))
        found.clear()

    for number, (name, base, size) in enumerate(task.files):
        file, frame = number, 0
        tcp.begin(base)
        # What cannot be read is told by the other process.
        with suppress(CaptureError), Source(name, hashed=False, limit=size) as opened:
            reader = CaptureReader(opened)
            for batch in reader.batches(Passing(tcp.foreign)):
                positions = range(len(batch.starts)) if batch.kept is None else batch.kept
                tcp.read(batch, positions)
                tcp.pass_time(reader.last_time_ns)
                frame = batch.first_frame + len(batch.starts) - 1
                hand_on()
    tcp.finish()
    hand_on()
    outbox.put(pickle.dumps(End(tcp.counts(), tcp.tried()), PROTOCOL))
