"""Findings as documents of the Elastic Common Schema, one for each, for a SIEM.

What the schema has no field for is below ``upnpscapy``. What is not known has no field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import PurePath
from typing import Any

from upnpscapy.capture.source import SourceLike
from upnpscapy.display import iso_utc, to_json
from upnpscapy.forensics.attack_technique import techniques
from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.finding import Evidence, Finding, Outcome, Severity
from upnpscapy.forensics.flow import TRANSPORTS, Flow, community_id, read_flows
from upnpscapy.forensics.place import FILE_STRIDE, Place
from upnpscapy.version import __version__

__all__ = ["SEVERITY_NUMBERS", "VERSION", "ecs_documents"]

VERSION = "8.11.0"
"""Of the schema."""

SEVERITY_NUMBERS: dict[Severity, int] = {
    "INFO": 1,
    "LOW": 21,
    "MEDIUM": 47,
    "HIGH": 73,
    "CRITICAL": 99,
}
"""``event.severity``: what Elastic's own rules give as risk."""

MAX_FRAMES = 8
"""Frames of one piece of evidence that are looked up for its flow."""

_EVENT_OUTCOMES: dict[Outcome, str] = {
    "attempted": "unknown",
    "accepted": "success",
    "effect": "success",
}

_PROTOCOLS = {("udp", 53): "dns", ("udp", 1900): "ssdp", ("udp", 5353): "mdns"}
"""Transport and port → what is spoken there."""

Flows = dict[tuple[str, int], Flow]
"""A file's name and a frame's number in it → its flow."""


def ecs_documents(
    findings: Iterable[Finding],
    captures: Iterable[CaptureRow],
    source_of: Callable[[str], SourceLike],
) -> Iterator[dict[str, Any]]:
    """A document for each finding; the files are read again, for the flows of the evidence.

    ``source_of`` says for a capture's name what is to be opened to read it.
    """
    rows = list(findings)
    digests = {row.capture: row.sha256 for row in captures}
    wanted: dict[str, set[int]] = {}
    for row in rows:
        for one in row.evidence:
            for name, number in _frames(one):
                wanted.setdefault(name, set()).add(number)
    flows = {
        (name, number): flow
        for name, numbers in wanted.items()
        for number, flow in read_flows(source_of(name), numbers).items()
    }
    return (_document(row, digests.get(row.capture), flows) for row in rows)


def _document(finding: Finding, digest: str | None, flows: Flows) -> dict[str, Any]:
    rule, first = finding.rule, finding.evidence[0]
    seen = [(one, _flow(one, flows)) for one in finding.evidence]
    main, flow = next(((one, flow) for one, flow in seen if flow is not None), (first, None))
    times = [flow.time_ns for _, flow in seen if flow and flow.time_ns is not None]
    start_ns = (
        finding.first_time_ns if finding.first_time_ns is not None else min(times, default=None)
    )
    accepted = finding.outcome in ("accepted", "effect")
    document = {
        "@timestamp": iso_utc(start_ns),
        "ecs": {"version": VERSION},
        "message": finding.note,
        "event": {
            "id": _identity(finding, digest),
            "kind": "alert",
            "module": "upnpscapy",
            "dataset": "upnpscapy.findings",
            "category": ["intrusion_detection", "network"],
            "type": ["allowed"] if accepted else ["info"],
            "outcome": _EVENT_OUTCOMES.get(finding.outcome),
            "severity": SEVERITY_NUMBERS[finding.severity],
            "start": iso_utc(start_ns),
            "end": iso_utc(finding.last_time_ns),
        },
        "rule": {
            "id": rule.id,
            "name": rule.title,
            "description": rule.description,
            "reference": rule.reference,
            "ruleset": "upnpscapy",
        },
        "threat": _threat(rule.technique),
        **_ends(main, flow),
        "network": _network(flow),
        "observer": {"product": "upnpscapy", "type": "ids", "version": __version__},
        "file": {
            "name": PurePath(finding.capture).name,
            "path": finding.capture,
            "hash": {"sha256": digest or None},
        },
        "related": {
            "ip": sorted({text for one, flow in seen for text in _addresses(one, flow)}),
            "hash": [digest] if digest else [],
        },
        "upnpscapy": {
            "severity": finding.severity,
            "outcome": finding.outcome,
            "confidence": finding.confidence,
            "subject": finding.subject,
            "missing": finding.missing,
            "frames": list(map(str, finding.frames)),
            "filter": finding.filter,
            "evidence": [_evidence(one, flow) for one, flow in seen],
        },
    }
    known: dict[str, Any] = _known(document)
    return known


