"""The pcapng format, written block by block: what the tests of the reader are made of.

Written from draft-ietf-opsawg-pcapng, apart from the reader, so that one fault is not in both.
"""

from struct import pack

__all__ = ["BIG", "LITTLE", "Blocks"]

ETHERNET = 1

SECTION, INTERFACE, PACKET, SIMPLE, NAMES, STATISTICS, ENHANCED = (*(0x0A0D0D0A, 1, 2, 3, 4, 5, 6),)
JOURNAL, SECRETS, CUSTOM, CUSTOM_NO_COPY = 9, 10, 0x0BAD, 0x40000BAD

TIME_RESOLUTION, TIME_OFFSET = 9, 14
"""Options of an interface."""


class Blocks:
    """Writes the blocks of a section in one byte order."""

    def __init__(self, order: str) -> None:
        self.order = order

    def block(self, kind: int, body: bytes = b"") -> bytes:
        """Any block: kind, length, body filled up to 32 bits, length."""
        body += bytes(-len(body) % 4)
        length = pack(f"{self.order}I", len(body) + 12)
        return pack(f"{self.order}I", kind) + length + body + length

    def option(self, code: int, value: bytes) -> bytes:
        """One option, filled up to 32 bits."""
        return pack(f"{self.order}HH", code, len(value)) + value + bytes(-len(value) % 4)

    def section(self, options: bytes = b"") -> bytes:
        """A section header of unknown length (4.1)."""
        return self.block(SECTION, pack(f"{self.order}IHHq", 0x1A2B3C4D, 1, 0, -1) + options)

    def interface(
        self,
        link_type: int = ETHERNET,
        *,
        snaplen: int = 0,
        resolution: int | None = None,
        offset: int | None = None,
    ) -> bytes:
        """An interface (4.2), its options between two that mean nothing here."""
        body = pack(f"{self.order}HHI", link_type, 0, snaplen) + self.option(2, b"eth0")
        if resolution is not None:
            body += self.option(TIME_RESOLUTION, bytes([resolution]))
        if offset is not None:
            body += self.option(TIME_OFFSET, pack(f"{self.order}q", offset))
        return self.block(INTERFACE, body + self.option(1, b"a remark") + self.option(0, b""))

    def enhanced(
        self,
        frame: bytes,
        ticks: int = 0,
        *,
        interface: int = 0,
        original: int | None = None,
        options: bytes = b"",
    ) -> bytes:
        """An enhanced packet block (4.3)."""
        size = len(frame) if original is None else original
        head = pack(f"{self.order}IIIII", interface, *_halves(ticks), len(frame), size)
        return self.block(ENHANCED, head + frame + bytes(-len(frame) % 4) + options)

    def simple(self, frame: bytes, *, original: int | None = None) -> bytes:
        """A simple packet block (4.4): no interface, no time."""
        size = len(frame) if original is None else original
        return self.block(SIMPLE, pack(f"{self.order}I", size) + frame)

    def packet(
        self, frame: bytes, ticks: int = 0, *, interface: int = 0, original: int | None = None
    ) -> bytes:
        """A packet block as obsolete as it gets (appendix A)."""
        size = len(frame) if original is None else original
        head = pack(f"{self.order}HHIIII", interface, 7, *_halves(ticks), len(frame), size)
        return self.block(PACKET, head + frame)

    def names(self) -> bytes:
        """A name resolution block with one address (4.5)."""
        entry = b"\xc0\x00\x02\x01" + b"lamp\0"
        record = pack(f"{self.order}HH", 1, len(entry)) + entry + bytes(-len(entry) % 4)
        return self.block(NAMES, record + pack(f"{self.order}HH", 0, 0))

    def statistics(self, interface: int = 0) -> bytes:
        """An interface statistics block (4.6)."""
        return self.block(STATISTICS, pack(f"{self.order}III", interface, 0, 0))

    def secrets(self) -> bytes:
        """A decryption secrets block (4.7), of TLS keys."""
        keys = b"CLIENT_RANDOM " + b"0" * 64 + b" " + b"0" * 96 + b"\n"
        return self.block(SECRETS, pack(f"{self.order}II", 0x544C534B, len(keys)) + keys)

    def journal(self) -> bytes:
        """A systemd journal export block (4.8)."""
        entry = b"__REALTIME_TIMESTAMP=1700000000000000\nMESSAGE=hello\n"
        return self.block(JOURNAL, entry)

    def custom(
        self, kind: int = CUSTOM, enterprise: int = 32473, data: bytes = b"12345678"
    ) -> bytes:
        """A custom block (4.9); 32473 is the number for examples (RFC 5612)."""
        return self.block(kind, pack(f"{self.order}I", enterprise) + data)


LITTLE, BIG = Blocks("<"), Blocks(">")


def _halves(ticks: int) -> tuple[int, int]:
    return ticks >> 32 & 0xFFFF_FFFF, ticks & 0xFFFF_FFFF
