"""The pcapng format, written: frames with nanoseconds, their lengths on the wire, and comments.

draft-ietf-opsawg-pcapng; clause numbers are its sections.
A frame's bytes are written as they are, one block after the other: nothing is kept,
and what was flushed is a whole file.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import IO, NamedTuple

__all__ = ["Interface", "PcapngWriter"]

SECTION, INTERFACE, SIMPLE, NAMES, ENHANCED = 0x0A0D0D0A, 1, 3, 4, 6

END, COMMENT, APPLICATION, NAME, DESCRIPTION, RESOLUTION, OFFSET = 0, 1, 4, 2, 3, 9, 14
"""Options of all blocks, of a section, and of an interface."""

LONGEST_OPTION = 0xFFFF
"""Bytes; a longer text is cut short."""

MAX_INTERFACES = 1 << 16
"""Of one section; readers take more for damage."""

SECOND = 1_000_000_000

_EPOCH_SECONDS = 1 << 33
"""Times that 64 bits of nanoseconds cannot count from 1970 are counted from a multiple of this."""

_word = Struct("<I").pack
_words = Struct("<II").pack
_option = Struct("<HH").pack
_section = Struct("<IHHq").pack
_interface = Struct("<HHI").pack
_enhanced = Struct("<IIIII").pack
_simple = Struct("<I").pack
_seconds = Struct("<q").pack


class Interface(NamedTuple):
    """Where frames were captured: the writer describes each once (4.2)."""

    link_type: int
    name: str | None = None
    """As the system calls it, ``eth0``."""
    description: str | None = None
    """In words; for frames of a file its name."""
    snaplen: int = 0
    """Bytes to which frames were cut; 0 is without a limit."""


class PcapngWriter:
    """Writes frames to a binary file that is open already, and stays open.

    ``comments`` are those of the section, ``application`` the program that writes it.
    """

    def __init__(
        self,
        file: IO[bytes],
        *,
        comments: Iterable[str | bytes] = (),
        application: str | None = None,
    ) -> None:
        self._file = file
        self._application = application
        self._interfaces: dict[tuple[Interface, int], int] = {}
        self._first: Interface | None = None
        self.frames = 0
        """How many were written."""
        self._begin_section(comments)

    def write(
        self,
        interface: Interface,
        data: bytes,
        time_ns: int | None,
        original: int | None = None,
        comments: Iterable[str | bytes] = (),
    ) -> None:
        """Write a frame: its bytes as captured, and its length on the wire if that differs.

        ``time_ns`` are nanoseconds since 1970 UTC. Without a time the frame becomes a simple
        packet block (4.4), which has no comments either: they stand in a block before it.
        A time beyond what the format can say is none.
        """
        size = len(data) if original is None else original
        epoch = 0 if time_ns is None else _epoch(time_ns)
        if time_ns is None or not -(1 << 63) <= epoch < 1 << 63:
            self._write_without_time(interface, data, size, comments)
        else:
            number = self._number(interface, epoch)
            ticks = time_ns - epoch * SECOND
            head = _enhanced(number, ticks >> 32, ticks & 0xFFFF_FFFF, len(data), size)
            self._block(ENHANCED, head, data, bytes(-len(data) % 4), _options(comments))
        self.frames += 1

    def flush(self) -> None:
        """Hand on to the system what was written so far."""
        self._file.flush()

    def _write_without_time(
        self, interface: Interface, data: bytes, original: int, comments: Iterable[str | bytes]
    ) -> None:
        # A simple packet is of its section's first interface, and cut where that one cuts.
        cut = len(data) < original
        first = self._first
        wanted = interface._replace(snaplen=len(data) if cut else 0)
        if first is None or first._replace(snaplen=wanted.snaplen) != wanted:
            fits = False
        elif cut:
            fits = first.snaplen == len(data)
        else:
            fits = first.snaplen == 0 or first.snaplen >= len(data)
        if not fits:
            if first is not None:
                self._begin_section()
            self._number(wanted, 0)
        if options := _options(comments):
            self._block(NAMES, bytes(4), options)
        self._block(SIMPLE, _simple(original), data, bytes(-len(data) % 4))

    def _number(self, interface: Interface, epoch: int) -> int:
        """The interface's number in the section, described before if it is new."""
        number = self._interfaces.get((interface, epoch))
        if number is None:
            if len(self._interfaces) >= MAX_INTERFACES:
                self._begin_section()
            number = self._interfaces[interface, epoch] = len(self._interfaces)
            self._first = self._first or interface
            options = b"".join(
                [
                    b"" if interface.name is None else _text(NAME, interface.name),
                    b""
                    if interface.description is None
                    else _text(DESCRIPTION, interface.description),
                    _text(RESOLUTION, b"\x09"),
                    _text(OFFSET, _seconds(epoch)) if epoch else b"",
                    _option(END, 0),
                ]
            )
            head = _interface(interface.link_type, 0, interface.snaplen)
            self._block(INTERFACE, head, options)
        return number

    def _begin_section(self, comments: Iterable[str | bytes] = ()) -> None:
        """A section header (4.1) of a length that is not known yet."""
        self._interfaces.clear()
        self._first = None
        application = b"" if self._application is None else _text(APPLICATION, self._application)
        options = _options(comments, application)
        self._block(SECTION, _section(0x1A2B3C4D, 1, 0, -1), options)

    def _block(self, kind: int, *parts: bytes) -> None:
        length = sum(map(len, parts)) + 12
        self._file.write(b"".join((_words(kind, length), *parts, _word(length))))


def _options(comments: Iterable[str | bytes], more: bytes = b"") -> bytes:
    """Comments and other options, nothing if there are none (3.5)."""
    options = b"".join([_text(COMMENT, comment) for comment in comments]) + more
    return options + _option(END, 0) if options else b""


def _text(code: int, value: str | bytes) -> bytes:
    data = value.encode("utf-8", "backslashreplace") if isinstance(value, str) else value
    if len(data) > LONGEST_OPTION:
        data = data[:LONGEST_OPTION]
        if isinstance(value, str):
            data = data.decode("utf-8", "ignore").encode()
    return _option(code, len(data)) + data + bytes(-len(data) % 4)


def _epoch(time_ns: int) -> int:
    """Seconds since 1970 from which a time is counted, for it to fit into 64 bits."""
    if 0 <= time_ns < 1 << 64:
        return 0
    return time_ns // SECOND // _EPOCH_SECONDS * _EPOCH_SECONDS
