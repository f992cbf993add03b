"""The bytes of every TCP stream, as tshark follows them and as the stream reader hands them on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from itertools import count, groupby
from pathlib import Path
from typing import NamedTuple

from tests.capture.tshark import tshark
from upnpscapy.capture.ordering import Conflict, Data, Gap
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.segments import Segment, SegmentReader
from upnpscapy.capture.source import Source
from upnpscapy.capture.streams import Ends, Kind, StreamReader

__all__ = ["End", "Followed", "Lines", "followed", "merged", "ours", "theirs"]

GROUP = 64
"""Streams that one run of tshark is asked for."""

End = tuple[str, int]
"""Address and port."""

Lines = tuple[bytes | int, ...]
"""Bytes in order; a number is of bytes that are missing."""

_PART = re.compile(r"={9,}\nFollow: tcp,raw\nFilter: tcp\.stream eq (\d+)\n(.*?)={9,}\n", re.DOTALL)
_MISSING = re.compile(rb"\[(\d+) bytes missing in capture file\]\0?\Z")


class Followed(NamedTuple):
    """A stream: its two ends, and what each of them sent."""

    ends: tuple[End, End]
    sent: tuple[Lines, Lines]

    @property
    def pair(self) -> frozenset[End]:
        """Both ends, whichever began."""
        return frozenset(self.ends)


def theirs(path: Path) -> dict[int, Followed]:
    """What tshark follows, by its number of the stream; streams without bytes are left out."""
    found: dict[int, Followed] = {}
    for first in count(0, GROUP):
        numbers = range(first, first + GROUP)
        asked = [word for number in numbers for word in ("-z", f"follow,tcp,raw,{number}")]
        text = tshark(path, "-o", "tcp.reassemble_out_of_order:TRUE", "-q", *asked)
        parts = {int(number): part for number, part in _PART.findall(text)}
        assert set(parts) == set(numbers)
        there = {number: part for number, part in parts.items() if "Node 1: :0\n" not in part}
        found |= {number: _followed(there[number]) for number in sorted(there)}
        if len(there) < GROUP:
            return {number: stream for number, stream in found.items() if any(stream.sent)}
    raise AssertionError


def ours(path: Path) -> list[Followed]:
    """What the reader hands a consumer that wants all, in the order of first segments."""
    found: list[_Recorder] = []
    reader = StreamReader(lambda ends: _recorder(ends, found))
    segments = SegmentReader()
    with Source(path) as source:
        capture = CaptureReader(source)
        for batch in capture.batches():
            segments.read_batch(batch, reader.take)
            reader.pass_time(capture.last_time_ns)
    reader.close()
    return _said(found)


def followed(segments: Iterable[Segment]) -> list[Followed]:
    """The same of segments."""
    found: list[_Recorder] = []
    reader = StreamReader(lambda ends: _recorder(ends, found))
    for segment in segments:
        reader.take(*segment)
    reader.close()
    return _said(found)


def merged(lines: Iterable[bytes | int]) -> Lines:
    """Neighbours joined: bytes with bytes, missing with missing."""
    joined: list[bytes | int] = []
    for _, group in groupby(filter(None, lines), type):
        same = list(group)
        data = b"".join(line for line in same if isinstance(line, bytes))
        joined.append(data or sum(line for line in same if isinstance(line, int)))
    return tuple(joined)


class _Recorder:
    """A consumer that wants all there is."""

    def __init__(self, ends: Ends) -> None:
        self.foreign = self.proven = False
        self._ends = ends
        self._sent: tuple[list[bytes | int], list[bytes | int]] = ([], [])

    def data(self, side: int, data: Data) -> None:
        self._sent[side].append(data.data)

    def gap(self, side: int, gap: Gap) -> None:
        self._sent[side].append(gap.length)

    def conflict(self, side: int, conflict: Conflict) -> None:
        pass

    def end(self, side: int, kind: Kind) -> None:
        pass

    @property
    def followed(self) -> Followed:
        source, sport, destination, dport = self._ends
        ends = (str(ip_address(source)), sport), (str(ip_address(destination)), dport)
        one, other = self._sent
        return Followed(ends, (merged(one), merged(other)))


def _recorder(ends: Ends, found: list[_Recorder]) -> _Recorder:
    found.append(_Recorder(ends))
    return found[-1]


def _said(found: Iterable[_Recorder]) -> list[Followed]:
    streams = [recorder.followed for recorder in found]
    return [stream for stream in streams if any(stream.sent)]


def _followed(part: str) -> Followed:
    """A part of tshark's output: two ends, then lines of hexadecimal, the second end's indented."""
    one, other, *lines = part.splitlines()
    sent: tuple[list[bytes | int], list[bytes | int]] = ([], [])
    for line in lines:
        data = bytes.fromhex(line.strip())
        missing = _MISSING.match(data)
        sent[line.startswith("\t")].append(int(missing[1]) if missing else data)
    return Followed((_end(one), _end(other)), (merged(sent[0]), merged(sent[1])))


def _end(line: str) -> End:
    address, _, port = line.split(": ", 1)[1].rpartition(":")
    return address.strip("[]"), int(port)
