"""SSDP as Scapy packets: one class a kind of message, with the standard's defaults (UDA 2.0, 1).

``SSDP(data)`` becomes the class of the kind; ``SSDP in packet`` and ``packet[SSDP]`` take any.
All kinds have the same fields, so ``packet[SSDP].SERVER`` is None where there is none.
Header fields without a field of their own, and repeated ones, are in ``headers``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, ClassVar

from scapy.fields import AnyField
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet
from scapy.utils import atol
from scapy.utils6 import in6_ismaddr

from upnpscapy.layers.fields import DefaultHost, HeaderField, HostField, OptionalField, printable
from upnpscapy.layers.httpu import HTTPU
from upnpscapy.layers.wire import HeaderNames, read
from upnpscapy.protocol.defect import Defect
from upnpscapy.protocol.httpu import Headers, Message, StartLine
from upnpscapy.protocol.pairing import SearchBook
from upnpscapy.protocol.ssdp import (
    MULTICAST_IPV4,
    MULTICAST_IPV6,
    PORT,
    Kind,
    SsdpMessage,
    read_ssdp,
)
from upnpscapy.protocol.ssdp_build import host_port

__all__ = [
    "SSDP",
    "SSDPAlive",
    "SSDPByebye",
    "SSDPResponse",
    "SSDPSearch",
    "SSDPUpdate",
]

MULTICAST_HOST = DefaultHost(host_port(MULTICAST_IPV4, PORT).encode())
ROOT_DEVICE = b"upnp:rootdevice"
ROOT_USN = b"uuid:00000000-0000-0000-0000-000000000000::upnp:rootdevice"
EXAMPLE_LOCATION = b"http://192.0.2.1/description.xml"
EXAMPLE_SERVER = b"Scapy/2 UPnP/2.0 upnpscapy/1"
MAX_AGE = b"max-age=1800"

_REMEMBERED_KINDS = 128

_HEADERS = """
    CACHE_CONTROL DATE EXT LOCATION MAN MX NT NTS SERVER ST USN USER_AGENT
    BOOTID_UPNP_ORG NEXTBOOTID_UPNP_ORG CONFIGID_UPNP_ORG SEARCHPORT_UPNP_ORG
    SECURELOCATION_UPNP_ORG TCPPORT_UPNP_ORG CPFN_UPNP_ORG CPUUID_UPNP_ORG
