"""What a discovery message means (UDA 2.0, 1).

``parse_ssdp`` reads any datagram: its kind, its typed values, and every deviation by name.
A value that is absent or cannot be read is None, never a guess.
Writing is in ``ssdp_build``, the standard's demands in ``ssdp_rules``.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from upnpscapy.display import printable
from upnpscapy.protocol.defect import Defect
from upnpscapy.protocol.httpu import Header, Message, StartLine, parse, text
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.ssdp_rules import deviations
from upnpscapy.protocol.ssdp_values import (
    MAX_AGE,
    MULTICAST_IPV4,
    MULTICAST_IPV6,
    PORT,
    UUID,
    split_usn,
)
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = [
    "KINDS",
    "MULTICAST_IPV4",
    "MULTICAST_IPV6",
    "PORT",
    "Kind",
    "Product",
    "SsdpMessage",
    "parse_products",
    "parse_ssdp",
    "parse_usn",
    "read_ssdp",
]

Kind = Literal["search", "alive", "byebye", "update", "response", "other"]
KINDS: tuple[Kind, ...] = ("search", "alive", "byebye", "update", "response", "other")

_NOTIFICATIONS: dict[str, Kind] = {
    "ssdp:alive": "alive",
    "ssdp:byebye": "byebye",
    "ssdp:update": "update",
}
_NUMBER = re.compile(r"[0-9]{1,18}\Z")

_KEYS = frozenset(
    b"st nt nts usn location server user-agent host man mx cache-control ext bootid.upnp.org "
    b"nextbootid.upnp.org configid.upnp.org searchport.upnp.org securelocation.upnp.org "
    b"tcpport.upnp.org cpfn.upnp.org cpuuid.upnp.org".split()
)
"""Fields with a meaning here. DATE, new in every message, has none."""


class Product(NamedTuple):
    """One product token of SERVER or USER-AGENT, e.g. ``UPnP`` and ``1.1``."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True, repr=False)
class SsdpMessage(Shown):
    """One message of discovery, typed; the fields are named as in the table ``messages``."""

    message: Message
    kind: Kind
    is_ssdp: bool
    """The content alone says that it is SSDP, whatever the port."""
    st: str | None
    nt: str | None
    nts: str | None
    usn: str | None
    udn: str | None
    """The device part of USN, with the wire's ``uuid:``."""
    location: str | None
    server: str | None
    user_agent: str | None
    host: str | None
    man: str | None
    mx_seconds: int | None
    max_age_seconds: int | None
    boot_id: int | None
    next_boot_id: int | None
    config_id: int | None
    search_port: int | None
    secure_location: str | None
    tcp_port: int | None
    """TCPPORT.UPNP.ORG: where the control point takes a response over TCP (UDA 2.0, 1.3.2)."""
    control_point_name: str | None
    """CPFN.UPNP.ORG."""
    control_point_uuid: str | None
    """CPUUID.UPNP.ORG."""
    defects: tuple[Defect, ...]

    @property
    def target(self) -> str | None:
        """What is searched or announced: ST of searches and responses, NT of the rest."""
        first, second = self.nt, self.st
        if self.kind in ("search", "response"):
            first, second = second, first
        return second if first is None else first

    @property
    def start_line(self) -> str:
        """The start line without its line end."""
        return text(self.message.start.stripped)

    def tree(self) -> Tree:
        """What it means, and its lines as sent with what deviates."""
        from upnpscapy.protocol.message_view import ssdp_tree

        return ssdp_tree(self)

    def _summary(self) -> str:
        words = f", {len(self.defects)} deviations" if self.defects else ""
        return f"SsdpMessage {self.kind} {printable((self.target or '')[:MAX_SUMMARY])}{words}"

    def __bytes__(self) -> bytes:
        return bytes(self.message)


def parse_ssdp(data: bytes) -> SsdpMessage:
    """Any datagram as a discovery message; never raises."""
    return read_ssdp(parse(data))


def read_ssdp(message: Message) -> SsdpMessage:
    """What an HTTP message means as a discovery message."""
    start, headers, body = message.start, message.headers, message.body
    meant = tuple([header for header in headers if header.key in _KEYS])
    fields, names = _MEANINGS[start, meant]
    defects = message.defects
    if names or body:
        defects += tuple(_placed(names, message))
        if body.strip(b"\0") and fields[0] != "other":
            defects += (Defect("body", len(bytes(message)) - len(body)),)
    return SsdpMessage(message, *fields, defects)  # type: ignore[call-arg]  # fields are the rest


def parse_usn(usn: str) -> tuple[str | None, str | None]:
    """USN split into UDN and type: ``uuid:X::upnp:rootdevice`` → (``uuid:X``, ``upnp:rootdevice``).

    A UDN without ``uuid:`` counts if it has a UUID's form; else the UDN is None (UDA 2.0, 1.1.4).
    """
    udn, kind = split_usn(usn)
    udn = udn.strip()
    if not (udn[:5].lower() == "uuid:" and len(udn) > 5) and not UUID.match(udn):
        return None, None
    return udn, None if kind is None else kind.strip()


