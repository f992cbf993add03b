"""A frame written anew: addresses replaced, payload given, everything not understood zeroed."""

from __future__ import annotations

from struct import Struct

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.ip import AUTHENTICATION, UDP, Packet, read_network
from upnpscapy.capture.link import ETHERNET, IPV4, LINUX_SLL, LINUX_SLL2, READERS
from upnpscapy.forensics.anonymize.addresses import Addresses

__all__ = ["TCP", "Layers"]

TCP = 6
FRAGMENT = 44

_KEPT_OPTIONS = frozenset(((2, 4), (3, 3), (4, 2), (5, 10), (5, 18), (5, 26), (5, 34)))
"""TCP options that are kept, and their sizes: segment size, window scale, acknowledgements."""

_words = Struct(">H")


class Layers:
    """Where the parts of a frame are; ``packet`` is None for what is left out.

    Left out is what has no reader of its own link type, and what is no IP.
    """

    def __init__(self, batch: Batch, place: int) -> None:
        self.start = batch.starts[place]
        self.time_ns, captured, self.original = batch.describe(batch.data, self.start)
        self.end = self.start + captured
        self.data, self.link_type = batch.data, batch.link_type
        reader = READERS.get(batch.link_type)
        self.network = None if reader is None else reader(batch.data, self.start, self.end)
        self.packet: Packet | None = None
        self.payload = (self.end, self.end)
        """Of TCP or UDP that is no fragment."""
        self.has_payload = False
        """Whether it is such, with a whole header; nothing else is rewritten behind that of IP."""
        if self.network is not None:
            at = self.network.offset
            self.packet = read_network(batch.data, self.network.ethertype, at, self.end)
        packet = self.packet
        if packet is not None and packet.fragment is None:
            size = packet.end - packet.start
            if packet.protocol == UDP and size >= 8:
                length = self._short(packet.start + 4)
                stop = packet.start + length if 8 <= length <= size else packet.end
                self.payload, self.has_payload = (packet.start + 8, stop), True
            elif packet.protocol == TCP and size >= 20:
                header = (batch.data[packet.start + 12] >> 4) * 4
                if 20 <= header <= size:
                    self.payload, self.has_payload = (packet.start + header, packet.end), True

    def _short(self, at: int) -> int:
        found: int = _words.unpack_from(self.data, at)[0]
        return found

    def rewritten(self, payload: bytes, addresses: Addresses) -> bytes:
        """The frame with another payload of the same length, and other addresses."""
        packet, network = self.packet, self.network
        assert packet is not None
        assert network is not None
        out = bytearray(self.end - self.start)

        def copy(begin: int, end: int) -> None:
            end = min(end, packet.end)
            out[begin - self.start : end - self.start] = self.data[begin:end]

        def put(at: int, data: bytes) -> None:
            out[at - self.start : at - self.start + len(data)] = data

        at = network.offset
        source, destination = addresses.ip(packet.source), addresses.ip(packet.destination)
        self._put_link(out, destination, addresses, at - self.start)
        if network.ethertype == IPV4:
            header = (self.data[at] & 15) * 4
            copy(at, at + 10)
            put(at + 12, source + destination)
            if _sum(self.data[at : at + header]) == 0xFFFF:
                here = at - self.start
                put(at + 10, _words.pack(0xFFFF - _sum(bytes(out[here : here + header]))))
            following, at = self.data[at + 9], at + header
        else:
            copy(at, at + 8)
            put(at + 8, source + destination)
            following, at = self.data[at + 6], at + 40
        while at < packet.start:  # extension headers, emptied
            copy(at, at + (8 if following == FRAGMENT else 2))
            if following == FRAGMENT:
                size = 8
            elif following == AUTHENTICATION:
                size = (self.data[at + 1] + 2) * 4
            else:
                size = (self.data[at + 1] + 1) * 8
            following, at = self.data[at], at + size
        begin, stop = self.payload
        if not self.has_payload:
            return bytes(out)
        start = packet.start
        if packet.protocol == UDP:
            copy(start, start + 6)
            field = 6
        else:
            copy(start, start + 16)
            put(start + 20, _options(self.data[start + 20 : begin]))
            field = 16
        put(begin, payload)
        if not packet.truncated and self.original <= self.end - self.start:
            whole = self.data[start:stop]
            new = bytes(out[start - self.start : stop - self.start])
            zero = packet.protocol == UDP and not any(whole[6:8])
            if (
                not zero
                and _sum(_pseudo(packet, packet.source, packet.destination, whole)) == 0xFFFF
            ):
                total = 0xFFFF - _sum(_pseudo(packet, source, destination, new))
                put(start + field, _words.pack(total or (0xFFFF if packet.protocol == UDP else 0)))
        return bytes(out)

    def _put_link(
        self, out: bytearray, destination: bytes, addresses: Addresses, size: int
    ) -> None:
        data, start = self.data, self.start
        if self.link_type == ETHERNET:
            to = data[start : start + 6]
            out[:6] = to[:2] + destination[-4:] if to[:2] == b"33" else addresses.link(to)
            out[6:12] = addresses.link(data[start + 6 : start + 12])
            out[12:size] = data[start + 12 : start + size]
        elif self.link_type in (LINUX_SLL, LINUX_SLL2):
            at, length = (
                (6, data[start + 5]) if self.link_type == LINUX_SLL else (12, data[start + 11])
            )
            out[:at] = data[start : start + at]
            if length == 6:
                out[at : at + 6] = addresses.link(data[start + at : start + at + 6])
            out[at + 8 : size] = data[start + at + 8 : start + size]
        else:
            out[:size] = data[start : start + size]


def _options(data: bytes) -> bytes:
    """TCP options, others than those that are kept replaced by no-operations."""
    out, at = bytearray(b"\1" * len(data)), 0
    while at < len(data) and data[at]:
        size = 1 if data[at] == 1 else data[at + 1] if at + 1 < len(data) else 0
        if not size or (data[at] != 1 and size < 2) or at + size > len(data):
            break
        if (data[at], size) in _KEPT_OPTIONS:
            out[at : at + size] = data[at : at + size]
        at += size
    return bytes(out)


def _pseudo(packet: Packet, source: bytes, destination: bytes, data: bytes) -> bytes:
    """A segment or datagram behind the pseudo header of its checksum (RFC 9293, RFC 8200)."""
    size = len(data).to_bytes(4)
    return source + destination + size + bytes((0, 0, 0, packet.protocol)) + data


def _sum(data: bytes) -> int:
    """The sum of 16-bit words in ones' complement (RFC 1071)."""
    total: int = sum(Struct(f">{len(data) // 2}H").unpack_from(data))
    total += data[-1] << 8 if len(data) & 1 else 0
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total
