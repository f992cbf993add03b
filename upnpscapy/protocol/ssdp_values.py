"""What the value of one field must be: each judge returns the names of its deviations.

Every field is judged alone and by what all versions of the standard ask;
what depends on the kind, the version or another field is in ``ssdp_rules``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from upnpscapy.protocol.memory import Memory

__all__ = [
    "HOSTS",
    "JUDGES",
    "MAX_AGE",
    "MAX_BOOT_ID",
    "MAX_CONFIG_ID",
    "MULTICAST_IPV4",
    "MULTICAST_IPV6",
    "MX_SECONDS",
    "PORT",
    "PRIVATE_PORTS",
    "UUID",
    "split_usn",
]

PORT = 1900
MULTICAST_IPV4 = "239.255.255.250"
MULTICAST_IPV6 = ("ff02::c", "ff05::c", "ff08::c", "ff0e::c")
"""Link-local, site-local, organisation-local and global scope (UDA 2.0, A.2)."""

MX_SECONDS = (1, 5)
MAX_BOOT_ID = 2**31 - 1
MAX_CONFIG_ID = 2**24 - 1
PRIVATE_PORTS = (49152, 65535)
"""Of SEARCHPORT and TCPPORT (UDA 2.0, 1.2.2 and 1.3.2)."""

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
MAX_AGE = re.compile(
    r"(?:^|[\s,;])max-age(\s*)=(\s*)\"?([0-9]{1,12})\"?\s*(?:[,;]|\Z)", re.IGNORECASE
)
"""The blanks before and after the = are groups 1 and 2, the seconds group 3."""

_GROUPS = frozenset(ipaddress.ip_address(group) for group in (MULTICAST_IPV4, *MULTICAST_IPV6))
_BROADCAST = ipaddress.ip_address("255.255.255.255")
_TARGET = re.compile(
    r"ssdp:all\Z|upnp:rootdevice\Z|uuid:\S+\Z"
    r"|urn:([A-Za-z0-9.-]+):(?:device|service):[A-Za-z0-9._-]+:[0-9]+\Z"
)
_FORUM = "urn:schemas-upnp-org:"
_SERVER = re.compile(r"[^\s/]+/\S+ +UPnP/[0-9]+\.[0-9]+,? +\S.*/\S")
_COMMENT = re.compile(r"\([^()]*\)")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,17})\Z")
_NOT_IN_URL = re.compile(r"[\0- <>\"\\^`{|}\x7f]")
_NOT_ASCII = re.compile(r"[^\0-\x7f]")
_DOTTED = re.compile(r"[0-9.]+\Z")


def split_usn(usn: str) -> tuple[str, str | None]:
    """USN before and after its ::, as sent; None for the second if there is no :: in it."""
    udn, separator, kind = usn.partition("::")
    if usn[:5].lower() == "uuid:":
        # "uuid:::upnp:rootdevice" lacks the UUID, not the colon.
        udn, separator, kind = usn[5:].partition("::")
        udn = usn[:5] + udn
    return udn, kind if separator else None


def _read_host(host: str) -> str:
    try:
        parts = _split(f"//{host}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return "wrong"
    if (
        not name
        or port == 0
        or len(parts.netloc) != len(host)
        or " " in host
        or _is_bare_ipv6(host)
    ):
        return "wrong"
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return "wrong" if _DOTTED.match(name) else "single"
    if address in _GROUPS and port in (None, PORT):
        return "group"
    if address.is_multicast or address.is_unspecified or address == _BROADCAST:
        return "wrong"
    return "single"


def _split(url: str) -> SplitResult:
    """The parts of a URL; ``urlsplit`` takes time quadratic in a run of combining characters."""
    return urlsplit(_NOT_ASCII.sub("x", url))


def _is_bare_ipv6(host: str) -> bool:
    return host.count(":") > 1 and "[" not in host


def _judge_target(value: str) -> tuple[str, ...]:
    lowered = value.lower()
    if lowered.startswith("uuid:") and not value.startswith("uuid:"):
        return ("uuid-prefix-case",)
    if lowered.startswith(_FORUM) and not value.startswith(_FORUM):
        return ("st-case",)
    if match := _TARGET.match(value):
        return ("dot-in-domain",) if "." in (match.group(1) or "") else ()
    return ("st-case",) if _TARGET.match(lowered) else ("target-form",)


def _judge_usn(value: str) -> tuple[str, ...]:
    udn, _ = split_usn(value)
    if value[:5].lower() != "uuid:":
        return ("usn-without-uuid",)
    found = []
    if value[:5] != "uuid:":
        found.append("uuid-prefix-case")
    if udn[5:10].lower() == "uuid:":
        found.append("uuid-twice")
    if not udn[5:] or udn[5:] != udn[5:].strip():
        found.append("uuid-form")
    return tuple(found)


def _judge_location(value: str) -> tuple[str, ...]:
    if not value:
        return ("location-empty",)
    found = ["location-value"] if _NOT_IN_URL.search(value) else []
    try:
        parts = _split(value)
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    except ValueError:
        return (*found, "location-host")
    if not scheme:
        found.append("location-relative")
    elif scheme not in ("http", "https"):
        found.append("location-scheme")
    elif not host or port == 0 or " " in host or _is_bare_ipv6(parts.netloc):
        found.append("location-host")
    else:
        found += _judge_location_host(host)
    return tuple(found)


def _judge_location_host(host: str) -> tuple[str, ...]:
    if host.rstrip(".").lower() == "localhost":
        return ("location-loopback",)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ("location-host",) if _DOTTED.match(host) else ()
    if address.is_loopback:
        return ("location-loopback",)
    return ("location-host",) if address.is_unspecified or address.is_multicast else ()


def _judge_secure_location(value: str) -> tuple[str, ...]:
    good = value[:8].lower() == "https://" and not _judge_location(value)
    return () if good else ("secure-location-value",)


def _judge_cache_control(value: str) -> tuple[str, ...]:
    match = MAX_AGE.search(value)
    if not match or '"' in match.group():
        return ("cache-control-value",)
    return ("space-in-max-age",) if match.group(1) or match.group(2) else ()


def _judge_mx(value: str) -> tuple[str, ...]:
    if not (value.isascii() and value.isdigit()):
        return ("mx-value",)
    return () if len(value) < 9 and MX_SECONDS[0] <= int(value) <= MX_SECONDS[1] else ("mx-range",)


def _judge_man(value: str) -> tuple[str, ...]:
    if value == '"ssdp:discover"':
        return ()
    return ("man-unquoted",) if value == "ssdp:discover" else ("man-value",)


def _judge_server(value: str) -> tuple[str, ...]:
    return () if _SERVER.match(_COMMENT.sub("", value)) else ("server-value",)


def _judge_ext(value: str) -> tuple[str, ...]:
    return ("ext-value",) if value else ()


def _judge_number(name: str, low: int, high: int) -> Callable[[str], tuple[str, ...]]:
    def judge(value: str) -> tuple[str, ...]:
        return () if _NUMBER.match(value) and low <= int(value) <= high else (name,)

    return judge


_JUDGES: dict[bytes, Callable[[str], tuple[str, ...]]] = {
    b"st": _judge_target,
    b"nt": _judge_target,
    b"usn": _judge_usn,
    b"location": _judge_location,
    b"securelocation.upnp.org": _judge_secure_location,
    b"cache-control": _judge_cache_control,
    b"mx": _judge_mx,
    b"man": _judge_man,
    b"server": _judge_server,
    b"ext": _judge_ext,
    b"bootid.upnp.org": _judge_number("boot-id-value", 0, MAX_BOOT_ID),
    b"nextbootid.upnp.org": _judge_number("next-boot-id-value", 0, MAX_BOOT_ID),
    b"configid.upnp.org": _judge_number("config-id-value", 0, MAX_CONFIG_ID),
    b"searchport.upnp.org": _judge_number("search-port-value", *PRIVATE_PORTS),
    b"tcpport.upnp.org": _judge_number("tcp-port-value", *PRIVATE_PORTS),
}


HOSTS = Memory(_read_host, len, limit=256, entries=1024)
"""HOST → ``group`` for SSDP's multicast groups, ``single`` for one host, else ``wrong``."""

JUDGES = {key: Memory(judge, len, limit=256, entries=1024) for key, judge in _JUDGES.items()}
"""Lower-case field name → value → names of its deviations."""
