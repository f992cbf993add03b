"""UDP sockets for discovery, with what the system tells of each datagram that came.

TTL, destination, interface and time of arrival come beside the bytes where the system knows
how (Linux, macOS); elsewhere they are not known, and nothing else is missing.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
import time
from contextlib import suppress
from typing import NamedTuple

from upnpscapy.live.interfaces import Interface, packed
from upnpscapy.live.receive_buffer import enlarge
from upnpscapy.live.routes import BROADCAST, Route
from upnpscapy.protocol.ssdp import PORT

__all__ = ["Arrived", "listening_socket", "receive", "sending_socket"]

BUFFER = 1 << 20
"""Bytes that wait in the system while the program is busy, if it grants so many."""

MAX_DATAGRAM = 65_535
_ANCILLARY = 256

_LINUX = sys.platform == "linux"

IP_PKTINFO, IP_RECVTTL, IP_TTL = {"linux": (8, 12, 2), "darwin": (26, 24, 24)}.get(
    sys.platform, (None, None, None)
)
"""Two options of IPv4 sockets, and what the TTL comes as; Python does not name them."""

IP_MULTICAST_ALL, IPV6_MULTICAST_ALL, SO_TIMESTAMPNS = (49, 29, 35) if _LINUX else (None,) * 3
"""Of Linux: whether groups that others joined are heard too, and time of arrival."""

_packet_info = struct.Struct("@i4s4s").unpack_from
_packet_info_ipv6 = struct.Struct("@16sI").unpack_from
_int = struct.Struct("@i").unpack_from
_timespec = struct.Struct("@ll").unpack_from

TELLS_MORE = hasattr(socket.socket, "recvmsg")
"""Whether anything comes beside the bytes: not on Windows."""

_NOTHING_THERE = (BlockingIOError, InterruptedError, ConnectionResetError)
"""The last: Windows tells here that an earlier datagram did not arrive."""


class Arrived(NamedTuple):
    """A datagram, and what the system tells of it; what it does not tell is None."""

    payload: bytes
    source: bytes
    sport: int
    time_ns: int
    ttl: int | None
    destination: bytes | None
    interface_index: int | None
    truncated: bool


def sending_socket(route: Route, port: int, ttl: int | None, group_ttl: int) -> socket.socket:
    """A socket that sends by a route, and takes what is answered to its address.

    A port that is not 0 is shared with others that use it. Raises ``OSError``.
    """
    sock = _new_socket(route.is_ipv6)
    try:
        if port:
            _share_port(sock)
        place: tuple[str, int] | tuple[str, int, int, int] = (route.source, port)
        if route.is_ipv6:
            link_local = packed(route.source)[:2] == b"\xfe\x80"
            place = (route.source, port, 0, route.interface.index if link_local else 0)
        _bind(sock, place)
        _set_hops(sock, route, ttl, group_ttl)
        if route.is_ipv6:
            index = route.interface.index
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        else:
            own = socket.inet_aton(route.source)
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def listening_socket(interface: Interface, group: str, port: int = PORT) -> socket.socket:
    """A socket that hears a group, or broadcasts, on a port of one interface, beside others.

    It is bound to the group, so that it takes away no other program's unicast; where the system
    does not allow that, to all addresses. Raises ``OSError``.
    """
    ipv6 = ":" in group
    sock = _new_socket(ipv6)
    try:
        _share_port(sock)
        if sys.platform == "win32":
            _bind(sock, ("::" if ipv6 else "", port))
        elif ipv6:
            # Only a group of the link is a group of one link.
            scope = interface.index if packed(group)[1] & 0xF <= 2 else 0
            _bind(sock, (group, port, 0, scope))
        else:
            _bind(sock, (group, port))
        if ipv6:
            membership = packed(group) + struct.pack("@I", interface.index)
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, membership)
            _try(sock, socket.IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0)
        elif group != BROADCAST:
            own = socket.inet_aton(interface.ipv4[0]) if interface.ipv4 else bytes(4)
            index = struct.pack("@i", interface.index) if _LINUX else b""
            membership = packed(group) + own + index
            sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
            _try(sock, socket.IPPROTO_IP, IP_MULTICAST_ALL, 0)
    except BaseException:
        sock.close()
        raise
    return sock


def receive(sock: socket.socket) -> Arrived | None:
    """The next datagram that waits, None if there is none. Raises ``OSError``."""
    try:
        if not TELLS_MORE:
            payload, place = sock.recvfrom(MAX_DATAGRAM)
            return Arrived(payload, *_from(place), time.time_ns(), None, None, None, False)
        payload, ancillary, flags, place = sock.recvmsg(MAX_DATAGRAM, _ANCILLARY)
    except _NOTHING_THERE:
        return None
    time_ns = time.time_ns()
    ttl = destination = index = None
    for level, kind, data in ancillary:
        if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
            index, _, destination = _packet_info(data)
        elif level == socket.IPPROTO_IP and kind == IP_TTL:
            ttl = _int(data)[0] if len(data) >= 4 else data[0]
        elif level == socket.IPPROTO_IPV6 and kind == getattr(socket, "IPV6_PKTINFO", None):
            destination, index = _packet_info_ipv6(data)
        elif level == socket.IPPROTO_IPV6 and kind == getattr(socket, "IPV6_HOPLIMIT", None):
            ttl = _int(data)[0]
        elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
            seconds, nanoseconds = _timespec(data)
            time_ns = seconds * 1_000_000_000 + nanoseconds
    truncated = bool(flags & socket.MSG_TRUNC)
    return Arrived(payload, *_from(place), time_ns, ttl, destination, index, truncated)


def _from(place: tuple[str, int]) -> tuple[bytes, int]:
    return packed(place[0]), place[1]


def _new_socket(ipv6: bool) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    enlarge(sock, BUFFER)
    _try(sock, socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    if ipv6:
        _try(sock, socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        _try(sock, socket.IPPROTO_IPV6, getattr(socket, "IPV6_RECVPKTINFO", None), 1)
        _try(sock, socket.IPPROTO_IPV6, getattr(socket, "IPV6_RECVHOPLIMIT", None), 1)
    else:
        _try(sock, socket.IPPROTO_IP, IP_PKTINFO, 1)
        _try(sock, socket.IPPROTO_IP, IP_RECVTTL, 1)
    return sock


def _set_hops(sock: socket.socket, route: Route, ttl: int | None, group_ttl: int) -> None:
    """Groups and broadcast get ``group_ttl`` if ``ttl`` is None, one host what is usual."""
    level, multicast, unicast = socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, socket.IP_TTL
    if route.is_ipv6:
        level = socket.IPPROTO_IPV6
        multicast, unicast = socket.IPV6_MULTICAST_HOPS, socket.IPV6_UNICAST_HOPS
    hops = group_ttl if ttl is None else ttl
    sock.setsockopt(level, multicast, hops)
    if ttl is not None or not route.is_unicast:
        sock.setsockopt(level, unicast, hops)


def _share_port(sock: socket.socket) -> None:
    """Let others have the port too.

    Not more than Linux needs: of sockets that say SO_REUSEPORT there one only gets each datagram.
    """
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if not _LINUX:
        _try(sock, socket.SOL_SOCKET, getattr(socket, "SO_REUSEPORT", None), 1)


def _bind(sock: socket.socket, place: tuple[object, ...]) -> None:
    try:
        sock.bind(place)
    except OSError as error:
        if error.errno != errno.EADDRINUSE or not hasattr(socket, "SO_REUSEPORT") or not place[1]:
            raise
        # Beside one that shares its port by this option alone.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(place)


def _try(sock: socket.socket, level: int, option: int | None, value: int) -> None:
    """Set an option that is good to have."""
    if option is not None:
        with suppress(OSError):
            sock.setsockopt(level, option, value)
