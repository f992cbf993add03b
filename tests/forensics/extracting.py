"""What an extract holds, frame by frame, and captures of TCP and discovery to extract from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from struct import pack
from typing import Any, NamedTuple

from tests.capture.pcap_writer import pcap
from upnpscapy.capture.batch import Record
from upnpscapy.capture.pcapng_comments import packet_comments
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.segments import Segment
from upnpscapy.capture.source import Source
from upnpscapy.forensics.extract.frames import extract_frames

__all__ = ["ALIVE_FRAME", "START_NS", "Packet", "capture", "frame", "frames_of", "packets", "tcp"]

_COMMENT = re.compile(r"upnpscapy: (.*) frame ([0-9]+)\Z", re.DOTALL)

SECOND = 1_000_000_000
START_NS = 1_700_000_000 * SECOND


class Packet(NamedTuple):
    """A frame of a capture, and what its comments say of where it came from."""

    number: int
    record: Record
    link_type: int
    data: bytes
    comments: list[bytes]

    @property
    def origin(self) -> tuple[str, int]:
        """The source file's name and the frame's number there."""
        found = _COMMENT.match(self.comments[0].decode())
        assert found is not None
        return found[1], int(found[2])


def packets(path: Path) -> list[Packet]:
    """Every frame of a capture file."""
    found = []
    with Source(path) as source:
        for batch in CaptureReader(source).batches():
            for number, start in enumerate(batch.starts, batch.first_frame):
                record = Record(*batch.describe(batch.data, start))
                data = batch.data[start : start + record.captured]
                comments = packet_comments(batch, start, record.captured)
                found.append(Packet(number, record, batch.link_type, data, comments))
    return found


def frames_of(source: Path | list[Path], out: Path, **options: Any) -> list[int]:
    """The numbers, in their own files, of the frames that are extracted."""
    extract_frames(source, out, **options)
    return [packet.origin[1] for packet in packets(out)]


def tcp(segment: Segment) -> bytes:
    """The IPv4 packet of a segment."""
    header = pack(
        ">HHIIBBHHH",
        *(segment.sport, segment.dport, segment.seq, segment.ack, 0x50, segment.flags),
        *(65535, 0, 0),
    )
    payload = header + segment.payload
    head = pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, 6, 0)
    return head + segment.source + segment.destination + payload


def frame(packet: bytes, vlan: int | None = None) -> bytes:
    """An IPv4 packet in an Ethernet frame."""
    tag = b"" if vlan is None else pack(">HH", 0x8100, vlan)
    return b"\x02" * 12 + tag + b"\x08\x00" + packet


def _announcement() -> bytes:
    payload = (
        b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\n"
        b"NTS: ssdp:alive\r\nCACHE-CONTROL: max-age=1800\r\nUSN: uuid:lamp::upnp:rootdevice\r\n"
        b"LOCATION: http://192.0.2.17:49152/d.xml\r\nSERVER: a/1 UPnP/1.0 b/1\r\n\r\n"
    )
    udp = pack(">HHHH", 1900, 1900, 8 + len(payload), 0) + payload
    head = pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 4, 17, 0)
    return frame(head + b"\xc0\0\2\x11" + b"\xef\xff\xff\xfa" + udp)


ALIVE_FRAME = _announcement()
"""An announcement of the device that ``Conversation`` talks to by default."""


def capture(path: Path, shots: Iterable[Segment | bytes]) -> Path:
    """A capture of segments and other frames, a millisecond apart."""
    timed = [
        (START_NS + number * 1_000_000, frame(tcp(shot)) if isinstance(shot, Segment) else shot)
        for number, shot in enumerate(shots)
    ]
    path.write_bytes(pcap(timed))
    return path