""".split()
"""In an order in which the standard writes every kind of message."""


_PROLOGUE, _START_LINE, *_REST = HTTPU.fields_desc
_FIELDS = [HostField("HOST", None), *(HeaderField(name, None) for name in _HEADERS)]


class SSDP(HTTPU):
    """A discovery message of any kind, or what was sent to its port instead of one.

    As a class of its own it is a message of no other kind, and has no header field by default.
    """

    name = "SSDP"
    header_names: ClassVar[HeaderNames] = {
        field.wire_name.lower(): (field.name, field.wire_name) for field in _FIELDS
    }
    fields_desc: ClassVar[list[AnyField]] = [
        _PROLOGUE,
        _START_LINE,
        *map(OptionalField, _FIELDS),
        *_REST,
    ]

    @classmethod
    def dispatch_hook(cls, _pkt: Any = None, *args: Any, **kargs: Any) -> type[Packet]:
        """The class of the message's kind."""
        return _class_of(read(bytes(_pkt))) if _pkt else cls

    @property
    def ssdp(self) -> SsdpMessage:
        """The message as it would be sent, as typed values."""
        return read_ssdp(self.message)

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Every deviation from the standard, by name."""
        return self.ssdp.defects

    def default_host(self) -> bytes:
        """HOST where it was not given: the multicast group the message is sent to."""
        group = _destination(self)[0]
        if group is not None and ":" in group:
            group = group if group.lower() in MULTICAST_IPV6 else MULTICAST_IPV6[0]
            return host_port(group.upper()).encode()
        return bytes(MULTICAST_HOST)

    def mysummary(self) -> Any:
        """One line: the kind, what is searched or announced, and where it is described."""
        typed = self.ssdp
        if typed.kind == "other":
            return super().mysummary()
        words = [str(self.name), typed.target, typed.location or typed.usn]
        return " ".join(printable(word.encode()) for word in words if word), [UDP]


class SSDPSearch(SSDP):
    """M-SEARCH: a control point looks for devices (UDA 2.0, 1.3.2)."""

    name = "SSDP M-SEARCH"
    start_line = b"M-SEARCH * HTTP/1.1"
    HOST = MULTICAST_HOST
    MAN = b'"ssdp:discover"'
    MX = b"2"
    ST = b"ssdp:all"

    def default_host(self) -> bytes:
        """HOST where it was not given: the multicast group, or the one device that is asked."""
        address, port = _destination(self)
        if address is None or port is None or is_group(address):
            return super().default_host()
        return host_port(address, port).encode()


class SSDPAlive(SSDP):
    """NOTIFY with ssdp:alive: a device is there (UDA 2.0, 1.2.2)."""

    name = "SSDP alive"
    HOST = MULTICAST_HOST
    CACHE_CONTROL = MAX_AGE
    LOCATION = EXAMPLE_LOCATION
    NT = ROOT_DEVICE
    NTS = b"ssdp:alive"
    SERVER = EXAMPLE_SERVER
    USN = ROOT_USN
    BOOTID_UPNP_ORG = b"1"
    CONFIGID_UPNP_ORG = b"1"


class SSDPByebye(SSDP):
    """NOTIFY with ssdp:byebye: a device leaves (UDA 2.0, 1.2.3)."""

    name = "SSDP byebye"
    HOST = MULTICAST_HOST
    NT = ROOT_DEVICE
    NTS = b"ssdp:byebye"
    USN = ROOT_USN
    BOOTID_UPNP_ORG = b"1"
    CONFIGID_UPNP_ORG = b"1"


class SSDPUpdate(SSDP):
    """NOTIFY with ssdp:update: a device is about to announce itself anew (UDA 2.0, 1.2.4)."""

    name = "SSDP update"
    HOST = MULTICAST_HOST
    LOCATION = EXAMPLE_LOCATION
    NT = ROOT_DEVICE
    NTS = b"ssdp:update"
    USN = ROOT_USN
    BOOTID_UPNP_ORG = b"1"
    NEXTBOOTID_UPNP_ORG = b"2"
    CONFIGID_UPNP_ORG = b"1"


class SSDPResponse(SSDP):
    """The answer to a search (UDA 2.0, 1.3.3)."""

    name = "SSDP response"
    start_line = b"HTTP/1.1 200 OK"
    CACHE_CONTROL = MAX_AGE
    EXT = b""
    LOCATION = EXAMPLE_LOCATION
    SERVER = EXAMPLE_SERVER
    ST = ROOT_DEVICE
    USN = ROOT_USN
    BOOTID_UPNP_ORG = b"1"
    CONFIGID_UPNP_ORG = b"1"

    def answers(self, other: Packet) -> int:
        """Whether the other message is a search for what is announced here."""
        if not super().answers(other):
            return 0
        book = SearchBook()
        book.open("", 0, read_ssdp(read(other.do_build())).st, None, 0, None)
        return int(book.answer("", 0, self.ssdp.st, 0, 0) is not None)


_CLASSES: dict[Kind, type[SSDP]] = {
    "search": SSDPSearch,
    "alive": SSDPAlive,
    "byebye": SSDPByebye,
    "update": SSDPUpdate,
    "response": SSDPResponse,
    "other": SSDP,
}


def _class_of(message: Message) -> type[SSDP]:
    headers = [header for header in message.headers if header.key == b"nts"]
    return _class(message.start, Headers(headers[:1]))


@lru_cache(_REMEMBERED_KINDS)
def _class(start: StartLine, nts: Headers) -> type[SSDP]:
    """The class by all that makes the kind: the start line and NTS."""
    return _CLASSES[read_ssdp(Message(b"", start, nts, b"", b"", ())).kind]


def _destination(packet: Packet) -> tuple[str | None, int | None]:
    """The address, without its scope, and the port of the layers below; None for what is open."""
    port = getattr(packet.underlayer, "dport", None) if packet.underlayer else None
    lower = packet.underlayer
    while lower is not None and not isinstance(lower, IP | IPv6):
        lower = lower.underlayer
    address = getattr(lower, "dst", None) if lower is not None else None
    if not isinstance(address, str):
        address = None
    return address and address.partition("%")[0], port if isinstance(port, int) else None


def is_group(address: str) -> bool:
    """Whether an address is a multicast or broadcast one."""
    if ":" in address:
        return bool(in6_ismaddr(address))
    return bool(atol(address) >> 28 in (14, 15))
