"""Header fields made longer than a device's buffer for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.evidence import Act, Row, claims_of
from upnpscapy.forensics.rules.requests import header_of, headers_of, method_of, requests_of
from upnpscapy.forensics.rules.requests import target_of as target
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES", "is_known_overflow"]

MAX_ACTION = 2048
"""Characters behind the # of SOAPACTION, CVE-2013-0230."""

MAX_SID = 128
MAX_SUBSCRIBED = 512
"""Characters of NT and of CALLBACK, CVE-2007-1204."""

MAX_FIELD = 1024
"""Characters of any other field, or of the request line."""

_LONG_PORT = re.compile(
    r"<?http://(?:\[[^]/<>]{0,64}]|[^/:<>[]{0,255}):([^/<>]{12,})", re.IGNORECASE
)
"""A port of more than 11 characters, CVE-2021-35393; the colons of an IPv6 address begin none."""

_EVENTING = ("SUBSCRIBE", "UNSUBSCRIBE")
_OF_SITES = frozenset("cookie authorization referer".split())
"""Fields that browsers fill with what a site or a user gave them."""

_UPNP = frozenset("description scpd control subscribe event".split())


@rule(
    "cve-2013-0230",
    "HIGH",
    "Overlong action in SOAPACTION (MiniUPnPd)",
    reference="CVE-2013-0230",
    technique="T1210",
)
def soap_action(facts: Facts) -> Iterator[Claim]:
    """SOAPACTION with more than 2048 characters behind its #, without a quotation mark.

    No action has such a name.
    """
    yield from claims_of(
        Act(row, "SOAPACTION", f"SOAPACTION names an action of {length} characters", value)
        for row in requests_of(facts)
        for value, length in _long_actions(row)
    )


@rule(
    "cve-2021-34991",
    "HIGH",
    "Overlong SID (NETGEAR upnpd)",
    reference="CVE-2021-34991, ZDI-21-1303",
    technique="T1210",
)
def long_sid(facts: Facts) -> Iterator[Claim]:
    """SUBSCRIBE or UNSUBSCRIBE with a SID of more than 128 characters.

    The device's limit is not public; a SID with a plain UUID has 41 characters.
    """
    yield from claims_of(
        Act(row, method_of(row), f"SID has {len(value)} characters", value)
        for row, value in _subscribed(facts, "sid")
        if len(value) > MAX_SID
    )


@rule(
    "cve-2007-1204",
    "HIGH",
    "Overlong NT or CALLBACK (Windows UPnP service)",
    reference="CVE-2007-1204",
    technique="T1210",
)
def long_callback(facts: Facts) -> Iterator[Claim]:
    """SUBSCRIBE with NT, or a CALLBACK of one URL, of more than 512 characters.

    CALLBACK with several URLs is the business of multi-callback.
    """
    for name in ("nt", "callback"):
        yield from claims_of(
            Act(row, "SUBSCRIBE", f"{name.upper()} has {len(value)} characters", value)
            for row, value in _subscribed(facts, name)
            if len(value) > MAX_SUBSCRIBED and value.count("<") < 2 and not _LONG_PORT.search(value)
        )


@rule(
    "cve-2021-35393",
    "HIGH",
    "Overlong port in CALLBACK (Realtek WSC)",
    reference="CVE-2021-35393",
    technique="T1210",
)
def long_port(facts: Facts) -> Iterator[Claim]:
    """SUBSCRIBE whose CALLBACK has a port of more than 11 characters before the next slash.

    A port has five.
    """
    for_ports = (
        (row, value, match[1])
        for row, value in _subscribed(facts, "callback")
        if (match := _LONG_PORT.search(value))
    )
    yield from claims_of(
        Act(row, "SUBSCRIBE", f"the port in CALLBACK has {len(port)} characters", value)
        for row, value, port in for_ports
    )


@rule(
    "http-oversize",
    "MEDIUM",
    "Overlong header field in a UPnP request",
    reference="CVE-2020-28373, CVE-2021-34730",
    technique="T1210",
)
def oversize(facts: Facts) -> Iterator[Claim]:
    """A request line or header field of more than 1024 characters in a request of UPnP.

    That is one of description, control or eventing, where no rule of its own knows it. Cookie,
    Authorization and Referer may be long where a browser is the control point, and are left out.
    """
    yield from claims_of(_oversize(facts))


def _oversize(facts: Facts) -> Iterator[Act]:
    for row in requests_of(facts, "long"):
        if not _is_upnp(row) or is_known_overflow(row):
            continue
        if len(target(row)) > MAX_FIELD:
            note = f"the request line's target has {len(target(row))} characters"
            yield Act(row, method_of(row), note, target(row))
        for name, value in headers_of(row):
            if len(value) > MAX_FIELD and name.lower() not in _OF_SITES:
                note = f"{name[:64]} has {len(value)} characters"
                yield Act(row, method_of(row), note, value)
                break


def is_known_overflow(row: Row) -> bool:
    """Whether a rule of its own has what is too long in a request."""
    if any(_long_actions(row)) or method_of(row) == "NOTIFY":
        return True
    if method_of(row) not in _EVENTING:
        return False
    callback = header_of(row, "callback") or ""
    lengths = (len(header_of(row, "sid") or ""), MAX_SID), (len(header_of(row, "nt") or ""), 512)
    return any(length > limit for length, limit in (*lengths, (len(callback), MAX_SUBSCRIBED)))


def _is_upnp(row: Row) -> bool:
    role = getattr(row, "role", "control")
    return role in _UPNP


def _long_actions(row: Row) -> Iterator[tuple[str, int]]:
    for name, value in headers_of(row):
        if len(value) > MAX_ACTION and name.lower().endswith("soapaction"):
            _, sign, action = value.partition("#")
            length = len(action.partition('"')[0])
            if sign and length > MAX_ACTION:
                yield value, length


def _subscribed(facts: Facts, header: str) -> Iterator[tuple[Row, str]]:
    """(request, value) of a header in requests of eventing."""
    for row in requests_of(facts):
        if method_of(row) in _EVENTING:
            value = header_of(row, header)
            if value is not None:
                yield row, value


RULES = (soap_action, long_sid, long_callback, long_port, oversize)
