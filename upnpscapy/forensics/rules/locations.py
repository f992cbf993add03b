"""LOCATIONs that make whoever opens them do something else than fetch a description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.protocol.memory import Memory

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

PORTS = {0: "no port", 22: "SSH", 25: "SMTP", 139: "SMB", 445: "SMB"}
"""Ports that no device has its description at."""

_URL = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#\\]*))?")
_HOST_AND_PORT = re.compile(r"(?:.*@)?(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?\Z")
_HOST_AT_PORT = re.compile(r"[\w.-]+:[0-9]{1,5}(?:/|\Z)")
_SHARE = re.compile(r"(?:[a-z]+:)?[\\/]*\\\\+([^\\/]+)", re.IGNORECASE)


@rule(
    "location-scheme",
    "HIGH",
    "LOCATION that is no address of a description",
    reference="Firefox for Android before 79, LAN-based intent triggering (C. Moberly, 2020)",
    technique="T1203",
)
def location_scheme(facts: Facts) -> Iterator[Claim]:
    """LOCATION with another scheme than http and https (intent:, file:, ftp: …), with a name of a
    share, a user name, or port 0, 22, 25, 139 or 445.

    What opens whatever it finds runs it, as Firefox for Android before 79 did with intent:.
    A LOCATION without a scheme is a deviation, and no finding. None of the devices known has one.
    """  # noqa: D205
    found: dict[tuple[str, str], list[Seen]] = {}
    for seen in facts.messages:
        location = seen.ssdp.location
        if location is not None and _FAULTS[location] is not None:
            found.setdefault((seen.src, location), []).append(seen)
    for (source, location), messages in found.items():
        fault, host, ports = _FAULTS[location] or ("", "", ())
        evidence = [seen.evidence("the announcement or reply", location) for seen in messages[:8]]
        reached = _reached(facts, host, ports, messages[0].first_ns)
        note = f"{source} names a LOCATION with {fault}."
        if reached:
            yield Claim(source, f"{note} It was connected to.", "effect", (*evidence, *reached))
        else:
            unseen = ("whether anyone opened it",)
            yield Claim(source, note, "attempted", tuple(evidence), missing=unseen)


def _fault(location: str) -> tuple[str, str, tuple[int, ...]] | None:
    """What is wrong with it, and the host and ports where it leads; None if nothing is."""
    if share := _SHARE.match(location.strip()):
        return "the name of a share", share[1], (445, 139)
    match = _URL.match(location)
    if match is None:
        return None
    scheme, authority = match[1].lower(), match[2] or ""
    end = _HOST_AND_PORT.match(authority)
    host = end[1].strip("[]") if end else ""
    port = int(end[2]) if end and end[2] else None
    if scheme not in ("http", "https"):
        if _HOST_AT_PORT.match(location.strip()):
            return None  # a host and its port, without a scheme
        ports = (445, 139) if scheme in ("file", "smb") else () if port is None else (port,)
        return f"the scheme {scheme[:32]}", host, ports
    if "@" in authority:
        return "a user name", host, (port or (443 if scheme == "https" else 80),)
    if port in PORTS:
        return f"the port of {PORTS[port]}", host, (port,)
    return None


_FAULTS = Memory(_fault, len, limit=256, entries=4096)
"""By LOCATION: a device says it in every message."""


def _reached(
    facts: Facts, host: str, ports: tuple[int, ...], after_ns: int | None
) -> list[Evidence]:
    """Connections that were made to where it leads."""
    addresses = [host, *(answer.address for answer in facts.names.of(host))] if host else []
    attempts = [
        attempt
        for address in addresses
        for port in ports
        for attempt in facts.connections.to(address, port, after_ns=after_ns)
    ]
    return [
        Evidence.of(
            "a connection to it",
            one.place,
            one.frames,
            one.time_ns,
            one.source,
            one.destination,
            f"TCP port {one.dport}",
        )
        for one in attempts[:4]
    ]


RULES = (location_scheme,)
