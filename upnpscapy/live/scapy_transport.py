"""Discovery by Scapy: frames are sniffed and injected, so that what is recorded is what passed.

Needs the permission to capture. It hears what others on the link say to each other too, as far
as it reaches the interface; link addresses and VLANs are known.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

from scapy.arch import get_if_hwaddr
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.sendrecv import sendp

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.datagrams import DatagramReader
from upnpscapy.errors import NetworkError
from upnpscapy.live.interfaces import packed
from upnpscapy.live.recorder import Recorder
from upnpscapy.live.routes import BROADCAST, Route
from upnpscapy.live.sniffer import SniffedFrame, Sniffer
from upnpscapy.live.sockets import sending_socket
from upnpscapy.live.transport import GROUP_TTL, Channel, Passage, Plan, outgoing, reason
from upnpscapy.tree import Shown, Tree, card

__all__ = ["ScapyTransport"]

ETHERNET = 1

UNICAST_TTL = 64


class ScapyTransport(Shown):
    """Give it to ``search``, ``listen`` or ``watch`` as ``transport=``."""

    def tree(self) -> Tree:
        """What it does."""
        return card("Scapy", "sniffs and injects frames, as root")

    def _summary(self) -> str:
        return "ScapyTransport"

    def open(self, plan: Plan, recorder: Recorder | None = None) -> Channel:
        """Begin to sniff on the interfaces of a plan; raises ``NetworkError``."""
        return _ScapyChannel(plan, recorder)


class _ScapyChannel(Channel):
    def __init__(self, plan: Plan, recorder: Recorder | None) -> None:
        super().__init__(plan, recorder)
        self._reader = DatagramReader()
        self._held: dict[tuple[str, str], socket.socket] = {}
        self._listens = {len(packed(group)) for _, group in plan.listen}
        try:
            for route in plan.routes:
                self._hold_port(route)
            self._places = {
                (packed(source), sock.getsockname()[1]) for (_, source), sock in self._held.items()
            }
            if plan.routes and not self._held and not plan.listen:
                raise NetworkError("; ".join(self.problems))
            self._sniffer = Sniffer([interface.name for interface in plan.interfaces])
        except BaseException:
            self._release_ports()
            raise

    @property
    def lost(self) -> int:
        return self._sniffer.lost

    def _hold_port(self, route: Route) -> None:
        """Have a port for answers that nobody else gets, and the system does not refuse."""
        way = route.interface.name, route.source
        if way in self._held:
            return
        try:
            sock = sending_socket(route, self.plan.source_port, None, GROUP_TTL)
        except OSError as error:
            self.note(f"cannot send by {route.interface.name}: {reason(error)}")
            return
        self._held[way] = sock

    def _send(self, route: Route, payload: bytes) -> Passage:
        name = route.interface.name
        held = self._held.get((name, route.source))
        if held is None:
            raise NetworkError("it is not open")
        sport = held.getsockname()[1]
        ttl = self.plan.ttl
        if ttl is None:
            ttl = UNICAST_TTL if route.is_unicast else GROUP_TTL
        target = f"{route.destination}%{name}"
        if route.is_ipv6:
            network: Packet = IPv6(src=route.source, dst=target, hlim=ttl)
        else:
            network = IP(src=route.source, dst=target if route.is_unicast else route.destination)
            network.ttl = ttl
        link = Ether(src=get_if_hwaddr(name))
        if (group := _group_mac(route)) is not None:
            link.dst = group
        frame = bytes(link / network / UDP(sport=sport, dport=route.port) / Raw(payload))
        datagram = outgoing(route, sport, ttl, payload)._replace(link_source=frame[6:12])
        sendp(Raw(frame), iface=name, verbose=False)
        return Passage(name, datagram, ETHERNET, frame)

    def _receive(self, timeout_seconds: float) -> Iterator[Passage]:
        deadline = time.monotonic() + timeout_seconds
        while True:
            left = deadline - time.monotonic()
            heard = False
            for frame in self._sniffer.take(left):
                for passage in self._read(frame):
                    heard = True
                    yield passage
            if heard or left <= 0:
                return
            if not self._sniffer.running:
                self.note("the sniffer ended: is an interface gone?")
                time.sleep(max(0.0, min(left, 0.2)))

    def _read(self, frame: SniffedFrame) -> Iterator[Passage]:
        size = len(frame.data)
        batch = Batch(
            frame.data, [0], 0, frame.link_type, lambda data, at: (frame.time_ns, size, size)
        )
        for datagram in self._reader.read([batch]):
            mine = (datagram.destination, datagram.dport) in self._places
            if mine or len(datagram.source) in self._listens:
                whole = datagram.payload in frame.data  # and not put together of fragments
                yield Passage(
                    frame.interface, datagram, frame.link_type, frame.data if whole else None
                )

    def close(self) -> None:
        self._sniffer.close()
        self._release_ports()

    def _release_ports(self) -> None:
        for sock in self._held.values():
            with suppress(OSError):
                sock.close()


def _group_mac(route: Route) -> str | None:
    """The link address of a group or of all (RFC 1112, 6.4; RFC 2464, 7); None for one host."""
    address = packed(route.destination)
    if route.destination == BROADCAST:
        return "ff:ff:ff:ff:ff:ff"
    if not route.is_multicast:
        return None
    if route.is_ipv6:
        return (b"\x33\x33" + address[12:]).hex(":")
    return (b"\x01\x00\x5e" + bytes([address[1] & 0x7F]) + address[2:]).hex(":")
