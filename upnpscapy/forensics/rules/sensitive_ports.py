"""Ports that are not meant for the Internet, and how bad it is to open them."""

from __future__ import annotations

from upnpscapy.forensics.finding import Severity
from upnpscapy.forensics.mappings.row import MappingRow

__all__ = ["severity_of_port", "worst_port"]

_HIGH = frozenset((22, 23, 102, 135, 139, 445, 502, 2375, 3389, 44818, *range(5900, 5911)))
"""Remote control, file sharing, containers, industrial control."""

_HIGH_BY_UDP = frozenset((137, 138, 3389))

_MEDIUM = frozenset(
    (80, 81, 443, 554, 8000, 8008, 8009, 8080, 8443, 8554, 8888, 34567, 37777, 5000, 7547)
)
"""Web pages and cameras, which many open for themselves."""

_LOW = frozenset(
    (
        *(20, 21, 25, 53, 69, 110, 111, 137, 138, 143, 161, 389, 512, 513, 514, 623, 873, 993),
        *(1433, 1521, 1723, 1883, 1900, 2049, 2323, 3306, 4444, 5060, 5432, 5555, 5985, 5986),
        *(6379, 8291, 8883, 9000, 9100, 9200, 11211, 20000, 27017, 37215, 47808, 49152, 52869),
    )
)
"""The others of the list: mail, databases, printers, messaging, building automation."""


def severity_of_port(row: MappingRow) -> Severity | None:
    """How bad a mapping's ports are, the worse of them; None if they are ordinary ones."""
    port = worst_port(row)
    return None if port is None else _severity(port, row.terms.protocol)


def worst_port(row: MappingRow) -> int | None:
    """The internal or the external port, if it is one of the list, the worse of both."""
    ports = (row.terms.internal_port, row.terms.external_port)
    found = [port for port in ports if port is not None and _severity(port, row.terms.protocol)]
    return max(found, key=lambda port: _rank(port, row.terms.protocol), default=None)


def _severity(port: int, protocol: str | None) -> Severity | None:
    if protocol == "UDP":
        if port in _HIGH_BY_UDP:
            return "HIGH"
        return "LOW" if port in _HIGH | _MEDIUM | _LOW else None
    if port in _HIGH:
        return "HIGH"
    if port in _MEDIUM:
        return "MEDIUM"
    return "LOW" if port in _LOW else None


def _rank(port: int, protocol: str | None) -> int:
    return ("LOW", "MEDIUM", "HIGH").index(_severity(port, protocol) or "LOW")
