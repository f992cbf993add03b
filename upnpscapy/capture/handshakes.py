"""Segments with SYN: the connections that were tried, whatever they would carry.

They are seen on the way of who asks where TCP is in a batch, so that frames are gone through once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.link import ETHERNET, PLAIN_IPV4, PLAIN_IPV6
from upnpscapy.capture.passing import SYN, TCP

__all__ = ["HandshakeReader", "Syn"]

Syn = tuple[int, int | None, bytes, int, bytes | None]
"""Frame, time, ends, flags, and the link address of the sender, of a segment with SYN.

The ends are as in the packet: addresses of source and destination, then their ports.
"""

FLAGS_4, FLAGS_6 = 47, 67
"""Where TCP's flags are in a plain Ethernet frame of IPv4, and of IPv6."""
BEHIND_FLAGS = FLAGS_6 + 1
_IPV6 = PLAIN_IPV6[0]
_WHOLE = frozenset((b"\0\0", b"\x40\0", b"\x80\0", b"\xc0\0"))
"""Flags and offset of what is no fragment: at most the bits "reserved" and "do not fragment"."""
_SYNS = frozenset(bytes([flags]) for flags in range(256) if flags & SYN)


class HandshakeReader:
    """Finds them in plain frames of Ethernet, IP and TCP.

    Those of any other kind come as whole packets to the ``Onlooker`` of a ``DatagramReader``.
    """

    def __init__(self) -> None:
        self._base = 0
        self._found: list[Syn] = []

    def begin(self, base: int) -> None:
        """Start a file: ``base`` is added to frame numbers, to tell joined files apart."""
        self._base = base

    def take(self) -> list[Syn]:
        """What was found since the last time, in the order of the frames."""
        found, self._found = self._found, []
        return found

    def see(self, batch: Batch, positions: Iterable[int]) -> Iterable[int]:
        """Look at the frames at positions that are handed on, when they are asked for."""
        return self._see_ethernet(batch, positions) if batch.link_type == ETHERNET else positions

    def _see_ethernet(self, batch: Batch, positions: Iterable[int]) -> Iterator[int]:
        data, starts, describe = batch.data, batch.starts, batch.describe
        first, found = batch.first_frame + self._base, self._found
        last = len(data) - BEHIND_FLAGS  # a frame that begins later can end before its TCP flags
        for position in positions:
            yield position
            at = starts[position]
            if at <= last and not data[at + FLAGS_4] & SYN and data[at + 12] != _IPV6:
                continue
            kind = data[at + 12 : at + 15]
            if kind == PLAIN_IPV4:
                protocol, ends, flags = at + 23, at + 26, at + FLAGS_4
                if data[at + 20 : at + 22] not in _WHOLE:
                    continue  # a fragment
            elif kind == PLAIN_IPV6:
                protocol, ends, flags = at + 20, at + 22, at + FLAGS_6
            else:
                continue
            if data[flags : flags + 1] not in _SYNS or data[protocol] != TCP:
                continue
            time_ns, captured, _ = describe(data, at)
            if flags < at + captured:
                found.append(
                    (
                        first + position,
                        time_ns,
                        data[ends : flags - 9],
                        data[flags],
                        data[at + 6 : at + 12],
                    )
                )
