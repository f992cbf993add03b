"""``anonymize_frames``: the UPnP conversations of captures as a file that can be shared.

The frames are those of ``extract_frames``. They are read once to find them, once to put streams
together and to see all addresses, and once to write them. Times, ports and lengths stay.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.ip import UDP
from upnpscapy.capture.pcapng_write import Interface, PcapngWriter
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source, SourceLike
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.anonymize.addresses import Addresses
from upnpscapy.forensics.anonymize.bodies import datagram_text, stream_text
from upnpscapy.forensics.anonymize.frame import TCP, Layers
from upnpscapy.forensics.anonymize.segments import Direction, Directions
from upnpscapy.forensics.anonymize.words import Substitutes, addresses_in
from upnpscapy.forensics.extract.copying import new_capture
from upnpscapy.forensics.extract.find import Finder
from upnpscapy.forensics.extract.frames import Extract, ExtractRow
from upnpscapy.forensics.extract.inputs import File, ProgressOf, given_files, grouped, progress_of
from upnpscapy.forensics.extract.output import check_output
from upnpscapy.forensics.extract.pick import Picker
from upnpscapy.forensics.run import Progress
from upnpscapy.forensics.selection import Selection

__all__ = ["SHORTEST_KEY", "Shared", "anonymize_frames"]

MAX_BYTES = 256 << 20
"""Of TCP payload that is put together; what is beyond becomes zeros."""

SHORTEST_KEY = 8
"""Bytes."""

EVERYTHING = Selection()


@dataclass(slots=True)
class Shared(Extract):
    """What ``anonymize_frames`` did."""

    left_out: int = 0
    """Frames that are not decoded, and so not written."""
    substitutes: Substitutes | None = None
    """What was put for what; with it the sources' tables can be compared."""
    addresses: Addresses | None = None

    @property
    def limits(self) -> list[str]:
        """What is to be said of the whole, in words."""
        words = f"{self.left_out} frames left out: tunnels and link types that are not rewritten"
        more = [words] if self.left_out else []
        if self.written and not self.frames:
            return [*more, "no frame belongs to UPnP: the file has none"]
        return more if self.written else ["nothing was written"]


@dataclass(slots=True)
class _Streams:
    """The TCP payload of one capture."""

    directions: Directions = field(default_factory=Directions)
    parts: list[tuple[Direction, int] | None] = field(default_factory=list)
    """Of each frame in order: the direction it is of, and its place in it."""
    size: int = 0

    def take(self, layers: Layers) -> None:
        """Take down where a frame's payload belongs."""
        packet, (begin, end) = layers.packet, layers.payload
        if packet is None or packet.protocol != TCP or not layers.has_payload:
            self.parts.append(None)
            return
        start, data = packet.start, layers.data
        key = packet.source + packet.destination + data[start : start + 4]
        seq, flags = int.from_bytes(data[start + 4 : start + 8]), data[start + 13]
        direction = self.directions.of(key, seq, flags)
        place = direction.place(seq + (flags >> 1 & 1))
        if end > begin and self.size < MAX_BYTES:
            direction.pieces.append((place, data[begin:end]))
            self.size += end - begin
        self.parts.append((direction, place))


