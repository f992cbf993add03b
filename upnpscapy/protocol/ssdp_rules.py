"""What the standard demands of a discovery message, and where a message falls short.

One table says which fields each kind must have; ``ssdp_values`` judges what is in them.
A sender is held to the version it claims in SERVER or USER-AGENT:
nobody who says UPnP/1.0 is blamed for what 1.1 brought.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from upnpscapy.protocol.http_lines import StartLine
from upnpscapy.protocol.ssdp_values import HOSTS, JUDGES, MAX_AGE, UUID, split_usn

__all__ = ["deviations"]

_Found = tuple[str, bytes | None]
"""Defect name and the field it concerns by its key.

The key is None where a field is missing, and empty where the start line is meant.
"""

_NOTIFY = ((b"host", "missing-host"), (b"nt", "missing-nt"), (b"usn", "missing-usn"))
_BOOT_AND_CONFIG = (
    (b"bootid.upnp.org", "missing-boot-id"),
    (b"configid.upnp.org", "missing-config-id"),
)

REQUIRED: dict[str, tuple[tuple[bytes, str], ...]] = {
    "search": (
        (b"host", "missing-host"),
        (b"man", "missing-man"),
        (b"st", "missing-st"),
    ),
    "alive": (
        *_NOTIFY,
        (b"cache-control", "missing-cache-control"),
        (b"location", "missing-location"),
        (b"server", "missing-server"),
    ),
    "byebye": _NOTIFY,
    "update": (
        *_NOTIFY,
        (b"location", "missing-location"),
        *_BOOT_AND_CONFIG,
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
"""By all versions: UDA 2.0, 1.2.2 to 1.2.4, 1.3.2 and 1.3.3; MX is judged with HOST."""

REQUIRED_SINCE_1_1: dict[str, tuple[tuple[bytes, str], ...]] = {
    "alive": _BOOT_AND_CONFIG,
    "byebye": _BOOT_AND_CONFIG,
    "response": _BOOT_AND_CONFIG[:1],
}
"""What UDA 1.1 added; ssdp:update is all its own."""

_SINCE_1_1 = frozenset(
    b"bootid.upnp.org nextbootid.upnp.org configid.upnp.org searchport.upnp.org".split()
)
_VERSION = re.compile(r"\bUPnP/([0-9]{1,4})\.([0-9]{1,4})\b", re.IGNORECASE)
_TYPE = re.compile(r"(urn:.*):([0-9]{1,9})\Z")
_NTS = frozenset(("ssdp:alive", "ssdp:byebye", "ssdp:update"))


def deviations(kind: str, values: dict[bytes, str], start: StartLine) -> tuple[_Found, ...]:
    """Every deviation of a message's meaning; ``values`` by lower-case field name."""
    if kind == "other":
        return tuple(_judge_unknown_notify(values, start))
    found: list[_Found] = []
    if start.status not in (None, 200):
        found.append(("status-not-200", b""))
    if start.method is not None and start.target != b"*":
        found.append(("request-target", b""))
    version = _claimed_version(kind, values)
    required = REQUIRED[kind]
    if version >= (1, 1):
        required += REQUIRED_SINCE_1_1.get(kind, ())
    found += [(name, None) for key, name in required if key not in values]
    for key, value in values.items():
        judged = JUDGES.get(key)
        if judged is not None and (names := judged[value]):
            found += [(name, key) for name in names]
    if kind == "search":
        found += _judge_search(values, version)
    else:
        found += _judge_presence(kind, values, version)
    return tuple(found)


def _claimed_version(kind: str, values: dict[bytes, str]) -> tuple[int, int]:
    """The version a sender says it follows, (1, 0) if nothing tells."""
    claim = _VERSION.search(values.get(b"user-agent" if kind == "search" else b"server", ""))
    if claim:
        return int(claim.group(1)), int(claim.group(2))
    return (1, 0) if _SINCE_1_1.isdisjoint(values) else (1, 1)


def _judge_unknown_notify(values: dict[bytes, str], start: StartLine) -> Iterator[_Found]:
    """A NOTIFY that is no discovery; with upnp:propchange it is an event (UDA 2.0, 4.3)."""
    nts = values.get(b"nts")
    if (start.method or b"").upper() != b"NOTIFY" or nts == "upnp:propchange":
        return
    if start.target != b"*":
        yield "request-target", b""
    yield ("missing-nts", None) if nts is None else ("nts-value", b"nts")


def _judge_search(values: dict[bytes, str], version: tuple[int, int]) -> Iterator[_Found]:
    host = values.get(b"host")
    goes_to = "group" if host is None else HOSTS[host]
    if goes_to == "wrong":
        yield "host-value", b"host"
    if goes_to == "group":
        if b"mx" not in values:
            yield "missing-mx", None
        if version >= (2, 0) and b"cpfn.upnp.org" not in values:
            yield "missing-control-point-name", None


def _judge_presence(
    kind: str, values: dict[bytes, str], version: tuple[int, int]
) -> Iterator[_Found]:
    """Demands on announcements and responses that one field makes of another."""
    host, usn = values.get(b"host"), values.get(b"usn")
    target_key = b"st" if kind == "response" else b"nt"
    target = values.get(target_key)
    if kind != "response":
        if host is not None and HOSTS[host] != "group":
            yield "host-value", b"host"
        if values[b"nts"] not in _NTS:
            yield "nts-case", b"nts"
    if target == "ssdp:all":
        yield "target-form", target_key
    elif target is not None and usn is not None:
        yield from _judge_usn_against(target, usn, target_key)
    if version >= (1, 1):
        yield from _judge_since_1_1(values, usn)
    if kind == "update" and not _rises(values):
        yield "next-boot-id-value", b"nextbootid.upnp.org"


def _judge_since_1_1(values: dict[bytes, str], usn: str | None) -> Iterator[_Found]:
    if usn is not None and usn[:5].lower() == "uuid:":
        uuid = split_usn(usn)[0].lower().replace("uuid:", "").strip()
        if uuid and not UUID.match(uuid):
            yield "uuid-form", b"usn"
    cache_control = values.get(b"cache-control", "")
    max_age = MAX_AGE.search(cache_control)
    if max_age and max_age.group().strip() != cache_control:
        yield "cache-control-directives", b"cache-control"


def _judge_usn_against(target: str, usn: str, target_key: bytes) -> Iterator[_Found]:
    udn, expected = split_usn(usn)
    if expected is None:
        expected = re.sub("^uuid:", "uuid:", udn, flags=re.IGNORECASE)
    if expected == target:
        return
    if expected.lower() == target.lower():
        # Said of the target alone already, if its case is not the standard's.
        if not JUDGES[target_key][target]:
            yield "st-case", target_key
    elif not (target_key == b"st" and _is_newer(expected, target)):
        yield "usn-type-mismatch", b"usn"


def _is_newer(offered: str, asked: str) -> bool:
    """Whether a type is a later version of another: a search for :1 also finds those."""
    first, second = _TYPE.match(offered), _TYPE.match(asked)
    return bool(
        first
        and second
        and first.group(1) == second.group(1)
        and int(first.group(2)) >= int(second.group(2))
    )


def _rises(values: dict[bytes, str]) -> bool:
    """Whether NEXTBOOTID is above BOOTID; unreadable ones are judged elsewhere."""
    now, then = values.get(b"bootid.upnp.org", ""), values.get(b"nextbootid.upnp.org", "")
    if not (now.isdecimal() and then.isdecimal() and len(now) < 19 and len(then) < 19):
        return True
    return int(then) > int(now)
