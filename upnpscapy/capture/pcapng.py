"""The pcapng format: sections, interfaces, and the blocks that hold frames.

draft-ietf-opsawg-pcapng; clause numbers are its sections.
Frames are numbered as Wireshark 4.0 does: systemd journal, custom and Sysdig event blocks count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from struct import Struct
from typing import NamedTuple

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.passing import Passing

__all__ = ["SECTION_HEADER", "PcapngWalker", "Section", "State"]

SECTION_HEADER = b"\x0a\x0d\x0d\x0a"

INTERFACE, PACKET, SIMPLE, ENHANCED = 1, 2, 3, 6

NUMBERED = frozenset((9, 0x0BAD, 0x40000BAD, 0x204, 0x216, 0x221))
"""Blocks without a frame that Wireshark gives a number: journal export, custom, Sysdig events."""

MAX_BLOCK = (1 << 27) + (1 << 17)
"""Bytes; Wireshark takes a longer block for damage."""

MAX_INTERFACES = 1 << 16

SMALLEST = 12
"""Bytes of a block without a body."""

_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_OPTION_TIME_RESOLUTION, _OPTION_TIME_OFFSET = 9, 14


class Interface(NamedTuple):
    """What an interface description block says (4.2)."""

    link_type: int
    snaplen: int
    unit_ns: tuple[int, int]
    """A timestamp's unit as a fraction of a nanosecond: (numerator, denominator)."""
    offset_ns: int


class Section:
    """A section's byte order and interfaces; frames refer to it (4.1)."""

    def __init__(self, order: str, interfaces: Iterable[Interface] = ()) -> None:
        self.order = order
        self.interfaces = list(interfaces)
        self.word = Struct(f"{order}I").unpack_from
        self.short = Struct(f"{order}H").unpack_from
        self.pair = Struct(f"{order}II").unpack_from
        self.enhanced = Struct(f"{order}IIIII").unpack_from
        self.packet = Struct(f"{order}HHIIII").unpack_from

    def describe_enhanced(self, data: bytes, start: int) -> tuple[int | None, int, int]:
        """Of an enhanced packet block (4.3)."""
        interface, high, low, captured, original = self.enhanced(data, start - 20)
        return self._time(interface, high, low), captured, original

    def describe_packet(self, data: bytes, start: int) -> tuple[int | None, int, int]:
        """Of an obsolete packet block (appendix A)."""
        interface, _, high, low, captured, original = self.packet(data, start - 20)
        return self._time(interface, high, low), captured, original

    def _time(self, interface: int, high: int, low: int) -> int:
        found = self.interfaces[interface]
        numerator, denominator = found.unit_ns
        return ((high << 32) | low) * numerator // denominator + found.offset_ns


class State(NamedTuple):
    """A section as far as it was known at some place; many places of one share it."""

    section: Section
    known: int
    """How many interfaces it had there; those behind were learned of later."""

    def restored(self) -> Section:
        """The section as it was there."""
        return Section(self.section.order, self.section.interfaces[: self.known])


