"""A mapping in a few words: where it leads, and what a refusal of it says."""

from __future__ import annotations

from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.protocol import natpmp, pcp
from upnpscapy.protocol.error_codes import error_name
from upnpscapy.protocol.host_text import host_and_port

__all__ = ["error_words", "label"]

_SERVICES = {
    "portmap": "urn:schemas-upnp-org:service:WANIPConnection:2",
    "pinhole": "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1",
}
"""Whose error codes a refusal of a kind has; PPP's are IP's."""

_RESULTS = {"natpmp": natpmp.RESULTS, "pcp": pcp.RESULTS}
"""The same of those that have no services."""


def label(mapping: MappingRow) -> str:
    """``TCP 8080 → 192.0.2.10:80``, with who may come in where that is not anybody."""
    terms = mapping.terms
    words = [
        "" if mapping.kind == "portmap" else mapping.kind,
        terms.protocol or "?",
        "" if terms.external_port is None else str(terms.external_port),
        "→",
        host_and_port(terms.internal_client or "?", terms.internal_port),
        f"from {terms.remote_host}" if terms.remote_host else "",
    ]
    return " ".join(filter(None, words))


def error_words(mapping: MappingRow) -> str:
    """``718 ConflictInMappingEntry``; empty if no error is known."""
    code = mapping.error_code
    if code is None:
        return ""
    results = _RESULTS.get(mapping.kind)
    name = results.get(code) if results else error_name(_SERVICES.get(mapping.kind), code)
    return " ".join(filter(None, (str(code), name)))
