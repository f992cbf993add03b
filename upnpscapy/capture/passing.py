"""What tells of a frame, already when its record is walked, that nobody wants it.

Most frames of a capture are TCP segments of connections that are known not to be HTTP, or UDP
datagrams that are no discovery. A record's lengths and what matters of the frame behind them
lie side by side, so that one look at the bytes finds the next record and passes over this one.
It passes over what ``DatagramReader`` and ``SegmentReader`` would, and nothing else.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from struct import Struct

from upnpscapy.capture.ip import UDP
from upnpscapy.capture.link import PLAIN_IPV4, PLAIN_IPV6

__all__ = ["FIRST_BYTES", "HEAD", "HEAD_SIZE", "SYN", "TCP", "Passing"]

TCP = 6

SYN = 0x02
"""Of the flags of TCP."""

HEAD = "12x3s8xB2x12s9xB"
"""Of an Ethernet frame with IPv4: EtherType and version, protocol, the key of the direction,
which is addresses and ports, and flags of TCP.

What a frame is too short for is read from the bytes behind it. That does no harm: a frame that
ends before is neither a segment nor a datagram."""

HEAD_SIZE = 68
"""Bytes of a frame that are looked at; IPv6 has the flags at the end of them."""

FIRST_BYTES = frozenset(b"MmNnHhSs\xef\r\n\0 \t")
"""How discovery begins: with the first letter of a word of it, or with blanks before it."""

_datagram = Struct(">20xH20xB").unpack_from
"""Of an Ethernet frame with IPv4: fragment, and the first byte of UDP's payload."""


class Passing:
    """Tells what may be passed over.

    ``foreign`` has the keys of directions of TCP, or is None if no TCP is wanted; datagrams from
    some ports are wanted, and to some, by default the same. Without ports none are.
    """

    def __init__(
        self,
        foreign: Container[bytes] | None,
        from_ports: Iterable[int] = (),
        to_ports: Iterable[int] | None = None,
    ) -> None:
        self.tcp = foreign is not None
        """Whether any TCP is wanted."""
        self.foreign: Container[bytes] = () if foreign is None else foreign
        self.reopened: set[bytes] = set()
        """Keys that are foreign until their segments since the last ``begin`` are taken: one of
        them has a SYN, with which the same ports can begin something else."""
        self._from = self._to = frozenset(port.to_bytes(2) for port in from_ports)
        self._udp = bool(self._from)
        if to_ports is not None:
            self._to = frozenset(port.to_bytes(2) for port in to_ports)

    def begin(self) -> None:
        """Take note that all frames before the next one have been taken."""
        self.reopened.clear()

    def reopen(self, key: bytes) -> None:
        """Take note of a SYN."""
        if key in self.foreign:
            size = (len(key) - 4) // 2
            back = key[size:-4] + key[:size] + key[-2:] + key[-4:-2]
            self.reopened.update((key, back))

    def beyond(self, data: bytes, at: int, kind: bytes, protocol: int, key: bytes) -> bool:
        """The same of a frame that begins there and is no segment in IPv4; with its head."""
        if kind == PLAIN_IPV4:
            if protocol != UDP:
                return False
            if not self._udp:
                return True
            fragment, first = _datagram(data, at)
            return (
                first not in FIRST_BYTES
                and not fragment & 0x3FFF
                and key[8:10] not in self._from
                and key[10:] not in self._to
            )
        if kind != PLAIN_IPV6:
            return False
        if data[at + 20] != TCP:
            return data[at + 20] == UDP and not self._udp
        if not self.tcp:
            return True
        key = data[at + 22 : at + 58]
        if data[at + 67] & SYN:
            self.reopen(key)
            return False
        return key in self.foreign and key not in self.reopened