def parse_products(value: str) -> tuple[Product, ...]:
    """Product tokens of a SERVER or USER-AGENT value (RFC 9110, 10.2.4), in order.

    Names with blanks stay whole up to their version: ``Portable SDK for UPnP devices/1.6.18``.
    Commas between tokens and comments in parentheses are skipped.
    """
    plain = re.sub(r"\([^()]*\)", " ", value)
    products = []
    words: list[str] = []
    for word in plain.replace(",", " ").split():
        name, slash, version = word.partition("/")
        words.append(name)
        if slash:
            products.append(Product(" ".join(words), version or None))
            words = []
    if words:
        products.append(Product(" ".join(words), None))
    return tuple(products)


_Meant = tuple[StartLine, tuple[Header, ...]]
_Meaning = tuple[tuple[Any, ...], tuple[tuple[str, bytes | None], ...]]


def _read_meaning(meant: _Meant) -> _Meaning:
    """The fields of ``SsdpMessage`` but the first and the last, and the deviations in meaning."""
    start, headers = meant
    values: dict[bytes, str] = {}
    for header in headers:
        values.setdefault(header.key, _TEXTS[header.value])
    get = values.get
    usn = get(b"usn")
    kind, is_ssdp = _kind(start, values)
    fields = (
        kind,
        is_ssdp,
        get(b"st"),
        get(b"nt"),
        get(b"nts"),
        usn,
        None if usn is None else _UDNS[usn],
        get(b"location"),
        get(b"server"),
        get(b"user-agent"),
        get(b"host"),
        get(b"man"),
        _NUMBERS[get(b"mx")],
        _MAX_AGES[get(b"cache-control")],
        _NUMBERS[get(b"bootid.upnp.org")],
        _NUMBERS[get(b"nextbootid.upnp.org")],
        _NUMBERS[get(b"configid.upnp.org")],
        _NUMBERS[get(b"searchport.upnp.org")],
        get(b"securelocation.upnp.org"),
        _NUMBERS[get(b"tcpport.upnp.org")],
        get(b"cpfn.upnp.org"),
        get(b"cpuuid.upnp.org"),
    )
    return fields, deviations(kind, values, start)


def _size(meant: _Meant) -> int:
    start, headers = meant
    return sum([len(header.line) for header in headers], len(start.line))


# One object for equal values: fewer places in memory to visit for every message.
_TEXTS = Memory(text, len, limit=256, entries=8192)


def _shared_udn(usn: str) -> str | None:
    udn = parse_usn(usn)[0]
    return None if udn is None else sys.intern(udn)


_UDNS = Memory(_shared_udn, len, limit=256, entries=8192)

_MEANINGS = Memory(_read_meaning, _size, limit=1024, entries=8192)
"""A device repeats its messages with another DATE, if with any change at all."""


def _kind(start: StartLine, values: dict[bytes, str]) -> tuple[Kind, bool]:
    """The kind, and whether the content says SSDP.

    Plex GDM sends M-SEARCH without any header field: HTTPU, but not SSDP.
    """
    if start.status is not None:
        return "response", b"st" in values or b"usn" in values
    method = (start.method or b"").upper()
    if method == b"M-SEARCH":
        return "search", b"st" in values or "ssdp:discover" in values.get(b"man", "").lower()
    if method == b"NOTIFY":
        nts = values.get(b"nts")
        if nts is None:
            return "other", b"nt" in values and b"usn" in values
        nts = nts.lower()
        return _NOTIFICATIONS.get(nts, "other"), nts.startswith("ssdp:")
    return "other", False


def _placed(names: tuple[tuple[str, bytes | None], ...], message: Message) -> list[Defect]:
    """Deviations with the offset of the line they concern."""
    at = len(message.prologue)
    offsets = {b"": at}
    at += len(message.start.line)
    for header in message.headers:
        offsets.setdefault(header.key, at)
        at += len(header.line)
    return [Defect(name, None if key is None else offsets[key]) for name, key in names]


def _read_number(value: str | None) -> int | None:
    """A decimal number as sent in a header; leading zeros are allowed (UDA 2.0, 1.2.2)."""
    return int(value) if value is not None and _NUMBER.match(value) else None


def _read_max_age(value: str | None) -> int | None:
    match = MAX_AGE.search(value) if value is not None else None
    return int(match.group(3)) if match else None


def _length(value: str | None) -> int:
    return len(value or "")


_NUMBERS = Memory(_read_number, _length, limit=64, entries=4096)
_MAX_AGES = Memory(_read_max_age, _length, limit=64, entries=1024)
