"""What messages of eventing mean: subscriptions and events (UDA 2.0, 4).

``parse_gena`` reads the requests: SUBSCRIBE, its renewal, UNSUBSCRIBE, NOTIFY over TCP, and
UDA 2.0's multicast events; ``parse_subscription`` the answer to the first two.
They never raise; a value that is absent or cannot be read is None, and deviations are named.
A stream hands over head and body apart: ``body`` is the decoded body, without chunks.
Writing is in ``gena_build``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from upnpscapy.protocol.control_defect import ControlDefect, first_of_each
from upnpscapy.protocol.gena_values import (
    LEVEL,
    Timeout,
    judge_fixed,
    judge_sid,
    read_callbacks,
    read_number,
    read_timeout,
)
from upnpscapy.protocol.httpu import Message, text
from upnpscapy.protocol.plain_body import plain_properties
from upnpscapy.protocol.property_set import Change, read_last_change, read_properties
from upnpscapy.protocol.ssdp import parse_usn
from upnpscapy.protocol.xml_body import Pairs, judge_content_type, pairs_found, read_body

__all__ = [
    "MULTICAST_IPV4",
    "MULTICAST_IPV6",
    "MULTICAST_PORT",
    "Change",
    "Event",
    "Subscribe",
    "Subscription",
    "Timeout",
    "parse_gena",
    "parse_subscription",
]

MULTICAST_IPV4 = "239.255.255.246"
MULTICAST_IPV6 = "ff02::130"
MULTICAST_PORT = 7900
"""Group and port of multicast events (UDA 2.0, 4.3.3)."""

_MAX_SEQ = 2**32 - 1
_MAX_BOOT_ID = 2**31 - 1
_GROUP = re.compile(r"239\.255\.255\.246:7900\Z|\[ff[0-9a-f]{2}::130\]:7900\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subscribe:
    """A request of a control point to begin, renew or end a subscription."""

    kind: Literal["subscribe", "renew", "unsubscribe"]
    target: str
    """Path of the service's eventSubURL."""
    host: str | None
    callback: str | None
    """CALLBACK as sent."""
    callbacks: tuple[str, ...]
    """The URLs in CALLBACK, in the order they are to be tried."""
    nt: str | None
    sid: str | None
    timeout: Timeout | None
    state_vars: tuple[str, ...]
    """STATEVAR: the variables asked for, () for all (UDA 2.0, 4.1.2)."""
    user_agent: str | None
    defects: tuple[ControlDefect, ...]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A device's answer to SUBSCRIBE; accepted if the status is 200."""

    status: int | None
    sid: str | None
    timeout: Timeout | None
    accepted_state_vars: tuple[str, ...]
    """ACCEPTED-STATEVAR (UDA 2.0, 4.1.2)."""
    server: str | None
    defects: tuple[ControlDefect, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One event message: over TCP to one subscriber, or by multicast to anyone."""

    kind: Literal["event", "multicast"]
    target: str
    """Path of the subscriber's CALLBACK; ``*`` in a multicast event."""
    host: str | None
    nt: str | None
    nts: str | None
    sid: str | None
    seq: int | None
    properties: Pairs
    """Variables and values, as sent and in wire order."""
    changes: tuple[Change, ...]
    """What LastChange among the variables says, in order."""
    usn: str | None
    """This and what follows is of multicast events."""
    udn: str | None
    service_type: str | None
    service_id: str | None
    """SVCID."""
    level: str | None
    """LVL: ``upnp:/info`` and the like."""
    boot_id: int | None
    body: bytes
    defects: tuple[ControlDefect, ...]


def parse_gena(message: Message, body: bytes | None = None) -> Subscribe | Event | None:
    """A request as one of eventing, None if it is none; a NOTIFY of discovery is none.

    ``body`` is the body where the message has only the head.
    """
    method = (message.start.method or b"").upper()
    if method == b"SUBSCRIBE":
        return _read_subscribe(message)
    if method == b"UNSUBSCRIBE":
        return _read_unsubscribe(message)
    if method != b"NOTIFY":
        return None
    nts = (_value(message, "nts") or "").lower()
    if nts.startswith("ssdp:"):
        return None
    if nts == "upnp:propchange" or (_value(message, "nt") or "").lower() == "upnp:event":
        return _read_event(message, message.body if body is None else body)
    if _value(message, "sid") is not None:
        return _read_event(message, message.body if body is None else body)
    return None


def parse_subscription(message: Message) -> Subscription:
    """A response as the answer to SUBSCRIBE, new or renewed (UDA 2.0, 4.1.2 and 4.1.3).

    UNSUBSCRIBE is answered by a status alone.
    """
    defects: list[ControlDefect] = []
    sid, timeout = _value(message, "sid"), None
    if message.start.status == 200:
        judge_sid(sid, defects)
        timeout = read_timeout(_value(message, "timeout"), defects, required=True)
    return Subscription(
        message.start.status,
        sid,
        timeout,
        _names(_value(message, "accepted-statevar")),
        _value(message, "server"),
        first_of_each(defects),
    )


def _read_subscribe(message: Message) -> Subscribe:
    defects: list[ControlDefect] = []
    callback, sid = _value(message, "callback"), _value(message, "sid")
    nt = _value(message, "nt")
    renews = sid is not None
    if renews:
        judge_sid(sid, defects)
        if callback is not None or nt is not None:
            defects.append(ControlDefect("sid-and-callback", callback or nt))
    else:
        judge_fixed("nt", nt, "upnp:event", defects)
    callbacks = read_callbacks(callback, defects, required=not renews)
    return Subscribe(
        "renew" if renews else "subscribe",
        text(message.start.target or b""),
        _value(message, "host"),
        callback,
        callbacks,
        nt,
        sid,
        read_timeout(_value(message, "timeout"), defects, required=False),
        _names(_value(message, "statevar")),
        _value(message, "user-agent"),
        first_of_each(defects),
    )


def _read_unsubscribe(message: Message) -> Subscribe:
    defects: list[ControlDefect] = []
    callback, nt = _value(message, "callback"), _value(message, "nt")
    sid = _value(message, "sid")
    judge_sid(sid, defects)
    if callback is not None or nt is not None:
        defects.append(ControlDefect("sid-and-nt", callback or nt))
    return Subscribe(
        "unsubscribe",
        text(message.start.target or b""),
        _value(message, "host"),
        callback,
        read_callbacks(callback, defects, required=False),
        nt,
        sid,
        None,
        (),
        _value(message, "user-agent"),
        first_of_each(defects),
    )


def _read_event(message: Message, body: bytes) -> Event:
    defects: list[ControlDefect] = []
    nt, nts, sid = (_value(message, name) for name in ("nt", "nts", "sid"))
    usn, service_id, level = (_value(message, name) for name in ("usn", "svcid", "lvl"))
    multicast = sid is None and (message.start.target == b"*" or service_id is not None)
    judge_fixed("nt", nt, "upnp:event", defects)
    judge_fixed("nts", nts, "upnp:propchange", defects)
    seq = read_number("seq", _value(message, "seq"), _MAX_SEQ, defects)
    boot_id = None
    if multicast:
        boot_id = read_number("boot-id", _value(message, "bootid.upnp.org"), _MAX_BOOT_ID, defects)
        _judge_multicast(message, usn, service_id, level, defects)
    else:
        judge_sid(sid, defects)
    udn, service_type = (None, None) if usn is None else parse_usn(usn)

    properties = plain_properties(body)
    if properties is not None:
        judge_content_type(message.headers, defects)
    else:
        root = read_body(message.headers, body, defects)
        properties = pairs_found(body) if root is None else read_properties(root, defects)
    changes: list[Change] = []
    for name, value in properties:
        if name == "LastChange" and value.strip():
            found = read_last_change(value)
            if found is None:
                defects.append(ControlDefect("last-change-value", value[:80]))
            changes.extend(found or ())
    return Event(
        "multicast" if multicast else "event",
        text(message.start.target or b""),
        _value(message, "host"),
        nt,
        nts,
        sid,
        seq,
        properties,
        tuple(changes),
        usn,
        udn,
        service_type,
        service_id,
        level,
        boot_id,
        body,
        first_of_each(defects),
    )


def _judge_multicast(
    message: Message,
    usn: str | None,
    service_id: str | None,
    level: str | None,
    defects: list[ControlDefect],
) -> None:
    """UDA 2.0, 4.3.3."""
    host = _value(message, "host")
    if not _GROUP.match(host or ""):
        defects.append(ControlDefect("event-host", host))
    for name, value in (("usn", usn), ("svcid", service_id), ("lvl", level)):
        if value is None:
            defects.append(ControlDefect(f"missing-{name}"))
    if level is not None and not LEVEL.match(level):
        defects.append(ControlDefect("lvl-value", level))


def _value(message: Message, name: str) -> str | None:
    value = message.headers.get(name)
    return None if value is None else text(value)


def _names(value: str | None) -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, (value or "").split(","))))