def _identity(finding: Finding, digest: str | None) -> str:
    """The same for the same finding in the same file, for a SIEM to see what it has already."""
    parts = digest, finding.rule.id, finding.subject, finding.note, finding.numbers
    return sha256(to_json(parts).encode()).hexdigest()[:32]


def _threat(text: str | None) -> dict[str, Any]:
    found = techniques(text)
    above = [one.parent or one for one in found]
    below = [one for one in found if one.parent]
    technique: dict[str, Any] = {
        "id": list(dict.fromkeys(one.id for one in above)),
        "name": list(dict.fromkeys(one.name for one in above if one.name)),
        "subtechnique": {
            "id": [one.id for one in below],
            "name": [one.name for one in below if one.name],
        },
    }
    return {"framework": "MITRE ATT&CK", "technique": technique} if found else {}


def _network(flow: Flow | None) -> dict[str, Any]:
    if flow is None:
        return {}
    transport = TRANSPORTS[flow.protocol]
    known = (_PROTOCOLS.get((transport, port)) for port in (flow.dport, flow.sport))
    return {
        "transport": transport,
        "type": f"ipv{flow.source.version}",
        "protocol": next(filter(None, known), None),
        "community_id": _community_id(flow),
        "vlan": {"id": None if flow.vlan is None else str(flow.vlan)},
    }


def _ends(evidence: Evidence, flow: Flow | None) -> dict[str, Any]:
    """``source`` and ``destination`` of a piece of evidence."""
    if flow is None:
        return {"source": _end(evidence.source), "destination": _end(evidence.destination)}
    link = flow.link_source
    return {
        "source": {
            "ip": str(flow.source),
            "port": flow.sport,
            "mac": None if link is None else link.hex("-").upper(),
        },
        "destination": {"ip": str(flow.destination), "port": flow.dport},
    }


def _end(text: str | None) -> dict[str, str | None]:
    address = _address(text)
    return {"address": text} if address is None else {"ip": str(address)}


def _evidence(evidence: Evidence, flow: Flow | None) -> dict[str, Any]:
    place = evidence.place
    time_ns = evidence.time_ns if evidence.time_ns is not None or flow is None else flow.time_ns
    return {
        "what": evidence.what,
        "capture": place.capture,
        "frames": [str(place.show(number)) for number in evidence.frames],
        "time": iso_utc(time_ns),
        "value": evidence.value,
        "community_id": None if flow is None else _community_id(flow),
        **_ends(evidence, flow),
    }


def _frames(evidence: Evidence) -> Iterator[tuple[str, int]]:
    """The file and the number of the first frames."""
    for number in evidence.frames[:MAX_FRAMES]:
        yield _origin(evidence.place, number)


def _origin(place: Place, number: int) -> tuple[str, int]:
    ordinal, frame = divmod(number, FILE_STRIDE)
    return place.names[ordinal], frame


def _flow(evidence: Evidence, flows: Flows) -> Flow | None:
    return next((flows[one] for one in _frames(evidence) if one in flows), None)


def _community_id(flow: Flow) -> str:
    return community_id(flow.protocol, flow.source, flow.sport, flow.destination, flow.dport)


def _addresses(evidence: Evidence, flow: Flow | None) -> Iterator[str]:
    if flow is not None:
        yield from (str(flow.source), str(flow.destination))
    for text in (evidence.source, evidence.destination):
        address = _address(text)
        if address is not None:
            yield str(address)


def _address(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address((text or "").partition("%")[0])
    except ValueError:
        return None


def _known(value: Any) -> Any:
    """Without what is not known, and without what is empty then."""
    if isinstance(value, dict):
        inner = {name: _known(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one is not None and one not in ({}, [])}
    if isinstance(value, list):
        return [_known(one) for one in value]
    return value
