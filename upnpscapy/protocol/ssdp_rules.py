"""What the standard demands of a discovery message, and where a message falls short.

One table says which fields each kind must have, one function a field what its value must be.
Every answer is a (defect name, header key) pair; the key is None where a field is missing
and empty where the start line is meant.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from urllib.parse import urlsplit

__all__ = ["deviations"]

_Found = tuple[str, bytes | None]

REQUIRED: dict[str, tuple[tuple[bytes, str], ...]] = {
    "search": (
        (b"host", "missing-host"),
        (b"man", "missing-man"),
        (b"st", "missing-st"),
    ),
    "alive": (
        (b"host", "missing-host"),
        (b"cache-control", "missing-cache-control"),
        (b"location", "missing-location"),
        (b"nt", "missing-nt"),
        (b"server", "missing-server"),
        (b"usn", "missing-usn"),
    ),
    "byebye": (
        (b"host", "missing-host"),
        (b"nt", "missing-nt"),
        (b"usn", "missing-usn"),
    ),
    "update": (
        (b"host", "missing-host"),
        (b"location", "missing-location"),
        (b"nt", "missing-nt"),
        (b"usn", "missing-usn"),
        (b"bootid.upnp.org", "missing-boot-id"),
        (b"nextbootid.upnp.org", "missing-next-boot-id"),
    ),
    "response": (
        (b"cache-control", "missing-cache-control"),
        (b"ext", "missing-ext"),
        (b"location", "missing-location"),
        (b"server", "missing-server"),
        (b"st", "missing-st"),
        (b"usn", "missing-usn"),
    ),
}
"""UDA 2.0, 1.2.2 to 1.2.4, 1.3.2 and 1.3.3; MX, which depends on HOST, is judged with it."""

MX_SECONDS = (1, 5)
SEARCH_PORTS = (49152, 65535)
MAX_BOOT_ID = 2**31 - 1
_REMEMBERED = 4096

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_TARGET = re.compile(
    r"ssdp:all\Z|upnp:rootdevice\Z|uuid:\S+\Z"
    r"|urn:[A-Za-z0-9.-]+:(?:device|service):[A-Za-z0-9._-]+:[0-9]+\Z"
)
_STANDARD_TARGET = re.compile(
    r"ssdp:all\Z|upnp:rootdevice\Z|urn:schemas-upnp-org:(?:device|service):"
)
_SERVER = re.compile(r"[^\s/]+/\S+,? +UPnP/[0-9.]+,? +\S.*/\S+\Z", re.IGNORECASE)
_UPNP_VERSION = re.compile(r"UPnP/(?:1\.1|2\.0)\b", re.IGNORECASE)
_MULTICAST_HOST = re.compile(r"(?:239\.255\.255\.250|\[ff0[258e]::c\])(?::1900)?\Z", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+\Z")


def deviations(
    kind: str,
    values: dict[bytes, str],
    request: tuple[bytes | None, ...],
    status: int | None,
) -> tuple[_Found, ...]:
    """Every deviation of a message's meaning, of the field named by its key.

    ``values`` are the first values by lower-case name, ``request`` method, target and version.
    """
    found: list[_Found] = []
    if status is not None and status != 200:
        found.append(("status-not-200", b""))
    if request[0] is not None and request[1] != b"*":
        found.append(("request-target", b""))
    if kind == "other":
        found.extend(_judge_unknown_notify(values, request[0]))
        return tuple(found)
    for key, name in REQUIRED[kind]:
        if key not in values:
            found.append((name, None))
    for key, value in values.items():
        judge = _JUDGES.get(key)
        if judge is not None:
            for name in judge(value):
                found.append((name, key))
    found.extend(_judge_together(kind, values))
    return tuple(found)


def _judge_unknown_notify(values: dict[bytes, str], method: bytes | None) -> Iterator[_Found]:
    if method is not None and method.upper() == b"NOTIFY":
        if b"nts" not in values:
            yield "missing-nts", None
        elif values[b"nts"].lower().startswith("ssdp:"):
            yield "nts-value", b"nts"


def _judge_together(kind: str, values: dict[bytes, str]) -> Iterator[_Found]:
    """Demands that one field makes of another."""
    host = values.get(b"host")
    multicast = host is not None and _MULTICAST_HOST.match(host) is not None
    if kind == "search":
        if b"mx" not in values and (host is None or multicast):
            yield "missing-mx", None
        if host is not None and not multicast and not _is_host(host):
            yield "host-value", b"host"
    elif kind in ("alive", "byebye", "update") and host is not None and not multicast:
        yield "host-value", b"host"
    target_key = b"st" if kind in ("search", "response") else b"nt"
    target = values.get(target_key)
    if kind != "search" and target is not None and b"usn" in values:
        yield from _judge_usn_against(target, values[b"usn"], target_key)
    server = values.get(b"server")
    if (
        kind in ("alive", "response")
        and server is not None
        and b"bootid.upnp.org" not in values
        and _UPNP_VERSION.search(server)
    ):
        yield "missing-boot-id", None


def _judge_usn_against(target: str, usn: str, target_key: bytes) -> Iterator[_Found]:
    udn, separator, announced = usn.partition("::")
    expected = announced.strip() if separator else udn.strip()
    if expected == target:
        return
    if expected.lower() == target.lower():
        if not _is_wrong_case(target):
            yield "st-case", target_key
    else:
        yield "usn-type-mismatch", b"usn"


def _is_wrong_case(target: str) -> bool:
    return not _STANDARD_TARGET.match(target) and bool(_STANDARD_TARGET.match(target.lower()))


@lru_cache(_REMEMBERED)
def _is_host(host: str) -> bool:
    """Whether a unicast search could be sent to HOST."""
    try:
        parts = urlsplit(f"//{host}")
        port, name = parts.port, parts.hostname
    except ValueError:
        return False
    return bool(name) and name not in ("0.0.0.0", "::") and port != 0 and " " not in host


@lru_cache(_REMEMBERED)
def _judge_target(value: str) -> tuple[str, ...]:
    if _TARGET.match(value):
        return ()
    return ("st-case",) if _is_wrong_case(value) else ("target-form",)


@lru_cache(_REMEMBERED)
def _judge_nts(value: str) -> tuple[str, ...]:
    return () if value in ("ssdp:alive", "ssdp:byebye", "ssdp:update") else ("nts-case",)


@lru_cache(_REMEMBERED)
def _judge_usn(value: str) -> tuple[str, ...]:
    found = []
    udn = value.partition("::")[0].strip()
    if udn[:5].lower() != "uuid:":
        return ("usn-without-uuid",)
    if udn[:5] != "uuid:":
        found.append("uuid-prefix-case")
    rest = udn[5:]
    while rest[:5].lower() == "uuid:":
        if "uuid-twice" not in found:
            found.append("uuid-twice")
        rest = rest[5:]
    if not _UUID.match(rest):
        found.append("uuid-form")
    return tuple(found)


@lru_cache(_REMEMBERED)
def _judge_location(value: str) -> tuple[str, ...]:
    if not value:
        return ("location-empty",)
    try:
        parts = urlsplit(value)
    except ValueError:
        return ("location-host",)
    if not parts.scheme or not parts.netloc:
        return ("location-relative",)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        return ("location-host",)
    bare_ipv6 = parts.netloc.count(":") > 1 and "[" not in parts.netloc
    if not host or port == 0 or bare_ipv6:
        return ("location-host",)
    if host.lower() == "localhost":
        return ("location-loopback",)
    try:
        return ("location-loopback",) if ipaddress.ip_address(host).is_loopback else ()
    except ValueError:
        return ()


@lru_cache(_REMEMBERED)
def _judge_cache_control(value: str) -> tuple[str, ...]:
    if re.search(r"max-age=\"?[0-9]{1,12}\"?\s*(?:,|;|\Z)", value, re.IGNORECASE):
        return ()
    if re.search(r"max-age\s*=\s*[0-9]{1,12}", value, re.IGNORECASE):
        return ("space-in-max-age",)
    return ("cache-control-value",)


@lru_cache(_REMEMBERED)
def _judge_mx(value: str) -> tuple[str, ...]:
    if not _NUMBER.match(value):
        return ("mx-value",)
    return () if len(value) < 9 and MX_SECONDS[0] <= int(value) <= MX_SECONDS[1] else ("mx-range",)


@lru_cache(_REMEMBERED)
def _judge_man(value: str) -> tuple[str, ...]:
    if value == '"ssdp:discover"':
        return ()
    return ("man-unquoted",) if value == "ssdp:discover" else ("man-value",)


@lru_cache(_REMEMBERED)
def _judge_server(value: str) -> tuple[str, ...]:
    return () if _SERVER.match(value) else ("server-value",)


def _range_judge(name: str, low: int, high: int) -> Callable[[str], tuple[str, ...]]:
    @lru_cache(_REMEMBERED)
    def judge(value: str) -> tuple[str, ...]:
        fits = _NUMBER.match(value) and len(value) <= 18 and low <= int(value) <= high
        return () if fits else (name,)

    return judge


_JUDGES: dict[bytes, Callable[[str], tuple[str, ...]]] = {
    b"st": _judge_target,
    b"nt": _judge_target,
    b"nts": _judge_nts,
    b"usn": _judge_usn,
    b"location": _judge_location,
    b"cache-control": _judge_cache_control,
    b"mx": _judge_mx,
    b"man": _judge_man,
    b"server": _judge_server,
    b"bootid.upnp.org": _range_judge("boot-id-value", 0, MAX_BOOT_ID),
    b"nextbootid.upnp.org": _range_judge("next-boot-id-value", 0, MAX_BOOT_ID),
    b"configid.upnp.org": _range_judge("config-id-value", 0, MAX_BOOT_ID),
    b"searchport.upnp.org": _range_judge("search-port-value", *SEARCH_PORTS),
    b"tcpport.upnp.org": _range_judge("tcp-port-value", 1, 65535),
}
