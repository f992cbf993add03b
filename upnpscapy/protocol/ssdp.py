"""What a discovery message means (UDA 2.0, 1).

``parse_ssdp`` reads any datagram: its kind, its typed values, and every deviation by name.
A value that is absent or cannot be read is None, never a guess.
Writing is in ``ssdp_build``, the standard's demands in ``ssdp_rules``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from upnpscapy.protocol.defect import Defect
from upnpscapy.protocol.httpu import Headers, Message, parse, text
from upnpscapy.protocol.ssdp_rules import deviations

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

PORT = 1900
MULTICAST_IPV4 = "239.255.255.250"
MULTICAST_IPV6 = ("ff02::c", "ff05::c", "ff08::c", "ff0e::c")
"""Link-local, site-local, organisation-local and global scope (UDA 2.0, A.2)."""

Kind = Literal["search", "alive", "byebye", "update", "response", "other"]
KINDS: tuple[Kind, ...] = ("search", "alive", "byebye", "update", "response", "other")

_NOTIFICATIONS: dict[str, Kind] = {
    "ssdp:alive": "alive",
    "ssdp:byebye": "byebye",
    "ssdp:update": "update",
}
_REMEMBERED_VALUES = 8192
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,12})\"?\s*(?:,|;|$)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,18}\Z")


class Product(NamedTuple):
    """One product token of SERVER or USER-AGENT, e.g. ``UPnP`` and ``1.1``."""

    name: str
    version: str | None


class SsdpMessage(NamedTuple):
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
        return self.nt if self.nts is not None and self.nt is not None else self.st or self.nt

    @property
    def start_line(self) -> str:
        """The start line without its line end."""
        return text(self.message.start.stripped)

    def __bytes__(self) -> bytes:
        return bytes(self.message)


def parse_ssdp(data: bytes) -> SsdpMessage:
    """Any datagram as a discovery message; never raises."""
    return read_ssdp(parse(data))


def read_ssdp(message: Message) -> SsdpMessage:
    """What an HTTP message means as a discovery message."""
    headers = message.headers
    values: dict[bytes, str] = {}
    for header in headers:
        if header.key not in values:
            values[header.key] = _text(header.value)
    get = values.get
    st, nt, nts, usn = get(b"st"), get(b"nt"), get(b"nts"), get(b"usn")
    man = get(b"man")
    udn, _ = parse_usn(usn) if usn is not None else (None, None)
    kind, is_ssdp = _kind(message, headers, st, nt, nts, usn, man)
    cache_control = get(b"cache-control")
    found = SsdpMessage(
        message,
        kind,
        is_ssdp,
        st,
        nt,
        nts,
        usn,
        udn,
        get(b"location"),
        get(b"server"),
        get(b"user-agent"),
        get(b"host"),
        man,
        _number(get(b"mx")),
        _max_age(cache_control) if cache_control is not None else None,
        _number(get(b"bootid.upnp.org")),
        _number(get(b"nextbootid.upnp.org")),
        _number(get(b"configid.upnp.org")),
        _number(get(b"searchport.upnp.org")),
        get(b"securelocation.upnp.org"),
        _number(get(b"tcpport.upnp.org")),
        get(b"cpfn.upnp.org"),
        get(b"cpuuid.upnp.org"),
        message.defects,
    )
    names = deviations(kind, values, tuple(message.start[1:4]), message.start.status)
    if not names:
        return found
    return found._replace(defects=(*message.defects, *_placed(names, message)))


@lru_cache(_REMEMBERED_VALUES)
def parse_usn(usn: str) -> tuple[str | None, str | None]:
    """USN split into UDN and type: ``uuid:X::upnp:rootdevice`` → (``uuid:X``, ``upnp:rootdevice``).

    A UDN without ``uuid:`` counts if it has a UUID's form; else the UDN is None (UDA 2.0, 1.1.4).
    """
    udn, separator, kind = usn.partition("::")
    udn = udn.strip()
    if not (udn[:5].lower() == "uuid:" and len(udn) > 5) and not _UUID.match(udn):
        return None, None
    return udn, kind.strip() if separator else None


@lru_cache(_REMEMBERED_VALUES)
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


def _kind(
    message: Message,
    headers: Headers,
    st: str | None,
    nt: str | None,
    nts: str | None,
    usn: str | None,
    man: str | None,
) -> tuple[Kind, bool]:
    """The kind, and whether the content says SSDP.

    Plex GDM sends M-SEARCH without any header field: HTTPU, but not SSDP.
    """
    start = message.start
    if start.status is not None:
        return "response", st is not None or usn is not None
    method = start.method.upper() if start.method else b""
    if method == b"M-SEARCH":
        discovers = man is not None and "ssdp:discover" in man.lower()
        return "search", discovers or st is not None
    if method == b"NOTIFY":
        kind = _NOTIFICATIONS.get(nts.strip().lower()) if nts is not None else None
        if kind:
            return kind, True
        return "other", nts is None and nt is not None and usn is not None
    return "other", False


def _placed(names: tuple[tuple[str, bytes | None], ...], message: Message) -> list[Defect]:
    """Deviations with the offset of the header line they concern."""
    offsets: dict[bytes, int] = {}
    at = len(message.prologue)
    offsets[b""] = at
    at += len(message.start.line)
    for header in message.headers:
        offsets.setdefault(header.key, at)
        at += len(header.line)
    return [Defect(name, None if key is None else offsets.get(key)) for name, key in names]


_text = lru_cache(_REMEMBERED_VALUES)(text)


def _number(value: str | None) -> int | None:
    """A decimal number as sent in a header; leading zeros are allowed (UDA 2.0, 1.2.2)."""
    if value is None or not _NUMBER.match(value) or not value.isascii():
        return None
    return int(value)


@lru_cache(_REMEMBERED_VALUES)
def _max_age(value: str) -> int | None:
    match = _MAX_AGE.search(value)
    return int(match.group(1)) if match and match.group(1).isascii() else None
