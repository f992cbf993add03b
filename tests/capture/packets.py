"""Frames to put into captures: discovery in Ethernet, IPv4 or IPv6, and UDP, as Scapy builds it."""

from typing import Any

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

__all__ = [
    "ALIVE",
    "GROUP",
    "RESPONSE",
    "SEARCH",
    "SEARCHER",
    "ethernet",
    "fragments",
    "piece",
    "small",
    "udp",
    "udp6",
]

GROUP, GROUP6 = "239.255.255.250", "ff02::c"
SEARCHER, DEVICE = "192.0.2.10", "192.0.2.17"
LINK_SOURCE, LINK_DESTINATION = "02:00:00:00:00:11", "01:00:5e:7f:ff:fa"

SEARCH = (
    b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
    b'MAN: "ssdp:discover"\r\nMX: 2\r\nST: upnp:rootdevice\r\n\r\n'
)
ALIVE = (
    b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\n"
    b"LOCATION: http://192.0.2.17:49152/device.xml\r\nSERVER: Linux/5.10 UPnP/1.0 Lamp/2.3\r\n"
    b"NT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n"
    b"USN: uuid:8a3f2b64-51c7-4d0e-9b1a-6f20c4d7e815::upnp:rootdevice\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nEXT:\r\n"
    b"LOCATION: http://192.0.2.17:49152/device.xml\r\nSERVER: Linux/5.10 UPnP/1.0 Lamp/2.3\r\n"
    b"ST: upnp:rootdevice\r\n"
    b"USN: uuid:8a3f2b64-51c7-4d0e-9b1a-6f20c4d7e815::upnp:rootdevice\r\n\r\n"
)


def udp(
    payload: bytes = ALIVE,
    src: str = DEVICE,
    dst: str = GROUP,
    sport: int = 1900,
    dport: int = 1900,
    **ip: Any,
) -> Packet:
    """An IPv4 packet with a datagram; further arguments are fields of the IP header."""
    return IP(src=src, dst=dst, ttl=4, **ip) / UDP(sport=sport, dport=dport) / Raw(payload)


def udp6(
    payload: bytes = ALIVE,
    src: str = "fe80::11",
    dst: str = GROUP6,
    sport: int = 1900,
    dport: int = 1900,
    **ip: Any,
) -> Packet:
    """The same with IPv6."""
    return IPv6(src=src, dst=dst, hlim=4, **ip) / UDP(sport=sport, dport=dport) / Raw(payload)


def ethernet(packet: Packet | None = None) -> bytes:
    """An Ethernet frame with a packet; an announcement if none is given."""
    return bytes(
        Ether(src=LINK_SOURCE, dst=LINK_DESTINATION) / (udp() if packet is None else packet)
    )


def fragments(packet: Packet, size: int) -> list[Packet]:
    """An IP packet cut into fragments of so many bytes, a multiple of eight.

    The identification of IPv6 is that of a fragment header in the packet.
    """
    whole = bytes(packet[UDP])
    places = range(0, len(whole), size)
    return [piece(packet, whole[at : at + size], at, at + size < len(whole)) for at in places]


def piece(packet: Packet, payload: bytes, offset: int, more: bool) -> Packet:
    """One fragment of an IP packet, where and with what one likes."""
    head = packet.copy()
    head[UDP].underlayer.remove_payload()
    if IPv6ExtHdrFragment in head:
        part = head[IPv6ExtHdrFragment]
        part.nh, part.offset, part.m = 17, offset // 8, int(more)
    else:
        head.proto, head.frag, head.flags, head.len = 17, offset // 8, int(more), None
    return head / Raw(payload)


def small(number: int) -> bytes:
    """A frame of no interest with a number in it, of a length that differs from its neighbours'."""
    return b"\x02" * 12 + b"\x08\x06" + number.to_bytes(2, "big") + bytes(number % 5)