def anonymize_frames(
    source: SourceLike | Sequence[SourceLike],
    out: str | Path,
    *,
    key: bytes | None = None,
    join: bool = False,
    selection: Selection = EVERYTHING,
    force: bool = False,
    progress: Progress | None = None,
) -> Shared:
    """Write the UPnP conversations to ``out``, without what tells of whom they are.

    ``key`` makes the substitutes: the same key and captures, the same substitutes; without one
    they cannot be repeated. The rest is as for ``extract_frames``. Kept are times, lengths, ports,
    and the order of frames; zeroed are content that is packed, pictures, UTF-16, TLS, fragments
    and what follows a loss; tunnels and link types without a reader are left out.
    Words of one or two characters can be guessed, as there are so few. Raises ``ValueError`` for
    a key of less than eight bytes.
    """
    if key is not None and len(key) < SHORTEST_KEY:
        raise ValueError(f"a key has {SHORTEST_KEY} bytes at least")
    path = Path(out)
    with rare_collections(), ExitStack() as copies:
        files = given_files(source, join, copies)
        check_output(path, [file.source for file in files], force=force)
        report = progress_of(progress)
        found: list[tuple[Finder, list[File], _Streams]] = []
        seen: set[bytes] = set()
        for group in grouped(files, join):
            finder, streams = Finder(selection), _Streams()
            finder.read(group, report)
            _see(finder, group, streams, seen, report)
            found.append((finder, group, streams))
        read = [file for file in files if file.sha256]
        rows = {
            id(file): ExtractRow(file.name, file.sha256, file.frames, file.messages, 0, file.limits)
            for file in read
        }
        result = Shared(list(rows.values()), [file.error for file in files if file.error])
        key = secrets.token_bytes(32) if key is None else sha256(key).digest()
        result.addresses = addresses = Addresses(key, seen)
        result.substitutes = substitutes = Substitutes(key, addresses)
        for _, _, streams in found:
            for direction in streams.directions.all:
                direction.substitute(lambda data: stream_text(data, substitutes))
        if read:
            datagram = lru_cache(1 << 14)(lambda data: datagram_text(data, substitutes))
            with new_capture(path, (), ["upnpscapy: anonymized"], force=force) as writer:
                for finder, group, streams in found:
                    parts = iter(streams.parts)
                    for layers, file in _layers(finder, group, report):
                        part = next(parts)
                        if layers.packet is None:
                            result.left_out += 1
                            continue
                        payload = _payload(layers, part, datagram)
                        _write(writer, layers, payload, addresses)
                        rows[id(file)].extracted += 1
            result.written = True
    if result.errors:
        result.errors[0].partial = result
        raise result.errors[0]
    return result


def _see(
    finder: Finder, files: list[File], streams: _Streams, seen: set[bytes], report: ProgressOf
) -> None:
    """Put the streams together, and see all addresses."""
    for layers, _ in _layers(finder, files, report):
        streams.take(layers)
        packet, (begin, end) = layers.packet, layers.payload
        if packet is not None:
            seen |= {packet.source, packet.destination}
            if packet.protocol == UDP:
                seen |= addresses_in(layers.data[begin:end])
    for direction in streams.directions.all:
        direction.settle()
        for _, data, _ in direction.runs:
            seen |= addresses_in(data)


def _layers(finder: Finder, files: list[File], report: ProgressOf) -> Iterator[tuple[Layers, File]]:
    """The frames of one capture that belong, in order."""
    picker = Picker(finder)
    for file in files:
        if not file.sha256:
            continue
        with Source(file.again, name=file.name, limit=file.size) as opened:
            reader = CaptureReader(opened, report(file.name))
            try:
                for batch in reader.batches():
                    for place in picker.pick(batch, file.place.base):
                        yield Layers(batch, place), file
            except CaptureError as error:
                if str(error) != str(file.error):
                    raise
            if opened.sha256() != file.sha256:
                raise CaptureError("changed while it was read", file.name)


def _payload(
    layers: Layers, part: tuple[Direction, int] | None, datagram: Callable[[bytes], bytes]
) -> bytes:
    packet, (begin, end) = layers.packet, layers.payload
    data = layers.data[begin:end]
    if packet is None or not data:
        return bytes(len(data))
    if packet.protocol == UDP:
        return datagram(data)
    return bytes(len(data)) if part is None else part[0].payload(part[1], data)


def _write(writer: PcapngWriter, layers: Layers, payload: bytes, addresses: Addresses) -> None:
    data = layers.rewritten(payload, addresses)
    writer.write(Interface(layers.link_type), data, layers.time_ns, layers.original)
