"""Which mapping a call is about: the name a gateway knows it by."""

from __future__ import annotations

import re
from typing import NamedTuple

from upnpscapy.forensics.mappings.call import MappingCall
from upnpscapy.forensics.mappings.row import MappingKind
from upnpscapy.protocol.mapping_terms import Terms

__all__ = ["Group", "Key", "group_of", "key_of"]

_SERVICE = re.compile(r":service:([^:]*)", re.IGNORECASE)
_WILDCARDS = frozenset(("", "*", "0.0.0.0", "::"))
"""RemoteHost for anyone: "" by specification, the others are what miniupnpd takes for it too."""


class Group(NamedTuple):
    """One service of one gateway: WANIPConnection:1 and :2 of one control URL are the same."""

    kind: MappingKind
    gateway: str
    service: str
    control_url: str | None


class Key(NamedTuple):
    """One entry in a gateway's table.

    ``name`` is the external port, of a pinhole its UniqueID, by NAT-PMP and PCP the client with
    its internal port and, of an outbound mapping, the peer.
    """

    group: Group
    name: str
    protocol: str | None = None
    remote_host: str = ""


def group_of(kind: MappingKind, call: MappingCall) -> Group:
    """The table of mappings that a call goes to."""
    match = _SERVICE.search(call.service_type or "")
    return Group(kind, call.server, match[1].lower() if match else "", call.control_url)


def key_of(kind: MappingKind, call: MappingCall, terms: Terms) -> Key | None:
    """The entry that terms are of; None if they do not name one."""
    group = group_of(kind, call)
    if kind == "pinhole":
        return None if terms.unique_id is None else Key(group, terms.unique_id)
    if kind in ("natpmp", "pcp"):
        peer = f" {terms.remote_host} {terms.remote_port}" if terms.remote_port else ""
        inside = f"{terms.internal_client} {terms.internal_port}{peer}"
        return None if terms.internal_port is None else Key(group, inside, terms.protocol)
    port = terms.external_port
    name = terms.raw_text("external_port") if port is None else str(port)
    if name is None:
        return None
    host = (terms.remote_host or "").lower()
    return Key(group, name.strip(), terms.protocol, "" if host in _WILDCARDS else host)