class PcapngWalker:
    """Cuts the bytes of a pcapng file into frames; keeps the section and its interfaces."""

    format = "pcapng"
    head = 28
    """Bytes of an enhanced packet block before its frame."""

    def __init__(self, state: State | None = None) -> None:
        self._section = Section("<") if state is None else state.restored()
        self.frames = 0
        self.used = 0
        """Bytes of the last walked buffer that are done with; the rest is an incomplete block."""
        self.wanted = 0
        """Bytes that the incomplete block has at least."""
        self.damage: str | None = None

    def state(self) -> State:
        """The section that the bytes after the last walked ones belong to."""
        return State(self._section, len(self._section.interfaces))

    def walk(self, data: bytes, at: int = 0, passing: Passing | None = None) -> Iterator[Batch]:
        """The complete frames in ``data`` from the block that begins at ``at``.

        Nothing is passed over.
        """
        self.used, self.wanted = at, SMALLEST
        try:
            yield from self._walk(data, at)
        except _DamageError as error:
            self.damage = str(error)

    def _walk(self, data: bytes, at: int) -> Iterator[Batch]:
        """Enhanced packet blocks of one link type gather in a batch; any other block ends it."""
        end = len(data)
        section = self._section
        word, pair = section.word, section.pair
        starts: list[int] = []
        first, link_type = self.frames + 1, -1
        while end - at >= SMALLEST:
            kind, length = pair(data, at)
            if kind == ENHANCED and 32 <= length <= end - at and not length & 3:
                (interface,) = word(data, at + 8)
                (captured,) = word(data, at + 20)
                if interface >= len(section.interfaces) or captured > length - 32:
                    break
                here = section.interfaces[interface].link_type
                if here != link_type:
                    if starts:
                        yield Batch(data, starts, first, link_type, section.describe_enhanced)
                        starts = []
                    first, link_type = self.frames + 1, here
                starts.append(at + 28)
                self.frames += 1
                at += length
                self.used = at
                continue
            if starts:
                yield Batch(data, starts, first, link_type, section.describe_enhanced)
                starts, link_type = [], -1
            length = _block_length(data, at, length)
            if at + length > end:
                self.wanted = length
                return
            place = self._take_rare_block(data, at, kind, length)
            section = self._section
            word, pair = section.word, section.pair
            if place is not None:
                self.frames += 1
                start, rare_link_type, describe = place
                yield Batch(data, [start], self.frames, rare_link_type, describe)
            at += length
            self.used = at
        if starts:
            yield Batch(data, starts, first, link_type, section.describe_enhanced)
        if end - at >= SMALLEST:
            raise _DamageError("an impossible packet block at byte {offset}")

    def _take_rare_block(
        self, data: bytes, at: int, kind: int, length: int
    ) -> tuple[int, int, Callable[[bytes, int], tuple[int | None, int, int]]] | None:
        """The frame of a block that has one: its start, link type and description."""
        if data[at : at + 4] == SECTION_HEADER:
            self._section = Section(_ORDERS[data[at + 8 : at + 12]])
            return None
        section = self._section
        if kind == INTERFACE:
            if length < 20 or len(section.interfaces) >= MAX_INTERFACES:
                raise _DamageError("an impossible interface block at byte {offset}")
            section.interfaces.append(_read_interface(section, data, at, length))
        elif kind == SIMPLE:
            if length < 16 or not section.interfaces:
                raise _DamageError("a packet without an interface at byte {offset}")
            return at + 12, section.interfaces[0].link_type, _simple(section, length)
        elif kind == PACKET:
            interface = section.short(data, at + 8)[0] if length >= 32 else MAX_INTERFACES
            if interface >= len(section.interfaces) or section.word(data, at + 20)[0] > length - 32:
                raise _DamageError("an impossible packet block at byte {offset}")
            return at + 28, section.interfaces[interface].link_type, section.describe_packet
        elif kind == ENHANCED:
            interface = section.word(data, at + 8)[0] if length >= 32 else MAX_INTERFACES
            if interface >= len(section.interfaces) or section.word(data, at + 20)[0] > length - 32:
                raise _DamageError("an impossible packet block at byte {offset}")
            return at + 28, section.interfaces[interface].link_type, section.describe_enhanced
        elif kind in NUMBERED:
            self.frames += 1
        return None


class _DamageError(Exception):
    """A block that cannot be; ``{offset}`` in the text stands for its place."""


def _block_length(data: bytes, at: int, length: int) -> int:
    """The bytes a block takes; a section header says its length in its own byte order.

    A length that is no multiple of four is rounded up, as Wireshark does.
    """
    if data[at : at + 4] == SECTION_HEADER:
        order = _ORDERS.get(data[at + 8 : at + 12])
        if order is None:
            raise _DamageError("a section header without byte order at byte {offset}")
        length = Struct(f"{order}I").unpack_from(data, at + 4)[0]
    if not SMALLEST <= length <= MAX_BLOCK:
        raise _DamageError(f"a block of {length} bytes at byte {{offset}}")
    return length + -length % 4


def _simple(section: Section, length: int) -> Callable[[bytes, int], tuple[int | None, int, int]]:
    def describe(data: bytes, start: int) -> tuple[int | None, int, int]:
        (original,) = section.word(data, start - 4)
        captured = min(original, length - 16)
        snaplen = section.interfaces[0].snaplen
        return None, min(captured, snaplen) if snaplen else captured, original

    return describe


def _read_interface(section: Section, data: bytes, at: int, length: int) -> Interface:
    (link_type,) = section.short(data, at + 8)
    (snaplen,) = section.word(data, at + 12)
    unit_ns, offset_ns = (1000, 1), 0
    place, end = at + 16, at + length - 4
    while place + 4 <= end:
        code, size = Struct(f"{section.order}HH").unpack_from(data, place)
        value = data[place + 4 : min(place + 4 + size, end)]
        if code == 0:
            break
        if code == _OPTION_TIME_RESOLUTION and len(value) == 1:
            unit_ns = _unit(value[0])
        elif code == _OPTION_TIME_OFFSET and len(value) == 8:
            seconds = Struct(f"{section.order}q").unpack(value)[0]
            offset_ns = seconds * 1_000_000_000
        place += 4 + size + (-size % 4)
    return Interface(link_type, snaplen, unit_ns, offset_ns)


def _unit(resolution: int) -> tuple[int, int]:
    """``if_tsresol``: a negative power of ten, or of two with the highest bit set (4.2)."""
    exponent = resolution & 0x7F
    if resolution & 0x80:
        return 1_000_000_000, 1 << exponent
    return (10 ** (9 - exponent), 1) if exponent <= 9 else (1, 10 ** (exponent - 9))
