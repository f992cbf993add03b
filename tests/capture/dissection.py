"""Scapy, the oracle for what a frame holds: it dissects each frame from its link type on."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import scapy.all  # noqa: F401  (registers every link type)
from scapy.config import conf
from scapy.layers.inet import IP, UDP
from scapy.packet import Packet, Padding
from scapy.sessions import IPSession

from upnpscapy.capture.batch import Frame
from upnpscapy.capture.datagrams import Datagram

__all__ = ["Found", "dissect", "found_by_scapy", "found_by_us"]

WORDS = (b"M-SEARCH", b"NOTIFY", b"HTTP/", b"SSDP/")


class Found(NamedTuple):
    """A datagram, by both readers' account."""

    frame: int
    src: str
    dst: str
    sport: int
    dport: int
    payload: bytes


def found_by_us(datagrams: Iterable[Datagram]) -> list[Found]:
    """What our reader found, to compare."""
    return [
        Found(one.frame, one.src, one.dst, one.sport, one.dport, one.payload) for one in datagrams
    ]


def found_by_scapy(frames: Iterable[Frame]) -> list[Found]:
    """Datagrams to or from port 1900, or with words of discovery, fragments put together."""
    session = IPSession()
    found = []
    for frame in frames:
        packet = dissect(frame)
        if packet is not None and IP in packet:
            packet = session.process(packet)
        if packet is not None:
            found += [Found(frame.number, *rest) for rest in _datagrams(packet)]
    return found


def dissect(frame: Frame) -> Packet | None:
    """The frame as Scapy sees it; None for a frame too short for its first layer."""
    debug, conf.debug_dissector = conf.debug_dissector, False
    try:
        packet: Packet = conf.l2types.num2layer[frame.link_type](frame.data)
    except Exception:
        return None
    finally:
        conf.debug_dissector = debug
    return packet


def _datagrams(packet: Packet) -> list[tuple[Any, ...]]:
    udp = None
    for layer in packet.iterpayloads():
        if type(layer) is UDP:  # UDPerror is what an ICMP error quotes
            udp = layer
    if udp is None or not _is_relevant(udp):
        return []
    padding = sum(len(layer.load) for layer in udp.iterpayloads() if isinstance(layer, Padding))
    payload = bytes(udp.payload)
    payload = payload[: len(payload) - padding]
    # Extension headers of IPv6 stand between.
    network: Any = udp.underlayer
    while not hasattr(network, "src"):
        network = network.underlayer
    return [(network.src, network.dst, udp.sport, udp.dport, payload)]


def _is_relevant(udp: Any) -> bool:
    if 1900 in (udp.sport, udp.dport):
        return True
    start = bytes(udp.original[8:]).removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n\0 \t")
    return start.upper().startswith(WORDS)
